"""Rules as functions of values.

Pure: the standard library only, and of it nothing that knows the clock, the network, the
disk or chance. What is needed from those comes in as an argument.
"""

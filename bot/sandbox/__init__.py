"""Running a program that nobody trusts: without network, secrets or a way out, within limits.

`port` says what is asked and answered; each module beside it is one way to do it. Nothing here
knows of packs, projects or checks.
"""

"""What reaches machines of other people in a workflow's name.

Implementations of ports that `bot.build` picks. Everything here is bounded: in where it goes, in
time, and in what it takes in. Nothing here knows of runs, of steps or of the database.
"""

"""Firstcommit: a command in a thread becomes a verified, maintained repository.

Five files tell the program: ``web/webhooks`` -> ``jobs/intake`` -> ``dispatch`` ->
``jobs/execute`` -> ``report``. Everything else hangs off them.
"""

__version__ = "0.1.0"

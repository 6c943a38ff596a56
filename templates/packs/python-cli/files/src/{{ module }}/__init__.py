"""The parts of a command that is meant to be run; who imports it is promised nothing."""

__version__ = "0.1.0"

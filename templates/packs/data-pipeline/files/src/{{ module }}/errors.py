"""What can go wrong that a person has to know of."""


class InputError(Exception):
    """A whole input that cannot be read; the message names it and says why."""


class RejectedError(Exception):
    """More rows were rejected than was allowed, so that nothing was written."""

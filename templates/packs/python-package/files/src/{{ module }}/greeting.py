"""Greetings: a first module, to be replaced by what this package is for."""


def greet(name: str) -> str:
    """Return a greeting for somebody.

    Raises:
        ValueError: There is nothing in the name but spaces.
    """
    name = name.strip()
    if not name:
        raise ValueError("a name needs at least one character")
    return f"Hello, {name}!"

"""A pipeline. ``pipeline`` tells in which order the stages run."""

__version__ = "0.1.0"

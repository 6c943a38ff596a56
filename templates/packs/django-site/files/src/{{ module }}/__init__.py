"""The site. ``settings`` and ``urls`` tell what it is made of."""

__version__ = "0.1.0"

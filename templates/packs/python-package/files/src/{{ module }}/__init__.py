"""The public names of this package. What is not exported here may change at any time."""

from {{ module }}.greeting import greet

__all__ = ["__version__", "greet"]

__version__ = "0.1.0"

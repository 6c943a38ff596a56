"""Lets ``python -m``, with the name of this package, do what the command does."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())

"""The service. ``create_app`` is all that a server needs."""

from .app import create_app
from .settings import Settings

__all__ = ["Settings", "__version__", "create_app"]

__version__ = "0.1.0"

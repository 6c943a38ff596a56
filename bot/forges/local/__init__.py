"""A forge on disk: bare git repositories, and one SQLite file for all that people say.

The embedded default: it works with nothing but Python and git, for one person. Several
processes use one folder at the same time. ``forge.py`` keeps the port that the program
knows; ``people.py`` is the other side, what a person does on a forge's pages.
"""

from bot.core.pages import LogEntry, Post, StoredFile, ThreadSummary
from bot.forges.local.accounts import YOU
from bot.forges.local.forge import LocalForge
from bot.forges.local.people import People

__all__ = ["YOU", "LocalForge", "LogEntry", "People", "Post", "StoredFile", "ThreadSummary"]

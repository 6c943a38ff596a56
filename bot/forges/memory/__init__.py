"""A forge in memory, for fast tests; held to the same contract as the real ones.

It computes true git ids, can carry any forge's name, keeps a list of the calls it got, and
fails on demand, before or after the effect. ``forge.py`` keeps the port; ``people.py`` is what
tests arrange and look at.
"""

from bot.forges.memory.calls import Call
from bot.forges.memory.forge import MemoryForge
from bot.forges.memory.people import People

__all__ = ["Call", "MemoryForge", "People"]

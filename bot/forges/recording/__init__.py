"""A forge for dry runs: it reads through a real one, and only writes down what it is told to do.

What was "done" is there afterwards, laid over what the real forge answers, so that steps find
what earlier ones made and prove what landed, under the ids that git would give. Held to the same
contract as the real ones. Numbers, addresses and ids that only the real forge could give are
invented.
"""

from bot.forges.recording.forge import RecordingForge
from bot.forges.recording.notes import Note

__all__ = ["Note", "RecordingForge"]

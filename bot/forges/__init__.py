"""The forges: one port, and a folder or module for each forge that keeps it.

``port.py`` is what the rest of the program knows. Only ``github/`` imports githubkit. What a
forge cannot do raises ``NotSupported`` and has a row in ``docs/forges.md``.
"""

"""The web application for WSGI servers that are not ours: ``gunicorn wsgi:app`` and the like.

``firstcommit web`` serves the same application. Workers are processes of their own.
"""

from __future__ import annotations

from bot.wsgi import application

app = application()

"""The forge adapter for GitHub and GitHub Enterprise, as a GitHub App.

Everything that knows GitHub's words, routes and errors lies here, and githubkit is imported
nowhere else. Answers are read from plain dicts into our own values: models of SDKs refuse
answers that GitHub really gives. Nothing here decides whether something may be done, or
whether a write is done again.
"""

from bot.forges.github.forge import GitHubForge

__all__ = ["GitHubForge"]

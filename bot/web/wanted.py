"""Which deliveries somebody here listens to, told from the event's name and the raw bytes.

Nearly everything a forge sends is of no interest, and parsing it all would be most of the
door's work. So nothing is parsed: JSON keys are looked for as bytes. A key cannot be imitated
inside a string, where its quotes would be escaped. Where the bytes leave a doubt the answer
is yes, since intake looks again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from bot.core.mentions import CommandFilter

_ACTION = re.compile(rb'"action"\s*:\s*"([a-z_]+)"')
_REF = re.compile(rb'"ref"\s*:\s*"refs/heads/([^"]*)"')
_DEFAULT_BRANCH = re.compile(rb'"default_branch"\s*:\s*"([^"]*)"')

# A check that begins or is queued tells nothing yet; these end it or ask for it again.
_SETTLED = frozenset({b"completed", b"rerequested", b"requested_action"})


def listener(name: str) -> Callable[[str, bytes], bool]:
    """What decides for a bot of that name: (event name, body) -> whether anybody listens."""
    holds_command = CommandFilter(name)

    def always(_body: bytes) -> bool:
        return True

    def change(body: bytes) -> bool:
        return holds_command(body) or _closes(body)

    tests: Mapping[str, Callable[[bytes], bool]] = {
        "issue_comment": holds_command,
        "issues": holds_command,
        "pull_request": change,
        "installation": always,
        "installation_repositories": always,
        "repository": always,
        "push": _reaches_default_branch,
        "check_run": _settles,
        "check_suite": _settles,
        "workflow_run": _settles,
    }

    def listens(kind: str, body: bytes) -> bool:
        test = tests.get(kind)
        return test is not None and test(body)

    return listens


def _closes(body: bytes) -> bool:
    return b"closed" in _ACTION.findall(body)


def _settles(body: bytes) -> bool:
    return not _SETTLED.isdisjoint(_ACTION.findall(body))


def _reaches_default_branch(body: bytes) -> bool:
    branches = set(_REF.findall(body))
    defaults = _DEFAULT_BRANCH.findall(body)
    return not defaults or not branches.isdisjoint(defaults)

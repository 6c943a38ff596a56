"""What a person writes on a page: into the local forge, then through the door like any other.

The forge tells of it by a signed delivery, so that a command from a page is checked, stored
and answered by the same code as one that comes from outside.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from bot.core.git_values import Comment
from bot.core.grammar import CommandLine, find_commands
from bot.core.identity import Thread
from bot.core.signatures import sign
from bot.errors import UserError
from bot.forges.port import Forge
from bot.services import People, Services
from bot.web.door import Door

MAX_TEXT = 65_536
MAX_TITLE = 200


@dataclass(frozen=True, kw_only=True)
class Composer:
    """Writes as the one person of the local forge, and delivers what was written."""

    services: Services
    people: People
    door: Door

    def say(self, thread: Thread, text: str) -> Comment:
        """Write a comment.

        Raises:
            UserError: with reason ``nothing_written`` or ``too_long``.
        """
        return self.people.say(thread, _checked(text))

    def open(self, full_name: str, title: str, text: str) -> Thread:
        """Open a thread; without a title it is called by what its text asks for.

        Raises:
            UserError: as `say`, and with reason ``invalid_name`` for a repository's name.
        """
        text = _checked(text)
        title = " ".join(title.split()) or self._title(text)
        return self.people.open_thread(full_name.strip(), title[:MAX_TITLE], text)

    def deliver_comment(self, thread: Thread, comment: Comment) -> bool:
        """Tell the program of a comment; False where the door did not take it."""
        return self._deliver(*self.people.delivery_for_comment(thread, comment))

    def deliver_thread(self, thread: Thread) -> bool:
        """Tell the program of a thread's opening text; False where the door did not take it."""
        return self._deliver(*self.people.delivery_for_thread(thread))

    def comment(self, thread: Thread, comment_id: str) -> Comment | None:
        """A comment that was written before, to be delivered again."""
        forge: Forge = self.services.forge("local")
        return forge.comment(thread, comment_id)

    def _title(self, text: str) -> str:
        """What a text asks for, in a few words; its first line where that is no command."""
        for found in find_commands(text, name=self.services.settings.name):
            if isinstance(found, CommandLine):
                return _in_words(found)
        return next(line.strip() for line in text.splitlines() if line.strip())

    def _deliver(self, kind: str, body: bytes) -> bool:
        headers = {
            "X-GitHub-Event": kind,
            "X-GitHub-Delivery": str(uuid.uuid4()),
            "X-Hub-Signature-256": sign(body, self.services.keys.local_webhook_secret),
            "Content-Type": "application/json",
        }
        answer = self.door.receive("local", headers, lambda most: body[:most], len(body))
        return answer.status == 202


def _in_words(command: CommandLine) -> str:
    verb, what, name = command.verb.capitalize(), command.positional[:1], command.option("name")
    if what and isinstance(name, str):
        return f"{verb} {name} from {what[0]}"
    return " ".join([verb, *what])


def _checked(text: str) -> str:
    # Browsers send forms with CRLF, whatever was typed.
    text = text.replace("\r\n", "\n")
    if not text.strip():
        raise UserError("Nothing was written.", reason="nothing_written")
    if len(text) > MAX_TEXT:
        raise UserError(
            f"The text has {len(text):,} characters.",
            reason="too_long",
            remedy=f"A comment may have {MAX_TEXT:,}.",
        )
    return text

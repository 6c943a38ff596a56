"""Creating once what no command makes: the same idempotency key again makes nothing again."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

from bot.asking import recorded
from bot.errors import StoreUnavailable, UserError
from bot.services import Services
from bot.store.port import NewCommand
from bot.web.api.operation import Call
from bot.web.api.requesting import idempotency_key, who

T = TypeVar("T")

#: How long to wait for whoever makes it just now: five seconds in all.
PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.75, 1.0, 1.0, 1.5)
#: Whoever has not made it after so long has died over it.
LOST_AFTER_S = 60.0


def once(call: Call, what: str, make: Callable[[], T], *, named: Callable[[T], str]) -> T:
    """What ``make`` gives, unless the caller has had the same made under the same key.

    Of calls at the same time one makes it, and the others wait for what comes of that; where it is
    refused, the next one tries. Secrets are shown once, so that what was made before cannot be
    shown again.

    Raises:
        UserError: ``already_done``, naming what was made then; ``being_done``;
            ``key_used_otherwise``.
    """
    command_id, taken_at = _taken(call.services, _command(call, what))
    commands = call.services.store.commands
    try:
        made = make()
    except Exception:
        # It made nothing, so that the same may be asked for again, and something else may not.
        with suppress(StoreUnavailable):
            commands.give_back(command_id, taken_at)
        raise
    commands.settle(command_id, named(made))
    return made


def _command(call: Call, what: str) -> NewCommand:
    key = idempotency_key() or str(uuid.uuid4())
    asked = json.dumps([what, call.body.model_dump(mode="json")], sort_keys=True)
    return NewCommand(
        key=f"api:{who(call)}:{key}",
        actor=call.caller.actor,
        thread=None,
        comment_id=None,
        source=what,
        request_sha256=hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest(),
    )


def _taken(services: Services, command: NewCommand) -> tuple[str, datetime]:
    """The id of what is ours to make, and since when it is."""
    for pause_s in (0.0, *PAUSES_S):
        time.sleep(pause_s)
        row, _ = recorded(services, command)
        if row.outcome is not None:
            raise _made_before(row.outcome)
        taken_at = services.store.commands.take(row.id, lapses_s=LOST_AFTER_S)
        if taken_at is not None:
            return row.id, taken_at
    raise UserError(
        "That is being made just now, under the same key.",
        reason="being_done",
        remedy="Ask again in a moment, with the same key.",
    )


def _made_before(outcome: str) -> UserError:
    return UserError(
        f"That was made before, under the same key: {outcome}.",
        reason="already_done",
        remedy="Its secret was shown then. Where it is lost, make another under a new key.",
    )

"""Creating once what no command makes: the same idempotency key again makes nothing again."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from typing import TypeVar

from bot.asking import recorded
from bot.errors import UserError
from bot.store.port import NewCommand
from bot.web.api.operation import Call
from bot.web.api.requesting import idempotency_key, who

T = TypeVar("T")


def once(call: Call, what: str, make: Callable[[], T], *, named: Callable[[T], str]) -> T:
    """What ``make`` gives, unless the caller has had the same made under the same key.

    Secrets are shown once, so that what was made then cannot be shown again.

    Raises:
        UserError: ``already_done``, naming what was made then; ``key_used_otherwise``.
    """
    key = idempotency_key() or str(uuid.uuid4())
    asked = json.dumps([what, call.body.model_dump(mode="json")], sort_keys=True)
    sha256 = hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()
    row, new = recorded(
        call.services,
        NewCommand(
            key=f"api:{who(call)}:{key}",
            actor=call.caller.actor,
            thread=None,
            comment_id=None,
            source=what,
            request_sha256=sha256,
        ),
    )
    if not new and row.outcome is not None:
        raise UserError(
            f"That was made before, under the same key: {row.outcome}.",
            reason="already_done",
            remedy="Its secret was shown then. Where it is lost, make another under a new key.",
        )
    made = make()
    call.services.store.commands.settle(row.id, named(made))
    return made

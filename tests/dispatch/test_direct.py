"""What programs ask for directly, without a thread: begun once, and carried out to its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bot.asking import Asked, Told, ask, line
from bot.core.runs import Run, RunStatus
from bot.errors import UserError
from tests.spine import Bot

ORDERS: Mapping[str, object] = {"name": "orders"}


def asked(bot: Bot, verb: str = "generate", *words: str, **more: Any) -> Asked:
    """Somebody asks for the pack ``library`` where nothing else is said; ann, if nobody."""
    login = more.pop("login", "ann")
    options, text = more.pop("options", {}), more.pop("text", "")
    packs = words or (("library",) if verb in ("generate", "plan") else ())
    return Asked(
        actor=more.pop("actor", None) or bot.person(login),
        who=f"person:{login}",
        key=more.pop("key", None),
        found=line(verb, *packs, options=options, text=text),
        **more,
    )


def told(bot: Bot, asking: Asked) -> Told:
    """What comes of it, after the workers did what they could."""
    said = ask(bot.services, asking)
    bot.drain()
    return said


def about(bot: Bot, run: Run, verb: str, login: str, *words: str, **more: Any) -> Told:
    """Somebody asks for something to be done with a run."""
    return told(
        bot,
        asked(
            bot, verb, *words, login=login, place=run.repository, thread=run.thread,
            run_id=run.id, **more,
        ),
    )  # fmt: skip


def refused(bot: Bot, asking: Asked) -> str:
    """The reason of the refusal."""
    with pytest.raises(UserError) as caught:
        ask(bot.services, asking)
    return caught.value.reason


def into_shop(bot: Bot, **more: Any) -> Asked:
    """Ann asks for a change on the shop."""
    options = {"into": "github:acme/shop", "existing": "yes", "path": "orders"}
    return asked(bot, given=ORDERS, place=bot.shop, options=options, **more)


def test_without_a_thread_a_change_is_opened_on_a_repository_that_is_there(bot: Bot) -> None:
    told(bot, into_shop(bot))
    assert bot.run.status is RunStatus.COMPLETED, bot.run.failure
    (change,) = bot.forge.people.changes(bot.shop)
    _, text = bot.forge.people.change_texts(bot.shop, change.number)
    assert "thread" not in text.lower()
    assert bot.run.thread is None
    assert bot.comments == []

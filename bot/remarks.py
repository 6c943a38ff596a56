"""Comments of ours that exist once, however often they are asked for and whoever was killed."""

from __future__ import annotations

import time
from datetime import timedelta

from bot.core.git_values import Comment
from bot.core.identity import Thread
from bot.errors import Transient, UserError
from bot.forges.port import Forge
from bot.services import Services
from bot.store.port import Effect, EffectStatus, Ledger

#: The key under which the ledger knows an owner's comment.
COMMENT = "comment"

_LOOK_EVERY_S = 1.0
#: Our clock may be ahead of the forge's by so much when asking for comments since a time.
CLOCKS_DIFFER = timedelta(minutes=2)
#: A turn in the pace bucket takes at most 2 s, a token and the call itself 10 s each: a comment
#: intended longer ago is hardly anybody's any more.
BEING_WRITTEN_S = 25.0
#: Reasons for which a comment was certainly not written.
_NOT_WRITTEN = ("pace", "rate_limited")


def reply_once(services: Services, thread: Thread, owner: str, body: str) -> Comment | None:
    """Write a comment that exists once, however often this is called; None where it was there.

    None, too, where somebody else wrote it meanwhile: then ours is removed, and theirs may say
    something else.

    Args:
        owner: ``run:ID`` or ``command:ID``: the ledger's owner, and the comment's marker.

    Raises:
        Transient: ``being_written`` where somebody else may be about to write it.
    """
    effect = services.store.ledger.intend(owner, COMMENT, kind="comment")
    if effect.status is EffectStatus.CONFIRMED:
        _remove_doubles(services, thread, effect)
        return None
    if not effect.fresh:
        found = _find_ours(services.forge(thread.repository.forge), thread, effect)
        if found is not None:
            services.store.ledger.confirm(effect.id, external_id=found.id)
            return None
        _leave_to_others(effect)
    return _write(services, thread, effect, body)


def remove_doubles(services: Services, thread: Thread, owner: str) -> None:
    """Remove what a late writer, of whom nobody heard any more, may have written as well."""
    effect = services.store.ledger.find(owner, COMMENT)
    if effect is not None:
        _remove_doubles(services, thread, effect)


def _write(services: Services, thread: Thread, effect: Effect, body: str) -> Comment | None:
    ledger, forge = services.store.ledger, services.forge(thread.repository.forge)
    try:
        comment = forge.add_comment(thread, f"{body}\n{marker(effect.owner)}\n", first=True)
    except Transient as exc:
        if exc.reason not in _NOT_WRITTEN:
            if _is_confirmed(ledger, effect):
                remove_doubles(services, thread, effect.owner)
                return None
        elif effect.fresh:
            ledger.forget(effect.id)
        raise
    except UserError:
        if effect.fresh:
            ledger.forget(effect.id)
        raise
    if _confirm(ledger, effect, comment).external_id == comment.id:
        return comment
    forge.delete_comment(thread, comment.id)
    return None


def _is_confirmed(ledger: Ledger, effect: Effect) -> bool:
    known = ledger.find(effect.owner, COMMENT)
    return known is not None and known.status is EffectStatus.CONFIRMED


def _confirm(ledger: Ledger, effect: Effect, comment: Comment) -> Effect:
    """The row as it is once a comment is written: ours, or that of who was quicker."""
    while True:
        kept = ledger.confirm(effect.id, external_id=comment.id, result={"url": comment.url})
        if kept is not None:
            return kept
        # Another writer was refused by the forge, and has forgotten the row.
        effect = ledger.intend(effect.owner, COMMENT, kind="comment")


def _leave_to_others(effect: Effect) -> None:
    """Runs report while intake may still be at their first comment; no lease keeps them apart."""
    left_s = BEING_WRITTEN_S - abs(effect.age_s)
    if left_s > 0:
        raise Transient(
            "The comment is being written.", reason="being_written", retry_after_s=left_s
        )


def _remove_doubles(services: Services, thread: Thread, effect: Effect) -> None:
    if effect.confirmed_at is None:
        return
    took_s = (effect.confirmed_at - effect.intended_at).total_seconds()
    if abs(took_s) < BEING_WRITTEN_S:
        # Whoever intended it has written it: nobody else had begun.
        return
    forge = services.forge(thread.repository.forge)
    for comment in _ours(forge, thread, effect):
        if comment.id != effect.external_id:
            forge.delete_comment(thread, comment.id)


def marker(owner: str) -> str:
    """The hidden line by which we know a comment of ours again."""
    return f"<!-- firstcommit:{owner} -->"


def _find_ours(forge: Forge, thread: Thread, effect: Effect) -> Comment | None:
    """Our own comment with that owner's marker; what is doubled is removed, the oldest stays."""
    until = time.monotonic() + forge.lag_s
    while not (ours := _ours(forge, thread, effect)) and time.monotonic() < until:
        time.sleep(min(_LOOK_EVERY_S, forge.lag_s))
    for doubled in ours[1:]:
        forge.delete_comment(thread, doubled.id)
    return ours[0] if ours else None


def _ours(forge: Forge, thread: Thread, effect: Effect) -> list[Comment]:
    return ours_with(forge, thread, marker(effect.owner), effect)


def ours_with(forge: Forge, thread: Thread, mark: str, effect: Effect) -> list[Comment]:
    """Our own comments that end with a mark, oldest first, as far as an effect can have made them.

    Whoever else writes the mark, it is not ours.
    """
    me = forge.me()
    return [
        comment
        for comment in forge.comments(thread, since=effect.intended_at - CLOCKS_DIFFER)
        if comment.author.is_same_as(me) and comment.body.rstrip().endswith(mark)
    ]

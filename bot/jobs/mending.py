"""What fails on a change of ours is mended without anybody asking, where policy says so.

In the name of whoever asked for what is there, with their rights as they are now and at their
budget; once for a commit, whatever many checks fail on it. Nobody is answered: who has asked for
nothing wants to hear of no refusal.
"""

from __future__ import annotations

from bot.changes import OurChange, change_key, our_change
from bot.core.events import CheckEnded
from bot.core.identity import Thread, ThreadKind
from bot.core.requests import Answer, Decision, Request, Silence, Start
from bot.dispatch import carry_out, judge
from bot.errors import UserError
from bot.jobs.listening import feed_back, find, may_go_on
from bot.policies import in_force
from bot.services import Services
from bot.store.port import NewCommand


def mend_unasked(services: Services, event: CheckEnded, delivery: str) -> str:
    """Begin to mend what has failed there, if that falls to us; gives what came of it.

    Raises:
        Transient: Where the forge or the database did not answer; to be called again later.
    """
    number = _opened(services, event)
    why_not = _none_of_ours(services, event, number)
    if number is None or why_not:
        return why_not
    try:
        ours = our_change(services, event.repository, number)
    except UserError as exc:
        return f"not mended: {exc.reason}"
    if ours.details.head != event.commit_id:
        return "not mended: the change has gone on"
    if not ours.is_at_ours:
        return "not mended: a person has committed since"
    return _begin(services, event, ours, delivery)


def _opened(services: Services, event: CheckEnded) -> int | None:
    """The number of the change that a run of ours has opened from that branch."""
    key = change_key(event.repository.id, event.branch)
    numbers = [effect.external_id for effect in services.store.ledger.confirmed(key)]
    return int(numbers[-1]) if numbers and numbers[-1] else None


def _none_of_ours(services: Services, event: CheckEnded, number: int | None) -> str:
    """Why nothing is to be done, in a few words; empty where something may be."""
    if not event.failed:
        return "a check has not failed"
    if number is None:
        return "a check of nothing that is ours"
    if event.app == services.forge(event.repository.forge).me().login:
        return "a check of our own"
    if not in_force(services, event.repository).policy.fix_unasked:
        return "nobody asked to have it mended"
    return ""


def _begin(services: Services, event: CheckEnded, ours: OurChange, delivery: str) -> str:
    repository, actor = event.repository, ours.run.requester
    thread = Thread(
        repository=repository,
        number=ours.details.number,
        kind=ThreadKind.CHANGE,
        url=ours.details.url,
    )
    line = f"@{services.settings.name} fix"
    row, new = services.store.commands.add(
        NewCommand(
            key=f"unasked:{repository.forge}:{repository.id}:{event.commit_id}",
            actor=actor,
            thread=thread,
            comment_id=None,
            source=line,
            delivery=delivery,
        )
    )
    if not new and not may_go_on(services, row, delivery):
        return f"known already: {row.outcome or 'being worked on'}"
    if row.run_id is not None:
        return feed_back(services, row.run_id)
    request = Request(command_id=row.id, actor=actor, thread=thread, found=find(services, line))
    decision = judge(services, request).decision
    if isinstance(decision, Start):
        outcome = carry_out(services, request, decision)
        if outcome.run is not None:
            return feed_back(services, outcome.run.id)
    reason = _reason(decision)
    # It is no answer, and does not count as one.
    services.store.commands.settle(row.id, f"silent_{reason}")
    return f"not mended: {reason}"


def _reason(decision: Decision) -> str:
    if isinstance(decision, Answer | Silence):
        return decision.reason.removeprefix("silent_")
    return "refused"

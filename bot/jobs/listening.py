"""What somebody wrote becomes a command, and the command an answer or a run.

Safe to be called any number of times for the same words, at once or after a kill: the command's
row says how far it came, and the ledger which answers have been written.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from bot.core.events import CommentAdded, ThreadOpened
from bot.core.form_text import FormText, read_form
from bot.core.git_values import Reaction
from bot.core.grammar import find_commands
from bot.core.identity import Thread
from bot.core.requests import SECRET_IN_THREAD, Decision, Request
from bot.dispatch import Found, Outcome, carry_out, judge
from bot.errors import UserError
from bot.jobs.grants import remember_organisation
from bot.jobs.hands import Turns
from bot.policy_problems import tell_problems
from bot.remarks import remove_doubles, reply_once
from bot.report import first, react_to_command
from bot.services import Services
from bot.store.port import CommandRow, DeliveryStatus, NewCommand

_turns = Turns()
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What somebody wrote, and how it came to us.

    ``delivery`` is its row, None where no forge told us. ``key`` makes the command unique for
    ever; None: the comment or the opening text does, whatever delivery brought it.
    """

    event: CommentAdded | ThreadOpened
    delivery: str | None = None
    key: str | None = None

    @property
    def comment_id(self) -> str | None:
        """The comment; None for an opening text."""
        return self.event.comment_id if isinstance(self.event, CommentAdded) else None


@dataclass(frozen=True, kw_only=True)
class Heeded:
    """What came of it, in a few words or as a reason code; ``decision`` where one was made now."""

    note: str
    decision: Decision | None = None


def listen(services: Services, heard: Heard) -> Heeded:
    """Do what is asked for there.

    Raises:
        Transient: Where the forge or the database did not answer; to be called again later.
    """
    found, form = _read(services, heard.event)
    if not found:
        return Heeded(note="no command")
    author = heard.event.author
    # Deliveries are worked on side by side, and how often somebody was answered is counted.
    with _turns.of((author.forge, author.account_id)):
        return _obey(services, heard, found, form)


def find(services: Services, text: str) -> Found:
    """The commands in a text."""
    return find_commands(text, name=services.settings.name)


def _read(services: Services, event: CommentAdded | ThreadOpened) -> tuple[Found, FormText | None]:
    """The commands of a text, and the form that it is, if it is one.

    In a form, a command is what stands in the field for it; an answer commands nothing.
    """
    found = find(services, event.text)
    form = read_form(event.text) if found and isinstance(event, ThreadOpened) else None
    if form is None or not form.may_be_ours:
        return found, None
    return tuple(item for item in found if item.line_number in form.command_lines), form


def _obey(services: Services, heard: Heard, found: Found, form: FormText | None) -> Heeded:
    event = heard.event
    remember_organisation(services, event.thread)
    row, new = services.store.commands.add(
        NewCommand(
            key=heard.key or command_key(event.thread, heard.comment_id),
            actor=event.author,
            thread=event.thread,
            comment_id=heard.comment_id,
            source=found[0].source,
            delivery=heard.delivery,
        )
    )
    if not new and not may_go_on(services, row, heard.delivery):
        return Heeded(note=f"the command is known: {row.outcome or 'being worked on'}")
    if row.run_id is not None:
        return Heeded(note=feed_back(services, row.run_id))
    request = Request(
        command_id=row.id,
        actor=event.author,
        thread=event.thread,
        comment_id=heard.comment_id,
        found=found,
        form=form,
    )
    return _settle(services, request, event.thread)


def command_key(thread: Thread, comment_id: str | None) -> str:
    """What makes a command unique for ever, whatever delivery brought it."""
    repository = thread.repository
    place = f"comment:{comment_id}" if comment_id else f"thread:{thread.number}"
    return f"{repository.forge}:{repository.id}:{place}"


def may_go_on(services: Services, row: CommandRow, delivery: str | None) -> bool:
    """Whether a command that is known was left unfinished, and it falls to us to finish it."""
    if row.delivery == delivery:
        return row.outcome is None or row.run_id is not None
    if row.outcome is not None or row.delivery is None:
        return False
    other = services.store.deliveries.get(row.delivery)
    return other is None or other.status is DeliveryStatus.FAILED


def _settle(services: Services, request: Request, thread: Thread) -> Heeded:
    judged = judge(services, request)
    if judged.in_force is not None:
        tell_problems(services, thread, judged.in_force)
    outcome = carry_out(services, request, judged.decision)
    if outcome.run is not None:
        return Heeded(note=feed_back(services, outcome.run.id), decision=judged.decision)
    _answer(services, request, thread, outcome)
    if outcome.reason == SECRET_IN_THREAD:
        services.store.commands.forget_words(request.command_id)
    services.store.commands.settle(request.command_id, outcome.reason)
    return Heeded(note=outcome.reason, decision=judged.decision)


def _answer(services: Services, request: Request, thread: Thread, outcome: Outcome) -> None:
    try:
        if outcome.reply is not None:
            owner = f"command:{request.command_id}"
            reply_once(services, thread, owner, outcome.reply)
        elif outcome.shrug:
            shrug_at(services, thread, request.comment_id)
    except UserError as exc:
        # The thread is locked, or we may not write there: nobody can be told.
        _log.info("answer_refused", command=request.command_id, reason=exc.reason)


def feed_back(services: Services, run_id: str) -> str:
    """Show a run to its people and have it worked on; gives what came of it in a few words."""
    run = services.store.runs.get(run_id)
    if run is None:
        return "the run is gone"
    if not run.status.is_final:
        first(services, run)
        services.queue.run(run.id)
    elif run.thread is not None:
        # Taken up again after a kill, which may have come before the reaction, or right after a
        # late comment.
        react_to_command(services, run)
        remove_doubles(services, run.thread, f"run:{run.id}")
    return f"run {run.short_id}"


def shrug_at(services: Services, thread: Thread, comment_id: str | None) -> None:
    """React as one who was addressed and does nothing."""
    forge = services.forge(thread.repository.forge)
    forge.react(thread, comment_id, Reaction.CONFUSED)

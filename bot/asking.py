"""What programs and pages ask for: into the same waist as a comment, and back as an outcome.

Each is a command with a row of its own, unique by who asks and by a key of theirs, so that asking
twice does it once. The answer goes to whoever asked, not into a thread.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from bot.core.grammar import CommandLine, SyntaxProblem, find_commands
from bot.core.identity import Actor, Repository, Thread
from bot.core.requests import Request
from bot.core.runs import Run
from bot.dispatch import Outcome, carry_out, judge
from bot.errors import UserError
from bot.report import first
from bot.services import Services
from bot.store.port import CommandRow, NewCommand

_LONGEST_KEY = 200
#: Answers that say that a command is not carried out, and what they mean in one sentence.
_REFUSALS = {
    "refusal": "That is refused.",
    "syntax": "The command cannot be read.",
    "two_commands": "There are two commands in that text; neither is carried out.",
    "needs_model": "A free description needs a language model; name a template pack instead.",
    "plan_changed": "The plan cannot be carried out any more: what it was made of has changed.",
}
#: What to do about them, where the answer itself does not say so in a sentence.
_REMEDIES = {
    "syntax": "The command `help` lists the commands, and `help VERB` what one takes.",
    "two_commands": "Ask for each by itself.",
    "needs_model": "Name one of the packs that the command `templates` lists.",
    "plan_changed": "Retry the run: it makes a new plan.",
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Somebody asks us directly.

    ``who`` tells askers apart for ``key``, which makes it unique; None: nobody will ask again.
    The rest is as in `Request`.
    """

    actor: Actor
    who: str
    key: str | None
    found: tuple[CommandLine | SyntaxProblem, ...]
    thread: Thread | None = None
    place: Repository | None = None
    run_id: str | None = None
    given: Mapping[str, object] = field(default_factory=dict, repr=False)
    projects: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    operates: bool = False
    wants_project: bool = False
    home: str = ""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What came of it: a reason code, the words of an answer, and the run there is now, if any.

    ``again``: it had been asked for before, and was not done a second time.
    """

    reason: str
    reply: str | None = None
    run: Run | None = None
    again: bool = False


def ask(services: Services, asked: Asked) -> Told:
    """Have something done.

    Raises:
        UserError: Where it is refused, with the reason code that a thread would have been told;
            ``key_used_otherwise`` where the key was used for something else.
        NotSupported: For what this version or forge cannot do.
        Transient: Where the forge or the database did not answer; to be asked again.
    """
    row = _recorded(services, asked)
    if row.run_id is not None:
        return Told(reason="run", run=_feed_back(services, row.run_id), again=True)
    if row.outcome is not None:
        return Told(reason=row.outcome, run=_run(services, asked.run_id), again=True)
    request = Request(
        command_id=row.id,
        actor=asked.actor,
        thread=asked.thread,
        place=asked.place,
        found=asked.found,
        direct=True,
        run_id=asked.run_id,
        given=asked.given,
        projects=asked.projects,
        operates=asked.operates,
        wants_project=asked.wants_project,
        home=asked.home,
    )
    return _done(services, request)


def check_key(key: str | None) -> str | None:
    """An idempotency key as it was given, or None where none was.

    Raises:
        UserError: ``bad_key``.
    """
    if key is not None and not 1 <= len(key) <= _LONGEST_KEY:
        raise UserError(f"An idempotency key has 1 to {_LONGEST_KEY} characters.", reason="bad_key")
    return key


def line(
    verb: str,
    *positional: str,
    text: str = "",
    options: Mapping[str, str | bool] = MappingProxyType({}),
) -> tuple[CommandLine, ...]:
    """The command that a call of the API stands for, as if it had been written."""
    return (
        CommandLine(
            verb=verb,
            bare=True,
            positional=positional,
            options=tuple(
                (key, True if value is True else str(value)) for key, value in options.items()
            ),
            text=text or None,
            line_number=1,
            column=1,
            source=f"/{verb}",
        ),
    )


def written(services: Services, text: str) -> tuple[CommandLine | SyntaxProblem, ...]:
    """The commands in a text, as in a comment.

    Raises:
        UserError: ``no_command``.
    """
    found = find_commands(text, name=services.settings.name)
    if not found:
        raise UserError(
            "There is no command in that text.",
            reason="no_command",
            remedy=f"Write it as in a thread: `/generate …` or `@{services.settings.name} status`.",
        )
    return found


def _done(services: Services, request: Request) -> Told:
    judged = judge(services, request)
    outcome = carry_out(services, request, judged.decision)
    if outcome.run is not None:
        return Told(reason="run", run=_feed_back(services, outcome.run.id))
    # What was refused did nothing, and is judged anew when it is asked for again.
    _refuse(outcome)
    services.store.commands.settle(request.command_id, outcome.reason)
    return Told(reason=outcome.reason, reply=outcome.reply, run=_run(services, request.run_id))


def _refuse(outcome: Outcome) -> None:
    """What would be the words of a refusal in a thread is an error for a program."""
    answer = outcome.answer
    if answer is None or answer.template not in _REFUSALS:
        return
    problem, wrong = answer.values.get("problem"), answer.values.get("wrong")
    message = answer.values.get("message") or _problem(problem)
    raise UserError(
        str(message or _REFUSALS[answer.template]),
        reason=outcome.reason,
        remedy=str(answer.values.get("remedy") or _REMEDIES.get(answer.template, "")),
        wrong=wrong if isinstance(wrong, tuple) else (),
    )


def _problem(problem: object) -> str:
    """What is wrong with a command that cannot be read; empty for what is none."""
    if not isinstance(problem, SyntaxProblem):
        return ""
    near = f" Did you mean `{problem.nearest}`?" if problem.nearest else ""
    return problem.message + near


def recorded(services: Services, command: NewCommand) -> tuple[CommandRow, bool]:
    """What was asked for, written down; whether nobody had done so under its key.

    Raises:
        UserError: ``key_used_otherwise`` where the key was used for something else.
    """
    row, new = services.store.commands.add(command)
    if not new and row.request_sha256 != command.request_sha256:
        raise UserError(
            "This idempotency key was used for something else.",
            reason="key_used_otherwise",
            remedy="Use a new key for each thing that you ask for.",
        )
    return row, new


def _recorded(services: Services, asked: Asked) -> CommandRow:
    key = check_key(asked.key) or str(uuid.uuid4())
    row, _ = recorded(
        services,
        NewCommand(
            key=f"api:{asked.who}:{key}",
            actor=asked.actor,
            thread=asked.thread,
            comment_id=None,
            # Not what was given with it: that may hold secrets.
            source=" ".join(item.source.split(" ")[0] for item in asked.found),
            request_sha256=_fingerprint(asked),
        ),
    )
    return row


def _fingerprint(asked: Asked) -> str:
    # A repository that is to be made is there when its maker asks again.
    known = None if asked.wants_project else asked.place
    place = asked.thread.repository if asked.thread else known
    parts: Sequence[object] = (
        asked.actor.forge,
        asked.actor.account_id,
        place.id if place else None,
        asked.thread.number if asked.thread else None,
        asked.run_id,
        [repr(item) for item in asked.found],
        asked.given,
    )
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _feed_back(services: Services, run_id: str) -> Run | None:
    run = services.store.runs.get(run_id)
    if run is not None and not run.status.is_final:
        first(services, run)
        services.queue.run(run.id)
    return run


def _run(services: Services, run_id: str | None) -> Run | None:
    return services.store.runs.get(run_id) if run_id else None

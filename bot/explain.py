"""Whether a command would be allowed, and why, line by line; nothing of it is done.

The verdict is `dispatch.judge`'s own: the lines above it show what went into it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from bot.budgets import EVERYBODYS, Whose, owners_of, standing_text, standing_today
from bot.core.budgets import Balance
from bot.core.destination import Destination, destinations_in
from bot.core.grammar import CommandLine, SyntaxProblem, find_commands
from bot.core.homes import repository_home
from bot.core.identity import Actor, Repository, Thread
from bot.core.pack_addresses import read_pack_address
from bot.core.policy import Approval, ModelRule, PlacedRule, Policy
from bot.core.policy_keys import PACKS, key
from bot.core.policy_merging import NOBODY, Rules
from bot.core.policy_reading import shown
from bot.core.requests import Answer, Decision, Lapse, Request, Shrug, Silence, Start
from bot.dispatch import Judged, judge
from bot.errors import UserError
from bot.forges.port import Forge
from bot.homes import organisation_repository
from bot.policies import Domain, FileInForce, InForce, in_force
from bot.policy_files import OPERATOR
from bot.services import Services

#: The answers that carry nothing out.
_REFUSALS = frozenset({"refusal", "syntax", "two_commands", "needs_model"})
_SHORT = 12


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing that was looked at, and what was found."""

    about: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What was looked at, in order, and the verdict; ``why`` is empty where it is allowed."""

    lines: tuple[Line, ...]
    allowed: bool
    reason: str = ""
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Question:
    """Who would write what, and where. ``thread`` is 0 for one that has no run of ours.

    ``actor`` is who would, where that is known already; else the forge is asked for ``login``.
    """

    text: str
    forge: str
    repository: str
    thread: int = 0
    login: str = ""
    actor: Actor | None = None


def _always(file: FileInForce) -> bool:
    return True


def explain(
    services: Services,
    question: Question,
    *,
    may_quote: Callable[[FileInForce], bool] = _always,
    sees: Collection[Whose] = EVERYBODYS,
) -> Explanation:
    """Whether that would be allowed.

    Args:
        may_quote: Whether whoever asks may see what is wrong with a policy file.
        sees: Whose budgets of today whoever asks may see.

    Raises:
        UserError: ``unknown_person``, ``unknown_repository``, ``no_command``.
        NotSupported: Where there is no such forge here.
        Transient: Where the forge did not answer.
    """
    forge = services.forge(question.forge)
    thread = _thread(forge, question)
    request = _request(services, forge, question, thread)
    judged = judge(services, request)
    case = _case(services, request, thread, judged, may_quote)
    return _verdict((*_lines(case), *_budgets(case, sees)), judged.decision)


def _thread(forge: Forge, question: Question) -> Thread:
    repository = forge.repository(question.repository)
    if repository is None:
        raise UserError(
            f"There is no repository {question.repository} that can be seen from here.",
            reason="unknown_repository",
            remedy="Write it as OWNER/NAME, and see that the program is installed there.",
        )
    return Thread(repository=repository, number=question.thread)


def _request(services: Services, forge: Forge, question: Question, thread: Thread) -> Request:
    found = find_commands(question.text, name=services.settings.name)
    if not found:
        raise UserError(
            "There is no command in that text.",
            reason="no_command",
            remedy=f"Write it as in a thread: `/generate …` or `@{services.settings.name} status`.",
        )
    return Request(
        command_id="explained",
        actor=question.actor or _person(forge, question.login),
        thread=thread,
        found=found,
    )


def _person(forge: Forge, login: str) -> Actor:
    name = login.removeprefix("@")
    found = forge.person(name)
    if found is None:
        raise UserError(
            f"Nobody is called {name} on {forge.name}.",
            reason="unknown_person",
            remedy="Give the login that the person has there.",
        )
    return found


def _verdict(lines: tuple[Line, ...], decision: Decision) -> Explanation:
    match decision:
        case Silence(reason=reason) | Shrug(reason=reason):
            why = "it would get no answer"
            return Explanation(lines=lines, allowed=False, reason=reason, why=why)
        case Answer(template=template, reason=reason) if template in _REFUSALS:
            why = _told(decision)
            return Explanation(lines=lines, allowed=False, reason=reason, why=why)
        case Lapse(changes=changes):
            why = "; ".join(changes)
            return Explanation(lines=lines, allowed=False, reason="plan_changed", why=why)
    return Explanation(lines=lines, allowed=True)


def _told(answer: Answer) -> str:
    """What a refusal says, in one line."""
    problem = answer.values.get("problem")
    message = answer.values.get("message") or getattr(problem, "message", "")
    return " ".join(str(message).split())


@dataclass(frozen=True, kw_only=True)
class _Case:
    """What is known once a request was judged. ``start`` is the run that would be, if any."""

    services: Services
    request: Request
    thread: Thread
    found: InForce
    start: Start | None
    may_quote: Callable[[FileInForce], bool]

    @property
    def policy(self) -> Policy:
        """What would hold for the run."""
        return self.start.policy if self.start else self.found.policy

    @property
    def places(self) -> tuple[Destination, ...]:
        """Where the run would publish."""
        return destinations_in(self.start.inputs) if self.start else ()

    @property
    def repository(self) -> Repository:
        """The thread's."""
        return self.thread.repository

    @property
    def commands(self) -> tuple[CommandLine, ...]:
        """What could be read."""
        return tuple(item for item in self.request.found if isinstance(item, CommandLine))

    def value(self, name: str) -> str:
        """A key's value as people write it, and who has set it."""
        at = key(name)
        value = at.get(self.policy)
        who = self.found.rules.source(name)
        if value != at.get(self.found.policy):
            who = f"{' and '.join(into.repository for into in self.places)}'s own policy"
        return f"{shown(name, value)} ({who})"


def _case(
    services: Services,
    request: Request,
    thread: Thread,
    judged: Judged,
    may_quote: Callable[[FileInForce], bool],
) -> _Case:
    found = judged.in_force or in_force(services, thread.repository)
    start = judged.decision if isinstance(judged.decision, Start) else None
    return _Case(
        services=services,
        request=request,
        thread=thread,
        found=found,
        start=start,
        may_quote=may_quote,
    )


def _lines(case: _Case) -> Iterator[Line]:
    actor = case.request.actor
    yield Line(about="person", text=f"@{actor.login} on {actor.forge}")
    yield from _commands(case)
    yield from _files(case.found, case.repository, case.may_quote)
    yield Line(about="permission", text=_permission(case))
    yield Line(about="packs", text="; ".join([case.value(PACKS), *_packs(case)]))
    if case.start is not None:
        yield Line(about="workflow", text=_workflow(case.start))
    for into in case.places:
        yield Line(about="destination", text=_destination(into))
    yield Line(about="approval", text=_approval(case))
    yield Line(about="verify", text=case.value("verify"))
    yield Line(about="CI files", text=case.value("workflow_files"))
    yield Line(about="models", text=_models(case))
    yield Line(about="limits", text=_limits(case))


def _commands(case: _Case) -> Iterator[Line]:
    for item in case.request.found:
        if isinstance(item, SyntaxProblem):
            yield Line(about="command", text=f"cannot be read: {item.message}")
            continue
        words = [*item.positional, *(f"{name}={value}" for name, value in item.options)]
        given = f" with {', '.join(words)}" if words else ""
        text = " and a description" if item.text is not None else ""
        yield Line(about="command", text=f"{item.verb}{given}{text}")


def _files(
    found: InForce, repository: Repository, may_quote: Callable[[FileInForce], bool]
) -> Iterator[Line]:
    yield Line(about="policy", text=f"{OPERATOR}: {_set_by(found.rules, OPERATOR)}")
    above = f"{repository.owner}/{organisation_repository(repository.forge)}"
    if above.lower() not in [file.repository.full_name.lower() for file in found.files]:
        yield Line(about="policy", text=f"{above}: there is no such repository to be seen")
    for file in found.files:
        name = file.repository.full_name
        text = _file(file, _set_by(found.rules, name))
        yield Line(about="policy", text=f"{name}: {text}")
        for problem in file.problems if may_quote(file) else ():
            yield Line(about="", text=f"{name}: {problem}")


def _file(file: FileInForce, sets: str) -> str:
    at = f"{file.path} at {file.version[:_SHORT]}"
    if not file.problems:
        return f"{at} {sets}" if file.exists else f"no {file.path}"
    if not file.kept:
        return f"{at} is wrong, so nothing of it is in force"
    return f"{at} is wrong, so that of {file.kept[:_SHORT]} stays in force; it {sets}"


def _set_by(rules: Rules, source: str) -> str:
    names = [name for name, who in rules.set_by.items() if who == source]
    return f"sets {', '.join(names)}" if names else "sets nothing"


def _permission(case: _Case) -> str:
    actor, repository = case.request.actor, case.repository
    has = case.services.forge(actor.forge).permission(repository, actor)
    parts = [f"{has.name.lower()} on {repository.full_name}, as {actor.forge} says"]
    for command in case.commands:
        needed = case.found.policy.needs(command.verb)
        who = case.found.rules.source(f"permissions.{command.verb}")
        enough = "enough" if has >= needed else "too little"
        parts.append(f"{command.verb} needs {needed.name.lower()} ({who}): {enough}")
    return "; ".join(parts)


def _packs(case: _Case) -> Iterator[str]:
    for command in case.commands:
        if command.verb in ("generate", "plan") and command.positional:
            name = command.positional[0]
            is_allowed = case.policy.allows_pack(_policy_name(name))
            yield f"{name} is {'' if is_allowed else 'not '}allowed"


def _policy_name(text: str) -> str:
    """What a policy knows a pack by."""
    try:
        return read_pack_address(text).policy_name
    except UserError:
        return text


def _workflow(start: Start) -> str:
    source = start.source
    where = "shipped"
    if source.get("kind") == "organisation":
        where = f"of {source['repository']} at {str(source['commit'])[:_SHORT]}"
    steps = ", ".join(step.id for step in start.workflow.steps)
    return f"{start.workflow.name} ({where}): {steps}"


def _destination(into: Destination) -> str:
    if into.new:
        return f"{into.repository}, a new {into.visibility} repository; they may have it made"
    where = f"{into.path} of {into.repository}" if into.path else into.repository
    return f"a change on {where}, from {into.branch} to {into.base}; they may write there"


def _approval(case: _Case) -> str:
    asked, verbs = case.value("approval"), {command.verb for command in case.commands}
    if case.policy.approval is Approval.NEVER and not verbs & {"plan", "approve"}:
        return asked
    at = case.repository
    here = Domain(forge=at.forge, owner=at.owner, repository=at, policy=case.policy)
    rules = (here.approve, *case.policy.also_approve)
    counts = all(placed.rule.own for placed in rules)
    own = "one's own request counts" if counts else "nobody approves their own request"
    return f"{asked}, by whoever {', and also '.join(map(_approver, rules))}; {own}"


def _approver(placed: PlacedRule) -> str:
    rule, where = placed.rule, placed.repository
    role = f"has {rule.role.name.lower()} on {where}" if where else f"owns {placed.owner}"
    return ", or is in ".join([role, *(f"{placed.owner}/{team}" for team in rule.teams)])


def _models(case: _Case) -> str:
    if not case.policy.models.allow:
        return f"not allowed: {case.value('models.allow')}"
    caps = [
        f"{name} {case.value(f'models.{name}')}"
        for name in ModelRule.__dataclass_fields__
        if name != "allow" and getattr(case.policy.models, name) is not None
    ]
    return f"allowed, {', '.join(caps)}" if caps else f"allowed without limit ({NOBODY})"


def _budgets(case: _Case, sees: Collection[Whose]) -> Iterator[Line]:
    """What is left today, of what is held to a cap or was drawn on."""
    actor, place = case.request.actor, case.repository
    services, models = case.services, case.policy.models
    organisation = services.store.organisations.find(place.forge, place.owner_id)
    owners = owners_of(actor, repository_home(place), organisation.id if organisation else None)
    names = {
        Whose.PERSON: f"@{actor.login}",
        Whose.REPOSITORY: place.full_name,
        Whose.ORGANISATION: place.owner,
        Whose.SERVER: "this server",
    }
    for one in standing_today(services, models, owners, sees=sees) if models.allow else ():
        cap, balance = one.held.cap, one.balance
        if (cap.tokens, cap.micro_usd) != (None, None) or balance != Balance():
            yield Line(about="budget", text=f"{names[one.held.whose]}: {standing_text(one)}")


def _limits(case: _Case) -> str:
    runs = case.services.store.runs.in_thread(case.thread)
    under_way = sum(not run.status.is_final for run in runs)
    return f"{under_way} of {case.policy.runs.thread} runs of the thread are under way"

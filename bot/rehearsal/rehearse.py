"""Having the program do what it would do, where nothing comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.core.events import CommentAdded
from bot.core.identity import Repository, Standing, Thread
from bot.core.requests import Answer, Decision, Lapse, Shrug, Silence
from bot.core.runs import Run, RunStatus, Step, StepStatus
from bot.errors import UserError
from bot.forges.recording import RecordingForge
from bot.jobs.execute import execute
from bot.jobs.listening import Heard, listen
from bot.rehearsal.api import RecordingAgentApis, RecordingApi
from bot.rehearsal.effects import Effects
from bot.rehearsal.known import Sealed
from bot.rehearsal.patience import Patience
from bot.rehearsal.queue import RecordingQueue
from bot.rehearsal.store import bring_over, rehearsal_store
from bot.report import final
from bot.sealing import seal, secret_place
from bot.services import NoHookSender, Services
from bot.steps import step_type
from bot.trials import OutsideEffect, Rehearsal, Tried

#: Answers that say that a command is not carried out.
_REFUSALS = {
    "refusal": "It would be refused.",
    "syntax": "The command cannot be read.",
    "two_commands": "Two commands in one text: neither would be carried out.",
    "needs_model": "A free description needs a language model.",
}
#: A run that is put off and is due again at once is carried on so often.
_MOST_STRETCHES = 20


def rehearse(services: Services, tried: Tried, *, within_s: float | None = None) -> Rehearsal:
    """Do what a comment asks for against adapters that only record.

    Args:
        within_s: A run that takes longer is stopped; None: nobody minds.

    Raises:
        UserError: ``unknown_repository``.
        Transient: Where the real forge or database did not answer.
        NotSupported: ``forge_not_configured``.
    """
    effects = Effects()
    patience = Patience(effects, within_s)
    services.forge(tried.forge)
    with rehearsal_store(services.store, services.clock, _stand_in(services)) as store:
        forges = {
            name: RecordingForge(forge, effects.of(name), clock=services.clock)
            for name, forge in services.forges.items()
        }
        queue = RecordingQueue()
        stage = replace(
            services,
            store=store,
            queue=queue,
            forges=forges,
            api=RecordingApi(services.settings.api_origins, effects.of("api")),
            agent_apis=RecordingAgentApis(services.agent_apis, effects.of("api")),
            hook_sender=NoHookSender(),
            people=None,
            rehearsal=True,
        )
        forge = forges[tried.forge]
        _suppose_files(forge, tried)
        thread = forge.suppose_thread(_repository(forge, tried))
        bring_over(services.store, store, thread.repository)
        decision = _say(stage, forge, thread, tried)
        _work(stage, queue, patience)
        return patience.told(_outcome(stage, thread, decision, effects.all))


def _stand_in(services: Services) -> Sealed:
    """What seals an invented text where a step would open an organisation's secret."""

    def sealed(forge: str, organisation: str, name: str, origin: str) -> str:
        place = secret_place(forge, organisation, name, origin)
        return seal(services.keys, "invented", bound_to=place)

    return sealed


def _repository(forge: RecordingForge, tried: Tried) -> Repository:
    found = forge.repository(tried.repository)
    if found is not None:
        return found
    login, _, name = tried.repository.partition("/")
    owner = forge.owner(login, tried.actor) if tried.suppose else None
    if owner is None or owner.standing is not Standing.OWNER:
        raise UserError(
            f"There is no repository {tried.repository} on {tried.forge} that we may see.",
            reason="unknown_repository",
            remedy="Name one as --repository FORGE:OWNER/NAME.",
        )
    return forge.suppose_repository(owner, name)


def _suppose_files(forge: RecordingForge, tried: Tried) -> None:
    for full_name, file in tried.files:
        repository = _repository(forge, replace(tried, repository=full_name, suppose=True))
        forge.suppose_files(repository, [file])


def _say(stage: Services, forge: RecordingForge, thread: Thread, tried: Tried) -> Decision | None:
    said = forge.suppose_comment(thread, tried.actor, tried.text)
    event = CommentAdded(thread=thread, comment_id=said.id, author=tried.actor, text=tried.text)
    return listen(stage, Heard(event=event)).decision


def _work(stage: Services, queue: RecordingQueue, patience: Patience) -> None:
    """What workers would do, until the run has ended or waits."""
    for _ in range(_MOST_STRETCHES):
        if not queue.runs:
            break
        run_id = queue.runs.popleft()
        with patience.over(stage, run_id):
            execute(stage, run_id, worker="rehearsal")
    while queue.reports:
        final(stage, queue.reports.popleft())


def _outcome(
    stage: Services, thread: Thread, decision: Decision | None, effects: Sequence[OutsideEffect]
) -> Rehearsal:
    comment = _last_word(stage, thread)
    run = next(iter(stage.store.runs.in_thread(thread, limit=1)), None)
    if run is None:
        message, remedy = _refused(decision)
        return Rehearsal(
            reason=getattr(decision, "reason", "no_command"),
            message=message,
            remedy=remedy,
            carried_out=not message,
            comment=comment,
            effects=tuple(effects),
        )
    steps = (*run.steps, *run.parts)
    reason, message, remedy = _ending(run)
    return Rehearsal(
        reason=reason,
        message=message,
        remedy=remedy,
        carried_out=run.status is RunStatus.COMPLETED,
        comment=comment,
        run=run,
        effects=tuple(effects),
        files=tuple(stage.store.projects.files(run.project_id)) if run.project_id else (),
        waits=tuple((step.id, digest) for step in steps if (digest := _digest(step))),
        named=tuple(step.id for step in steps if _is_named_only(step)),
        log=tuple(stage.store.runs.events(run.id)),
    )


def _refused(decision: Decision | None) -> tuple[str, str]:
    """Why nothing would be done, and what to do about it; empty where it would be."""
    match decision:
        case None:
            return "There is no command in it.", ""
        case Silence():
            return "It would be met with silence.", ""
        case Shrug():
            return "It would be met with a reaction alone.", ""
        case Lapse():
            return f"The plan cannot be carried out: {'; '.join(decision.changes)}.", ""
        case Answer(template=template, values=values) if template in _REFUSALS:
            message = str(values.get("message", _REFUSALS[template]))
            return message, str(values.get("remedy", ""))
    return "", ""


def _ending(run: Run) -> tuple[str, str, str]:
    if run.failure is not None:
        return run.failure.reason, run.failure.message, run.failure.remedy
    if run.status is RunStatus.COMPLETED:
        return "run", "", ""
    return "waits", run.waiting_for or "", ""


def _digest(step: Step) -> str:
    found = (step.outputs or {}).get("digest") if step.uses == "approval" else None
    return str(found) if found else ""


def _is_named_only(step: Step) -> bool:
    return step.status is StepStatus.COMPLETED and not step_type(step.uses).rehearses


def _last_word(stage: Services, thread: Thread) -> str:
    """Our newest comment, without the line by which we would know it again."""
    forge = stage.forge(thread.repository.forge)
    ours = [said for said in forge.comments(thread) if said.author.is_same_as(forge.me())]
    return ours[-1].body.rpartition("<!--")[0].strip() if ours else ""

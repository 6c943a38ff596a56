"""From a command about what is there already to a run that amends or reviews it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from bot.changes import OurChange, our_change
from bot.commands import budget
from bot.commands.inputs import refuse_missing
from bot.commands.starting import lock, refuse_crowd
from bot.core.destination import Destination, destination_to_dict
from bot.core.identity import Repository
from bot.core.requests import Ask, Start
from bot.core.runs import Run
from bot.core.workflow import to_data
from bot.destinations import may_publish
from bot.errors import UserError
from bot.pack_sources.pins import PACKS
from bot.policies import with_destinations
from bot.services import Services
from bot.workflows import find_workflow, gated

LONGEST_TEXT = 10_000


def start_amending(
    services: Services,
    ask: Ask,
    workflow: str,
    inputs: Mapping[str, object],
    *,
    into: Destination | None = None,
    of: Run | None = None,
    project_name: str | None = None,
    strangers: bool = False,
) -> Start:
    """A run of a workflow that asks a model about what is there already.

    Args:
        workflow: Its name; one of the organisation's own comes before ours.
        into: Where it publishes; None: nowhere.
        of: The run that has made what is amended: of the packs that it used, the same are meant.
        strangers: Whether what a model is told was written by people without write access, too.

    Raises:
        UserError: For everything that the person can mend, each with its reason code.
    """
    found = find_workflow(services, workflow, ask.repository)
    refuse_no_model(services, ask, to_data(found.workflow), strangers=strangers)
    refuse_crowd(services, ask)
    policy, given = ask.policy, dict(inputs)
    if into is not None:
        may_publish(services, ask.actor, into, near=ask.repository)
        policy = with_destinations(services, policy, ask.repository, [into])
        given["into"] = destination_to_dict(into)
    _refuse_unfit(found.workflow.name, found.workflow.inputs, given)
    refuse_missing(found.workflow, given)
    pins = of.source.get(PACKS) if of is not None else None
    return Start(
        run_id=str(uuid.uuid4()),
        workflow=gated(found.workflow, policy),
        source={**found.source, PACKS: pins} if pins else found.source,
        inputs=given,
        policy=policy,
        budget=budget.starting_budget(services, ask, policy),
        destination=lock([into]) if into is not None else "",
        project_name=project_name,
        place=ask.repository,
    )


def change_meant(services: Services, ask: Ask) -> OurChange:
    """The change of ours in whose thread something is asked for.

    Raises:
        UserError: As `our_change`; ``no_change`` where it is asked for in no thread.
    """
    repository, number = where(ask)
    return our_change(services, repository, number)


def where(ask: Ask) -> tuple[Repository, int]:
    """In which thread something is asked for; UserError ``no_change`` where in none."""
    if ask.thread is None:
        raise UserError(
            "This is about a change, and is asked for in its thread.",
            reason="no_change",
            remedy="Write the command in the change that is meant.",
        )
    return ask.thread.repository, ask.thread.number


def refuse_no_model(
    services: Services, ask: Ask, workflow: Mapping[str, object], *, strangers: bool
) -> None:
    """Refuse what needs a language model where none can, or may, be asked.

    Raises:
        UserError: ``models_not_allowed``, ``no_model`` or ``no_sandbox``.
    """
    budget.refuse_models(services, workflow, ask.policy)
    problem = services.models.problem(strangers=strangers)
    if problem is not None:
        reason = "no_sandbox" if services.models.chain else "no_model"
        raise UserError(problem, reason=reason, remedy="The operator can mend that.")


def _refuse_unfit(name: str, known: Mapping[str, object], given: Mapping[str, object]) -> None:
    unknown = [one for one in given if one not in known]
    if unknown:
        raise UserError(
            f"The workflow {name} of this organisation has no input `{unknown[0]}`, so that it "
            "cannot be used for this command.",
            reason="bad_workflow",
            remedy="The one that ships shows which inputs there are: "
            f"`firstcommit workflows show {name}`.",
        )

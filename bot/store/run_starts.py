"""How a run begins: its row, its steps and its project."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy import or_, select, update

from bot.core.budgets import budget_to_data
from bot.core.homes import repository_home
from bot.core.identity import Repository, actor_to_dict, repository_to_dict, thread_to_dict
from bot.core.runs import ProjectStatus, StepStatus
from bot.store import events
from bot.store.models import PlaceRow, ProjectRow, RunRow, StepRow
from bot.store.port import EventKind, NewRun
from bot.store.session import Transaction


def columns(run: NewRun) -> dict[str, object]:
    """The columns of a run that never change."""
    repository = run.asked_in
    return {
        "id": run.id,
        "home": run.home,
        "repository": repository_to_dict(repository) if repository else None,
        "forge": repository.forge if repository else None,
        "repository_id": repository.id if repository else None,
        "installation": repository.installation if repository else None,
        "thread_number": run.thread.number if run.thread else None,
        "thread": thread_to_dict(run.thread) if run.thread else None,
        "workflow": dict(run.workflow),
        "workflow_name": str(run.workflow.get("name", "")),
        "inputs": dict(run.inputs),
        "requester": actor_to_dict(run.requester),
        "comment_id": run.comment_id,
        "command_id": run.command_id,
        "organisation_id": run.organisation_id,
        "party": run.organisation_id or f"{run.requester.forge}:{run.requester.account_id}",
        "destination": run.destination,
        "source": dict(run.source),
        "policy": dict(run.policy),
        "budget": budget_to_data(run.budget),
    }


def made_before(tx: Transaction, run: NewRun) -> RunRow:
    """The run that this one collided with."""
    same = RunRow.id == run.id
    if run.command_id is not None:
        same = or_(same, RunRow.command_id == run.command_id)
    return tx.scalars(select(RunRow).where(same)).one()


def add_steps(tx: Transaction, run: NewRun) -> None:
    """Its steps, pending, in order."""
    for position, (step_id, uses) in enumerate(run.steps):
        tx.add(
            StepRow(
                run_id=run.id,
                position=position,
                step_id=step_id,
                uses=uses,
                status=StepStatus.PENDING,
            )
        )


def add_project(tx: Transaction, row: RunRow, run: NewRun, name: str, now: datetime) -> None:
    """Its project, pending, tied to it both ways."""
    project = ProjectRow(
        id=str(uuid4()),
        organisation_id=run.organisation_id,
        run_id=run.id,
        home=run.home,
        pack=run.pack,
        name=name,
        status=ProjectStatus.PENDING,
        created_by=f"{run.requester.forge}:{run.requester.login}",
        created_at=now,
        updated_at=now,
    )
    tx.add(project)
    tx.flush()
    row.project_id = project.id
    events.of_project(tx, run.id, project, EventKind.PROJECT_CREATED, now, name=name)


def add_place(
    tx: Transaction, repository: Repository, organisation_id: str | None, now: datetime
) -> None:
    """Note a repository that runs and projects belong to, as it is now."""
    known = {
        "repository": repository_to_dict(repository),
        "organisation_id": organisation_id,
        "used_at": now,
    }
    tx.execute(
        tx.insert(PlaceRow)
        .values(home=repository_home(repository), forge=repository.forge, **known)
        .on_conflict_do_update(index_elements=[PlaceRow.home], set_=known)
    )


def move_in(tx: Transaction, row: RunRow, repository: Repository, now: datetime) -> None:
    """Have a run that was a person's alone belong to a repository, with the project it makes."""
    home = repository_home(repository)
    if not row.home.startswith("account:"):
        return
    row.home = home
    tx.execute(
        update(ProjectRow)
        .where(ProjectRow.run_id == row.id)
        .values(home=home)
        .execution_options(synchronize_session=False)
    )
    add_place(tx, repository, row.organisation_id, now)

"""Dropping everything that was kept for an organisation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from bot.store import blobs, secrets
from bot.store.models import (
    Base,
    BudgetRow,
    CommandRecord,
    EffectRow,
    HookDeliveryRow,
    HookRow,
    KnownFileRow,
    OrganisationRow,
    PlaceRow,
    ProjectRow,
    RunRow,
    SnapshotFileRow,
    SnapshotRow,
)
from bot.store.session import Transaction


def erase(tx: Transaction, organisation: OrganisationRow, now: datetime) -> None:
    """Drop an organisation with its runs, projects and commands and all that hangs on these.

    Steps, attempts, plans, events, calls of models with their texts, questions, files, snapshots
    and exports go with the row that they belong to, hooks with the organisation or its repository;
    what other hooks are told of its projects goes, too. Contents are only marked here: others may
    share them.
    """
    runs = tx.scalars(select(RunRow.id).where(_runs_of(organisation))).all()
    projects = tx.scalars(
        select(ProjectRow.id).where(
            or_(
                ProjectRow.organisation_id == organisation.id,
                ProjectRow.run_id.in_(select(RunRow.id).where(_runs_of(organisation))),
            )
        )
    ).all()
    commands = tx.scalars(
        select(CommandRecord.id).where(
            or_(
                _is_owned_by(organisation),
                CommandRecord.id.in_(select(RunRow.command_id).where(_runs_of(organisation))),
            )
        )
    ).all()
    _mark_contents(tx, projects, now)
    owners = [f"run:{run}" for run in runs] + [f"command:{command}" for command in commands]
    owners.append(f"account:{organisation.forge}:{organisation.account_id}")
    _drop(tx, EffectRow, EffectRow.owner, owners)
    _drop(tx, RunRow, RunRow.id, runs)
    _let_go(tx, projects)
    _drop(tx, ProjectRow, ProjectRow.id, projects)
    _drop(tx, CommandRecord, CommandRecord.id, commands)
    _drop_known_files(tx, organisation)
    secrets.let_go(tx, organisation, organisation.login)
    _drop_budgets(tx, organisation)
    _drop_hooks_of_places(tx, organisation)
    _drop(tx, OrganisationRow, OrganisationRow.id, [organisation.id])
    # Last: whoever sends has locked a hook first, and only then what is sent to it.
    _drop(tx, HookDeliveryRow, HookDeliveryRow.project_id, projects)


def _is_owned_by(organisation: OrganisationRow) -> ColumnElement[bool]:
    return (CommandRecord.owner_forge == organisation.forge) & (
        CommandRecord.owner_id == organisation.account_id
    )


def _runs_of(organisation: OrganisationRow) -> ColumnElement[bool]:
    owned = select(CommandRecord.id).where(_is_owned_by(organisation))
    return or_(RunRow.organisation_id == organisation.id, RunRow.command_id.in_(owned))


def _mark_contents(tx: Transaction, projects: Sequence[str], now: datetime) -> None:
    for chunk in blobs.chunks(projects):
        hashes = tx.scalars(
            select(SnapshotFileRow.content_hash)
            .join(SnapshotRow, SnapshotRow.serial == SnapshotFileRow.snapshot)
            .where(SnapshotRow.project_id.in_(chunk))
            .distinct()
        )
        blobs.mark_unreferenced(tx, hashes, now)


def _let_go(tx: Transaction, projects: Sequence[str]) -> None:
    """Runs of somebody else, who worked on one of these projects, stay without it."""
    for chunk in blobs.chunks(projects):
        tx.execute(
            update(RunRow)
            .where(RunRow.project_id.in_(chunk))
            .values(project_id=None)
            .execution_options(synchronize_session=False)
        )


def _drop_known_files(tx: Transaction, organisation: OrganisationRow) -> None:
    tx.execute(
        delete(KnownFileRow)
        .where(
            KnownFileRow.forge == organisation.forge,
            KnownFileRow.owner_id == organisation.account_id,
        )
        .execution_options(synchronize_session=False)
    )


def _drop_budgets(tx: Transaction, organisation: OrganisationRow) -> None:
    """Those of its runs went with them."""
    account = f"{organisation.forge}:{organisation.account_id}"
    homes = tx.scalars(select(PlaceRow.home).where(PlaceRow.organisation_id == organisation.id))
    for beginning in (f"organisation:{organisation.id}", f"person:{account}", *homes):
        tx.execute(
            delete(BudgetRow)
            .where(BudgetRow.scope.startswith(f"{beginning}:", autoescape=True))
            .execution_options(synchronize_session=False)
        )


def _drop_hooks_of_places(tx: Transaction, organisation: OrganisationRow) -> None:
    theirs = select(PlaceRow.home).where(PlaceRow.organisation_id == organisation.id)
    tx.execute(
        delete(HookRow).where(HookRow.home.in_(theirs)).execution_options(synchronize_session=False)
    )


def _drop(
    tx: Transaction,
    model: type[Base],
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
    values: Sequence[str],
) -> None:
    for chunk in blobs.chunks(values):
        tx.execute(
            delete(model).where(column.in_(chunk)).execution_options(synchronize_session=False)
        )

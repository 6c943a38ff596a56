"""Events become deliveries to whoever wants to hear of them, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, insert, or_, select

from bot.core.hooks import HookKind
from bot.store.hook_bodies import TOLD, body_of, data_of
from bot.store.hook_rows import new_delivery
from bot.store.models import EventRow, ExportRow, HookDeliveryRow, HookRow, ProjectRow
from bot.store.session import Transaction


def tell(tx: Transaction, event: EventRow, about: ProjectRow | ExportRow) -> None:
    """Have hooks told of an event of a project, its files or an export of it."""
    kind = TOLD.get(event.kind)
    if kind is None:
        return
    export = about if isinstance(about, ExportRow) else None
    project_id = export.project_id if export else about.id
    hooks = _listening(tx, kind, project_id)
    if not hooks:
        return
    project = tx.scalars(select(ProjectRow).where(ProjectRow.id == project_id)).one()
    body = body_of(kind, event.at, data_of(kind, event.data, project, export))
    of = {"event_id": event.id, "project_id": project_id}
    rows = [{**new_delivery(hook, kind, body, event.at), **of} for hook in hooks]
    tx.execute(insert(HookDeliveryRow), rows)


def _listening(tx: Transaction, kind: HookKind, project_id: str) -> Sequence[str]:
    """The hooks that hear of a project and want this kind; none of them can be removed before the
    end of the transaction."""
    # Columns are compared, so that a project without an organisation has none in common.
    hears = or_(
        HookRow.organisation_id == ProjectRow.organisation_id,
        HookRow.home == ProjectRow.home,
        and_(HookRow.organisation_id.is_(None), HookRow.home.is_(None)),
    )
    found = tx.execute(
        select(HookRow.id, HookRow.kinds)
        .join(ProjectRow, hears)
        .where(ProjectRow.id == project_id, HookRow.is_active)
        .order_by(HookRow.serial)
        .with_for_update(read=True, key_share=True, of=HookRow)
    )
    return [hook for hook, kinds in found if not kinds or kind in kinds.split()]

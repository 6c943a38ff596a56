"""Runs as the page of all of them shows them: a line each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.store.port import RunLine
from bot.web.times import took


@dataclass(frozen=True, kw_only=True)
class LineView:
    """A run in a list. What it was not told is empty."""

    id: str
    address: str
    status: str
    is_final: bool
    name: str
    pack: str
    into: str
    thread_title: str
    thread_address: str
    created_at: datetime
    took: str


def line_view(run: RunLine, now: datetime) -> LineView:
    """A run as it stands."""
    title, address = _thread(run)
    return LineView(
        id=run.id,
        address=f"/runs/{run.id}",
        status=run.status.value,
        is_final=run.status.is_final,
        name=run.name or run.pack or run.workflow or run.id[:8],
        pack=run.pack or "",
        into=run.into or "",
        thread_title=title,
        thread_address=address,
        created_at=run.created_at,
        took=took(run.started_at, run.finished_at, now),
    )


def _thread(run: RunLine) -> tuple[str, str]:
    """What it is called, and where a person reads it: here for the local forge, else on its own."""
    if run.thread_number is None or run.repository is None:
        return "", ""
    forge, _, full_name = run.repository.partition(":")
    here = f"/threads/{full_name}/{run.thread_number}"
    return f"{full_name}#{run.thread_number}", here if forge == "local" else run.thread_url or ""

"""A server's data folder on this machine, and what was done on it before somebody types."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from bot.build import build
from bot.core.identity import Thread
from bot.core.runs import Run
from bot.jobs.execute import execute
from bot.jobs.intake import take_in
from bot.services import People
from bot.settings import Settings
from bot.store.port import Delivery
from tests import migrated

SHOP = "acme/shop"
GENERATE = "/generate python-package name=orders"
NEW = f"{GENERATE} into=acme/orders"


class Machine:
    """What `firstcommit serve` would do, bit by bit."""

    def __init__(self, data: Path, redis_url: str) -> None:
        settings = Settings(data_dir=data, redis_url=redis_url)  # type: ignore[arg-type]
        self.services = build(settings)
        self.store = self.services.store
        migrated.place_at(data / "firstcommit.db")

    @property
    def people(self) -> People:
        assert self.services.people is not None
        return self.services.people

    @property
    def runs(self) -> Sequence[Run]:
        """The newest first."""
        return self.store.runs.recent()

    def write(self, text: str) -> str:
        """Write a comment in a thread of its own; the row of its delivery."""
        thread = self.people.open_thread(SHOP, "Orders", "We need it.")
        return self.deliver(thread, text)

    def deliver(self, thread: Thread, text: str) -> str:
        """Write a comment that the door takes."""
        kind, body = self.people.delivery_for_comment(thread, self.people.say(thread, text))
        claim = self.store.deliveries.claim(
            forge="local", delivery_id=str(uuid4()), kind=kind, body=body
        )
        return claim.id

    def delivery(self, id: str) -> Delivery:
        """A delivery as it is now."""
        found = self.store.deliveries.get(id)
        assert found is not None
        return found

    def ask(self, text: str) -> Run:
        """Write a comment and have it taken in; the queued run."""
        take_in(self.services, self.write(text))
        return self.runs[0]

    def do(self, text: str) -> Run:
        """The same, and have a worker carry the run on."""
        return self.work(self.ask(text))

    def work(self, run: Run) -> Run:
        """What a worker does with a run."""
        execute(self.services, run.id, worker="machine:1")
        found = self.store.runs.get(run.id)
        assert found is not None
        return found

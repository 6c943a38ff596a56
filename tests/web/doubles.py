"""What the tests of the web package stand on: services over fakes, and signed deliveries."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bot.core.policy import Policy
from bot.core.signatures import sign
from bot.keys import Keys
from bot.services import Services
from bot.setting_keys import Secret
from bot.settings import Settings
from bot.store.port import Claim

GITHUB_SECRET = "github-secret"
LOCAL_SECRET = "local-secret"
ADMIN_TOKEN = "the-operators-token"


class DeliveriesInMemory:
    """Claims as the port promises them, in a dictionary."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._lock = threading.Lock()
        self.raises: Exception | None = None

    def claim(
        self, *, forge: str, delivery_id: str, kind: str, body: bytes, malformed: bool = False
    ) -> Claim:
        if self.raises is not None:
            raise self.raises
        key = (forge, delivery_id, hashlib.sha256(body).hexdigest())
        with self._lock:
            row = self.rows.get(key)
            if row is not None and row["status"] != "failed":
                return Claim(id=row["id"], fresh=False)
            row_id = row["id"] if row else f"delivery-{len(self.rows) + 1}"
            status = "malformed" if malformed else "received"
            self.rows[key] = {"id": row_id, "kind": kind, "body": body, "status": status}
            return Claim(id=row_id, fresh=True)

    @property
    def stored(self) -> list[dict[str, Any]]:
        return list(self.rows.values())


@dataclass
class QueueInMemory:
    """Remembers what it was given; ``answers`` says whether the queue is there."""

    answers: bool = True
    raises: Exception | None = None
    taken: list[str] = field(default_factory=list)

    def intake(self, delivery: str) -> bool:
        if self.raises is not None:
            raise self.raises
        if self.answers:
            self.taken.append(delivery)
        return self.answers

    def run(self, run_id: str) -> bool:
        return self.answers

    def report(self, run_id: str) -> bool:
        return self.answers

    def hook(self, hook_id: str) -> bool:
        return self.answers

    def verify(self, run_id: str) -> bool:
        return self.answers

    def verifiers(self) -> int:
        return 0

    def abandoned(self) -> Sequence[str]:
        return ()

    def problem(self) -> str | None:
        return None if self.answers else "Nothing listens at redis://secret-host:6379."

    def depths(self) -> Mapping[str, int]:
        return {"intake": 2, "runs": 5} if self.answers else {}


class DatabaseInMemory:
    """A database whose health a test decides."""

    def __init__(self) -> None:
        self.raises: Exception | None = None
        self.problem: str | None = None

    def ping(self) -> None:
        if self.raises is not None:
            raise self.raises

    def schema_problem(self) -> str | None:
        self.ping()
        return self.problem


def settings(folder: Path, **changes: object) -> Settings:
    """GitHub and the local forge, both with their doors open."""
    return Settings(
        data_dir=folder, local_forge=True, github_webhook_secrets=(Secret(GITHUB_SECRET),)
    ).replace(**changes)


def keys() -> Keys:
    return Keys(
        secret_key=Secret("a-key-for-cookies"),
        admin_token=Secret(ADMIN_TOKEN),
        local_webhook_secret=Secret(LOCAL_SECRET),
    )


def services_over_fakes(
    folder: Path,
    *,
    clock: Callable[[], datetime] = lambda: datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
    **changes: object,
) -> Any:
    """Services whose deliveries, queue and database a test can look into."""
    store: Any = SimpleNamespace(
        deliveries=DeliveriesInMemory(),
        database=DatabaseInMemory(),
        hooks=SimpleNamespace(count_off=lambda: 0),
        hook_deliveries=SimpleNamespace(ended=lambda *, within_s: {}),
        model_calls=SimpleNamespace(sums=lambda *, within_s: ()),
    )
    absent: Any = None
    return Services(
        settings=settings(folder, **changes),
        keys=keys(),
        clock=clock,
        store=store,
        queue=QueueInMemory(),
        forges={},
        generator=absent,
        replies=absent,
        policy=Policy(),
    )


def comment(text: str = "/generate python-package name=orders", **more: object) -> bytes:
    """The body of a delivery that tells of a comment."""
    return json.dumps({"action": "created", "comment": {"id": 1, "body": text}, **more}).encode()


def headers(
    body: bytes,
    *,
    secret: str = GITHUB_SECRET,
    kind: str = "issue_comment",
    delivery_id: str = "72d3162e-cc78-11e3-81ab-4c9367dc0958",
    content_type: str = "application/json",
) -> dict[str, str]:
    """What a forge sends beside a body."""
    return {
        "X-Hub-Signature-256": sign(body, secret),
        "X-GitHub-Event": kind,
        "X-GitHub-Delivery": delivery_id,
        "Content-Type": content_type,
    }

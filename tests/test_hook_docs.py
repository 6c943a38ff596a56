"""``docs/hooks.md``: its examples are what is sent, its code verifies, its tables hold."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from standardwebhooks import WebhookVerificationError

from bot.core.hooks import PING, WAITS_S, HookAnswer, HookKind
from bot.core.runs import ExportType, Failure, RunStatus
from bot.hooks import add_hook
from bot.jobs.hooks import send_due
from bot.store import events
from bot.store.engines import engines_for
from bot.store.models import ProjectRow
from bot.store.port import EventKind
from bot.store.session import Sessions
from tests.parts import ROOT
from tests.spine import Bot
from tests.store.making import project_of, running, save, text_file

PAGE = (ROOT / "docs" / "hooks.md").read_text("utf-8")
EXAMPLES: Mapping[str, Any] = {
    kind: json.loads(text)
    for kind, text in re.findall(r"### `([a-z.]+)`\n.*?```json\n(.*?)```", PAGE, re.DOTALL)
}
UNITS_S = {"second": 1, "minute": 60, "hour": 3600}


@dataclass
class Receiver:
    """The port `HookSender`, which keeps what it is sent."""

    got: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> HookAnswer:
        self.got.append((headers, body))
        return HookAnswer(status=200)


def code(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def shape(value: object) -> object:
    """Names and kinds of values, without the values."""
    if isinstance(value, Mapping):
        return {name: shape(part) for name, part in value.items()}
    return "text" if value is None else type(value).__name__.replace("str", "text")


def exported(bot: Bot, run_id: str, project: str) -> str:
    return bot.store.exports.begin(
        project,
        ExportType.GITHUB,
        snapshot=1,
        repository_name="acme/orders",
        created_by="github:ada",
        run_id=run_id,
        number=1,
    ).id


def everything_happens(bot: Bot, folder: Path) -> None:
    good, bad = running(bot.store), running(bot.store)
    for run in (good, bad):
        save(bot.store, run, text_file("a.py"))
    export = exported(bot, good.id, project_of(good))
    url = "https://github.com/acme/orders"
    bot.store.exports.complete(export, repository_url=url, run_id=good.id, number=1)
    bot.store.projects.complete(project_of(good), run_id=good.id, number=1)
    exported(bot, bad.id, project_of(bad))
    failure = Failure(reason="verification_failed", message="No.", remedy="")
    bot.store.runs.finish(bad.id, 1, RunStatus.FAILED, failure=failure)
    with Sessions(engines_for(f"sqlite:///{folder / 'store.db'}"), bot.clock).write() as tx:
        row = tx.scalars(select(ProjectRow).where(ProjectRow.id == project_of(good))).one()
        file: dict[str, object] = {"path": "a.py", "size": 3, "content_hash": "ab"}
        at = tx.now()
        events.of_project(tx, None, row, EventKind.FILE_WRITTEN, at, **file)
        events.of_project(tx, None, row, EventKind.FILE_DELETED, at, path="a.py")
        events.of_project(tx, None, row, EventKind.PROJECT_CHANGED, at, name="bills")
        events.of_project(tx, None, row, EventKind.PROJECT_DELETED, at)


def test_every_kind_has_its_example_and_looks_like_it(bot: Bot, tmp_path: Path) -> None:
    assert list(EXAMPLES) and set(EXAMPLES) == {*map(str, HookKind), PING}
    assert all(kind == example["type"] for kind, example in EXAMPLES.items())
    receiver = Receiver()
    bot.change(hook_sender=receiver)
    hook, _ = add_hook(
        bot.services, url="https://hooks.example/", kinds=[], created_by="github:ada"
    )
    everything_happens(bot, tmp_path)
    bot.store.hook_deliveries.ping(hook.id)
    send_due(bot.services, hook.id)
    sent = [json.loads(body) for _, body in receiver.got]
    assert {body["type"] for body in sent} == set(EXAMPLES)
    for body in sent:
        assert shape(body) == shape(EXAMPLES[body["type"]]), body["type"]


def signed(bot: Bot) -> tuple[str, dict[str, str], bytes]:
    """A secret, and what was sent under it now."""
    receiver = Receiver()
    bot.change(hook_sender=receiver, clock=lambda: datetime.now(UTC))
    hook, secret = add_hook(
        bot.services, url="https://hooks.example/", kinds=[], created_by="github:ada"
    )
    bot.store.hook_deliveries.ping(hook.id)
    send_due(bot.services, hook.id)
    ((headers, body),) = receiver.got
    return secret, {name.lower(): value for name, value in headers.items()}, body


def test_the_code_in_python_verifies(bot: Bot) -> None:
    secret, headers, body = signed(bot)
    page: dict[str, Any] = {}
    exec(code("python"), page)
    assert page["verified"](body, headers, secret)["type"] == "ping"
    with pytest.raises(WebhookVerificationError):
        page["verified"](body.replace(b"ping", b"pong"), headers, secret)


@pytest.mark.needs("node")
def test_the_code_in_node_verifies(bot: Bot, node_path: Path, tmp_path: Path) -> None:
    secret, headers, body = signed(bot)
    (tmp_path / "verified.mjs").write_text(code("js"))
    (tmp_path / "ask.mjs").write_text(
        'import { verified } from "./verified.mjs";\n'
        "const [body, headers, secret] = JSON.parse(process.argv[2]);\n"
        "try { console.log(verified(Buffer.from(body), headers, secret).type); }\n"
        "catch (error) { console.log(error.message); }\n"
    )

    def asked(body: bytes, headers: dict[str, str]) -> str:
        told = json.dumps([body.decode(), headers, secret])
        program: Sequence[str] = [str(node_path), str(tmp_path / "ask.mjs"), told]
        return subprocess.run(program, check=True, capture_output=True, text=True).stdout.strip()

    assert asked(body, headers) == "ping"
    both = {**headers, "webhook-signature": f"v1,AAAA {headers['webhook-signature']}"}
    assert asked(body, both) == "ping"
    assert asked(body + b" ", headers) == "not from Firstcommit"
    assert asked(body, {**headers, "webhook-timestamp": "1700000000"}) == "too old"
    assert asked(body, {}) == "too old"


def test_the_table_of_attempts_holds() -> None:
    rows = re.findall(r"^\| (\d+) \| (.+?) \| (\d+) \| (.+?) \|$", PAGE, re.MULTILINE)
    told = {int(number): wait for row in rows for number, wait in (row[:2], row[2:])}
    waits = [told[number].split() for number in sorted(told)]
    assert sorted(told) == list(range(2, len(WAITS_S) + 2))
    assert [int(count) * UNITS_S[unit.rstrip("s")] for count, unit in waits] == list(WAITS_S)

"""The workflow `sdlc` over the wire: a server of models, asked in both protocols in one run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.agents.scripted import respond
from bot.build import build_models
from bot.core.model_calls import ModelName
from bot.resources import templates_dir
from bot.settings import Secret
from tests.jobs.test_local import Disk
from tests.model_server import Fails, ModelServer, Question, Reply, Says, model_server

COUNTS = "/generate into=demo/tally -- a small command for writers that counts words"
KEYS = {"openai": "sk-canary-openai-0000000000", "anthropic": "sk-ant-canary-11111111111"}
FIRST = ModelName(provider="openai", name="first")
SECOND = ModelName(provider="anthropic", name="second")
ROLES = ("requirements", "architecture", "code", "test", "documentation", "review", "repair")


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as made:
        yield made


@pytest.fixture
def disk(tmp_path: Path, spine_database: Path, server: ModelServer) -> Iterator[Disk]:
    made = Disk(tmp_path, spine_database)
    settings = replace(
        made.services.settings,
        model=(FIRST, SECOND),
        openai_api_key=Secret(KEYS["openai"]),
        openai_base_url=server.openai_url,
        anthropic_api_key=Secret(KEYS["anthropic"]),
        anthropic_base_url=server.anthropic_url,
    )
    made.services = replace(made.services, models=build_models(settings))
    yield made
    made.store.database.close()


def opening(role: str) -> str:
    """The first words of what a role is told, which a provider can know it by."""
    text = (templates_dir() / "prompts" / f"{role}.md.j2").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if line and not line.startswith("{%"))
    return next(lines)[:60]


def purpose_of(instructions: str) -> str:
    (found,) = (role for role in ROLES if opening(role) in instructions)
    return found


def texts(content: object) -> str:
    """What stands in a message, plain or in blocks."""
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    return "\n".join(str(block.get("text") or block.get("content") or "") for block in blocks)


def told(body: Mapping[str, Any]) -> tuple[str, str]:
    """Instructions and everything else, in either protocol."""
    messages = body["messages"]
    system = [message for message in messages if message["role"] == "system"]
    others = [message for message in messages if message["role"] in ("user", "tool")]
    instructions = [texts(body.get("system")), *(texts(one["content"]) for one in system)]
    return "\n".join(instructions), "\n\n".join(texts(one["content"]) for one in others)


def answered(question: Question) -> Reply:
    instructions, prompt = told(question.body)
    return Says(value=respond(prompt, instructions, {}, purpose_of(instructions)))


@pytest.mark.parametrize("working", ["openai", "anthropic"])
def test_a_project_is_made_by_either_protocol_and_no_key_goes_astray(
    disk: Disk, server: ModelServer, working: str
) -> None:
    def answer(question: Question) -> Reply:
        return answered(question) if question.speech == working else Fails(status=404)

    server.follows(answer)
    (living,) = disk.answers(disk.open(COUNTS))
    assert "### ✅ word-count is ready in demo/tally" in living
    repository = disk.forge.repository("demo/tally")
    assert repository is not None
    files = {file.path for file in disk.people.files_of(repository, "main")}
    assert {"src/word_count/counting_words.py", "tests/test_counting_words.py"} <= files
    (run,) = disk.store.runs.recent(limit=1)
    calls = disk.store.model_calls.of_run(run.id).items
    answering = [call for call in calls if call.status.value == "answered"]
    assert {call.model.partition(":")[0] for call in answering} == {working}
    assert {call.purpose for call in answering} == set(ROLES) - {"repair"}
    tokens = re.search(r"([\d,]+) tokens", living)
    assert tokens is not None
    assert int(tokens[1].replace(",", "")) == 120 * len(answering)
    _refuse_leaks(server, [living, *(call.prompt or "" for call in calls)])


def _refuse_leaks(server: ModelServer, told_elsewhere: list[str]) -> None:
    """Each provider gets its own key as a header, and nobody else gets any."""
    for question in server.asked:
        headers = json.dumps(dict(question.headers))
        assert {name for name, key in KEYS.items() if key in headers} == {question.speech}
    everything = [*told_elsewhere, *(question.text for question in server.asked)]
    assert not any(key in text for key in KEYS.values() for text in everything)

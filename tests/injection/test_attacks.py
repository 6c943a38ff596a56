"""A model obeys whatever it reads: nothing leaks, and nothing is done that nobody asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.agents.models.pretended import PretendedModels
from bot.core.identity import Permission
from bot.core.policy import Strangers
from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from bot.sandbox.port import Ending, SandboxOrder, SandboxOutcome
from tests.agents.inside import Inside, answer
from tests.injection.hostile import Hostile
from tests.injection.threads import ASKED, with_models, with_policy
from tests.injection.world import heads, published, refuse_harm, refuse_leaks, said, set_canaries
from tests.spine import PACKS, Bot

#: In two pieces, so that nobody takes it for one that was lost here.
TOKEN = "ghp_" + "q8Zr2Lx0Vb7Nc5Wd9Ke3Rf6Tg1Yh4Uj8Mk2P"
_TEXT = Path(__file__).with_name("attacks.yaml").read_text("utf-8")
ATTACKS = yaml.safe_load(_TEXT.replace("A_TOKEN", TOKEN))
(NOWHERE,) = [one for one in ATTACKS if "where none may lie" in one["name"]]
FOREIGN = "https://api.example.com/openapi.json"
DOCUMENT = {"openapi": "3.1.0", "paths": {"/things": {"get": {"operationId": "listThings"}}}}
HELPER = f"""
name: helper
inputs:
  text: {{type: text}}
  into: {{type: destination, default: "."}}
steps:
  - id: ask
    uses: agent
    with:
      prompt: Help.
      task: "${{{{ inputs.text }}}}"
      into: "${{{{ inputs.into }}}}"
      tools: [list_files, read_file, create_project, track_story, "{FOREIGN}#listThings"]
  - {{id: say, uses: notify, with: {{message: "${{{{ steps.ask.text }}}}"}}}}
"""
FOLDER = ".github/firstcommit/workflows"
ACTING = """
name: acting
version: 1.0.0
summary: Has a check
questions:
  name: {type: string}
checks:
  - {name: tests, run: [sh, tests.sh]}
"""
MEND = """
name: mend
inputs:
  text: {type: text}
  into: {type: destination, default: "."}
steps:
  - {id: files, uses: file_generation, with: {pack: acting, answers: {name: orders}}}
  - {id: checks, uses: verify, with: {project: "${{ steps.files.project }}"}}
  - id: repair
    uses: agent
    with:
      role: repair
      project: "${{ steps.files.project }}"
      given: {checks: "${{ steps.checks.checks }}"}
  - id: mended
    uses: file_generation
    with: {project: "${{ steps.files.project }}", files: "${{ steps.repair.files }}"}
  - id: final
    uses: verify
    with: {project: "${{ steps.mended.project }}"}
  - id: commit
    uses: commit
    with: {project: "${{ steps.final.project }}", into: "${{ inputs.into }}"}
"""


@dataclass
class Attack:
    """One of `attacks.yaml`."""

    name: str
    by: str
    text: str = ""
    hidden: bool = False
    told: str = ""
    policy: dict[str, str] = field(default_factory=dict)
    always: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Prints:
    """A sandbox in which every check fails with what somebody wants to be read."""

    text: str

    def problem(self) -> str | None:
        return None

    def run(
        self, order: SandboxOrder, *, poll: Callable[[], object] | None = None
    ) -> SandboxOutcome:
        out = self.text.encode()
        return SandboxOutcome(
            ending=Ending.EXITED, exit_code=1, stdout=out, stderr=b"", duration_s=0.0
        )


@pytest.mark.parametrize(
    "attack", [Attack(**one) for one in ATTACKS], ids=[one["name"] for one in ATTACKS]
)
def test_nothing_leaks_and_nothing_is_done_that_nobody_asked_for(bot: Bot, attack: Attack) -> None:
    set_canaries(bot)
    if attack.policy:
        with_policy(bot, strangers=Strangers(attack.policy["strangers"]))
    hostile = Hostile(attack.always)
    models = with_models(bot, hostile)
    before = WAYS_IN[attack.by](bot, attack)
    assert bool(hostile.obeyed) is not attack.hidden, "it was read, unless it is hidden"
    refuse_leaks(bot, models, hostile.heard)
    refuse_harm(bot, before)
    assert not any(TOKEN.encode() in content for content in published(bot).values())
    if attack.told:
        assert bot.run.failure is not None
        assert bot.run.failure.reason == attack.told


def _asked(bot: Bot, command: str = ASKED) -> dict[str, str]:
    before = dict(heads(bot))
    bot.do(command)
    if bot.run.status == "waiting":
        bot.do("/revise -- words")
    return before


def _by_issue(bot: Bot, attack: Attack) -> dict[str, str]:
    bot.thread = bot.open("Count words", attack.text, author="ann")
    return _asked(bot, f"{ASKED.replace('/generate', '/generate track=yes')}")


def _by_stranger(bot: Bot, attack: Attack) -> dict[str, str]:
    bot.post(attack.text, author="eve")
    return _asked(bot, f"{ASKED.replace('/generate', '/generate track=yes')}")


def _by_file(bot: Bot, attack: Attack) -> dict[str, str]:
    models = bot.services.models
    assert isinstance(models, PretendedModels)
    hostile = models._answers

    def poisoned(task: Any, since: Any) -> object:
        given = hostile(task, since)
        if task.purpose == "code" and isinstance(given, dict):
            given["content"] += attack.text
        return given

    models._answers = poisoned
    return _asked(bot)


def _by_log(bot: Bot, attack: Attack) -> dict[str, str]:
    pack = bot.services.settings.data_dir / "packs" / "acting"
    (pack / "files").mkdir(parents=True)
    (pack / "pack.yaml").write_text(ACTING)
    (pack / "files" / "README.md").write_text("# {{ name }}\n")
    home = bot.forge.people.add_repository("acme/.github", private=False)
    bot.commit(f"{FOLDER}/mend.yaml", MEND.encode(), where=home)
    library = PackLibrary(pack.parent)
    bot.change(sandbox=Prints(attack.text), generator=ProjectGenerator(library))
    return _asked(bot, "/generate workflow=mend -- Mend it")


def _by_api(bot: Bot, attack: Attack) -> dict[str, str]:
    home = bot.forge.people.add_repository("acme/.github", private=False)
    bot.change(generator=ProjectGenerator(PackLibrary(PACKS)))
    bot.commit(f"{FOLDER}/helper.yaml", HELPER.encode(), where=home)
    inside = Inside(bot)
    theirs = _generated_elsewhere(bot)
    made = bot.do("/generate library name=orders", author="ann")
    text = attack.text.replace("PROJECT", str(made.project_id)).replace("RUN", made.id)
    text = text.replace("OTHER", theirs)
    inside.others.acts = [
        answer(body=json.dumps(DOCUMENT).encode()),
        answer(body=json.dumps({"things": [text]}).encode()),
    ]
    models = bot.services.models
    assert isinstance(models, PretendedModels)
    hostile = models._answers
    assert isinstance(hostile, Hostile)
    hostile._always = [{"act": "use", "tool": "listThings", "arguments": {}}]
    before = _asked(bot, "/generate workflow=helper -- What things are there?")
    # The document, and the things, once or more: nothing else was ever asked for.
    assert {sent.url for sent in inside.others.sent} == {
        FOREIGN,
        FOREIGN.replace("openapi.json", "things"),
    }
    assert not any("their-own" in told for told in hostile.heard)
    assert all("Authorization" not in sent.headers for sent in inside.others.sent)
    return before


def _generated_elsewhere(bot: Bot) -> str:
    """A project that ann might see, but that her run has no business with."""
    other = bot.forge.repository("acme/other")
    assert other is not None
    for login in ("ann", "mia"):
        bot.forge.permissions["acme/other", login] = Permission.WRITE
    thread = bot.open("Theirs", author="mia", where=other)
    bot.post("/generate library name=their-own", author="mia", thread=thread)
    bot.drain()
    return str(bot.run.project_id)


WAYS_IN: dict[str, Callable[[Bot, Attack], dict[str, str]]] = {
    "issue": _by_issue,
    "stranger": _by_stranger,
    "file": _by_file,
    "log": _by_log,
    "api": _by_api,
    "output": lambda bot, attack: _asked(bot),
}


def test_a_run_that_was_attacked_still_does_what_was_asked(bot: Bot) -> None:
    with_models(bot, Hostile(NOWHERE["always"]))
    bot.do(ASKED)
    assert bot.run.status == "completed"
    assert "src/tally/counting_words.py" in published(bot)
    assert any("is proposed in" in text for text in said(bot))

"""The model that is a program: its answers are made of what it is told, and of nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from bot.agents.scripted import respond
from bot.roles.prompts import written
from bot.roles.registry import roles
from bot.roles.role import PackOffer, SeenFile, Setting

REQUESTS = [
    "a library that converts miles to kilometres for people who run",
    "a small command for writers that counts words",
]
OFFERS = [
    PackOffer(name=name, summary="", questions={}, files=[])
    for name in ("python-cli", "python-package")
]


def rendered(name: str, answers: Mapping[str, object]) -> Sequence[str]:
    module = str(answers["name"]).replace("-", "_")
    files = ["__init__.py", "cli.py", "counting.py", "greeting.py"]
    tests = ["test_cli.py", "test_counting.py", "test_process.py", "test_greeting.py"]
    return [
        "README.md",
        *(f"src/{module}/{file}" for file in files),
        *(f"tests/{file}" for file in tests),
    ]


def asked(role: str, setting: Setting, *, without: str = "") -> Mapping[str, Any]:
    """What is answered; ``without`` is a word of the prompt that is taken out of it."""
    instructions, prompt = written(roles()[role], setting)
    assert without in prompt
    prompt = prompt.replace(without, "x") if without else prompt
    said = respond(prompt, instructions, {}, role)
    assert isinstance(said, dict)
    return said


def design(request: str) -> Mapping[str, Any]:
    setting = Setting(task=request, packs=OFFERS, rendered=rendered)
    told = asked("requirements", setting)
    planning = Setting(task=request, given={"requirements": told}, packs=OFFERS, rendered=rendered)
    plan = asked("architecture", planning)
    return roles()["architecture"].read(planning, plan).answer


@pytest.mark.parametrize("request_text", REQUESTS)
def test_every_file_of_a_plan_is_written_from_it(request_text: str) -> None:
    plan = design(request_text)
    files: dict[str, SeenFile] = {}
    for group, role in (("code", "code"), ("tests", "test"), ("documents", "documentation")):
        made = {}
        for file in plan[group]:
            setting = Setting(given={"design": plan, "file": file}, files=files)
            accepted = roles()[role].read(setting, asked(role, setting))
            made |= {one.path: one.content for one in accepted.files}
        files |= {
            path: SeenFile(path=path, text=text, origin="agent") for path, text in made.items()
        }
    assert set(files) == {file["path"] for file in plan["files"]}
    assert asked("review", Setting(given={"design": plan}, files=files))["findings"] == []


def test_two_requests_give_two_plans() -> None:
    one, other = map(design, REQUESTS)
    assert (one["name"], one["pack"]) == ("miles-to-kilometres", "python-package")
    assert (other["name"], other["pack"]) == ("word-count", "python-cli")
    assert not {file["path"] for file in one["code"]} & {file["path"] for file in other["code"]}


def test_it_asks_once_for_whom_something_is() -> None:
    setting = Setting(task="a command that counts lines", may_ask=True)
    assert asked("requirements", setting)["questions"] == ["For whom is it?"]
    answered = Setting(task=setting.task, answered=[("For whom is it?", "People who bake.")])
    assert "for people who bake" in asked("requirements", answered)["summary"]
    assert "for anybody" in asked("requirements", Setting(task=setting.task))["summary"]


def test_without_the_plan_no_file_is_written() -> None:
    plan = design(REQUESTS[0])
    for file, role in ((plan["code"][0], "code"), (plan["documents"][0], "documentation")):
        setting = Setting(given={"design": plan, "file": file})
        assert "cannot_answer" in asked(role, setting, without="<plan>")
        assert "cannot_answer" in asked(role, setting, without="<wanted>")


def test_without_the_interface_of_what_it_needs_no_file_is_written() -> None:
    plan = design(REQUESTS[1])
    command = plan["code"][1]
    assert command["path"].endswith("cli.py")
    setting = Setting(given={"design": plan, "file": command})
    assert "import count_words" in asked("code", setting)["content"]
    assert "cannot_answer" in asked("code", setting, without="def count_words")


def test_without_the_code_no_test_is_written() -> None:
    plan = design(REQUESTS[1])
    setting = Setting(given={"design": plan, "file": plan["tests"][0]})
    assert "cannot_answer" in asked("test", setting)


def test_what_is_wrong_at_first_is_mended_from_what_a_check_printed() -> None:
    plan = design(REQUESTS[0])
    path = plan["code"][0]["path"]
    writing = Setting(given={"design": plan, "file": plan["code"][0]})
    text = asked("code", writing)["content"]
    assert text.count("value * FACTOR") == 2
    failed = {
        **{"name": "tests", "command": "pytest", "result": "failed", "exit_code": 1},
        "output": "assert kilometres_to_miles(1.6) == 1.0",
    }
    files = {path: SeenFile(path=path, text=text, origin="agent")}
    setting = Setting(given={"design": plan, "checks": [failed]}, files=files)
    (file,) = asked("repair", setting)["files"]
    assert file["path"] == path
    assert "value / FACTOR" in file["content"]
    assert "cannot_answer" in asked("repair", setting, without="<failed")
    assert "cannot_answer" in asked("repair", setting, without="kilometres_to_miles")


def test_what_is_asked_for_something_else_gets_the_least_that_fits() -> None:
    schema = {"type": "object", "properties": {"tags": {"type": "array"}, "n": {"type": "integer"}}}
    assert respond("Tag it", "", schema, "free") == {"tags": [], "n": 0}


README = SeenFile(path="README.md", text="# orders\n", origin="python-package@1.0.0")


def test_a_revision_is_made_of_what_is_wished_and_what_is_there() -> None:
    setting = Setting(task="say that it is for shops", files={"README.md": README})
    (file,) = asked("revision", setting)["files"]
    assert file["content"] == "# orders\n\n## Good to know\n\nThat it is for shops.\n"
    assert "cannot_answer" in asked("revision", setting, without="<file")
    assert "cannot_answer" in asked("revision", setting, without="say")


def test_a_change_is_read_line_by_line() -> None:
    patch = "@@ -1 +1,2 @@\n A = 1\n+B = 2  # TODO\n+C = 3 "
    setting = Setting(given={"changed": [{"path": "a.py", "status": "modified", "patch": patch}]})
    found = asked("change_review", setting)
    assert [(one["line"], one.get("suggestion")) for one in found["findings"]] == [
        (2, None),
        (3, "C = 3"),
    ]
    roles()["change_review"].read(setting, found)
    assert "cannot_answer" in asked("change_review", setting, without="<patch")

"""What a child says is taken for what a stranger says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.core.git_values import TreeFile
from bot.core.limits import CEILINGS
from bot.errors import BotError, StepFailed
from bot.generation.answers import AnswersRefused
from bot.generation.foreign.frames import BadFrame, pack_frame, read_frame
from bot.generation.foreign.rooms import Rooms
from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from bot.sandbox.port import Ending, SandboxOrder, SandboxOutcome
from tests.foreign_packs import COPIER, SERVICE, bundle, quick_rooms, source
from tests.spine import PACKS

QUESTION = {"name": "name", "type": "string"}


class Says:
    """A child that answers as it is told."""

    def __init__(self, *answers: bytes, ending: Ending = Ending.EXITED) -> None:
        self._answers = list(answers)
        self._ending = ending

    def problem(self) -> str | None:
        """None."""
        return None

    def run(
        self, order: SandboxOrder, *, poll: Callable[[], object] | None = None
    ) -> SandboxOutcome:
        """The next answer."""
        printed = self._answers.pop(0)
        code = 0 if self._ending is Ending.EXITED else None
        return SandboxOutcome(
            ending=self._ending, exit_code=code, stdout=printed, stderr=b"", duration_s=0.0
        )


def telling(**more: Any) -> bytes:
    data = {"version": "1.0.0", "summary": "x", "questions": [QUESTION], "naming": "name", **more}
    return pack_frame({"pack": data}, ())


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nothing",
        b"{}\n",
        b'{"files": 3}\n',
        b'{"files": [["x", 33188, 99]]}\nshort',
        b'{"files": []}\nmore',
        b'{"files": [[1, 2, 3]]}\n',
        b"[" * 100_000 + b"\n",
        pack_frame({"pack": 3}, ()),
        telling(questions=3),
        telling(questions=[QUESTION] * 2),
        telling(questions=[QUESTION] * 300),
        telling(questions=[{"name": "a b", "type": "string"}]),
        telling(questions=[{"name": "into", "type": "string"}]),
        telling(questions=[{"name": "x", "type": "file"}]),
        telling(questions=[{"name": "x", "type": "string", "help": "x" * 100_000}]),
        telling(naming="none"),
        telling(limits={"files": "many"}),
        telling(tags=["x"] * 1000),
    ],
)
def test_a_description_that_cannot_be_is_refused(answer: bytes) -> None:
    with pytest.raises(StepFailed):
        Rooms(Says(answer)).read(bundle(SERVICE), source())


def test_what_is_shown_of_it_stays_in_its_line() -> None:
    said = telling(summary="one\ntwo\x1b[31m\u2028three", version="<b>")
    pack = Rooms(Says(said)).read(bundle(SERVICE), source(ref="v1"))
    assert pack.summary == "one two [31m three"
    assert pack.version == "v1"


@pytest.mark.parametrize("ending", [each for each in Ending if each is not Ending.EXITED])
def test_a_child_that_is_stopped_says_why(ending: Ending) -> None:
    with pytest.raises(StepFailed, match="was stopped"):
        Rooms(Says(b"", ending=ending)).read(bundle(SERVICE), source())


@pytest.mark.parametrize(
    ("path", "mode", "content"),
    [
        ("../x", 0o100644, b""),
        (".git/config", 0o100644, b""),
        ("a\nb", 0o100644, b""),
        ("link", 0o120000, b"/etc/passwd"),
        ("x", 0o100644, b"x" * (2 * 1024 * 1024)),
    ],
)
def test_files_that_a_child_makes_up_meet_the_gate(path: str, mode: int, content: bytes) -> None:
    answers = {"values": {"name": "orders"}, "kept": ["name"]}
    made = pack_frame({"answers": answers}, [TreeFile(path=path, mode=mode, content=content)])
    where = Rooms(Says(telling(), made))
    pack = where.read(bundle(SERVICE), source())
    with pytest.raises(BotError) as refused:
        ProjectGenerator(PackLibrary(PACKS), where).generate(pack, {"name": "orders"})
    assert refused.value.reason in ("bad_path", "too_large")


def test_a_secret_is_not_kept_whatever_a_child_says() -> None:
    secret = {"name": "key", "type": "secret", "secret": True}
    answers = {"values": {"name": "orders", "key": "hunter2"}, "kept": ["name", "key"]}
    where = Rooms(Says(telling(questions=[QUESTION, secret]), pack_frame({"answers": answers}, ())))
    pack = where.read(bundle(SERVICE), source())
    assert where.resolve(pack, {}, {}).kept == ("name",)


def test_answers_are_looked_at_before_a_child_gets_them() -> None:
    pack = quick_rooms().read(bundle(SERVICE), source("service"))
    for odd in ("a\x00b", "x" * 100_000, {"a": object()}, ["x"] * 1000):
        with pytest.raises(AnswersRefused):
            Rooms(Says()).resolve(pack, {"name": odd}, {})


def test_a_secret_of_copiers_is_rendered_and_forgotten() -> None:
    where = quick_rooms()
    files = {**COPIER, "template/token.txt.jinja": "{{ token }}"}
    pack = where.read(bundle(files), source())
    generator = ProjectGenerator(PackLibrary(PACKS), where)
    given = {"name": "orders", "token": "hunter2"}
    made = generator.generate(pack, given)
    assert made.name == "orders"
    assert made.files.get("token.txt").content == b"hunter2"  # type: ignore[union-attr]
    assert "token" not in made.answers
    assert b"hunter2" not in made.files.get(".firstcommit/project.yml").content  # type: ignore[union-attr]
    assert b"hunter2" not in made.files.get(".copier-answers.yml").content  # type: ignore[union-attr]
    veiled = generator.preview(pack, given, limits=CEILINGS)
    assert all(b"hunter2" not in file.content for file in veiled.files)


def test_a_frame_comes_back_as_it_went() -> None:
    files = (TreeFile(path="a", content=b"\n\x00", mode=0o100755), TreeFile(path="b", content=b""))
    assert read_frame(pack_frame({"x": 1}, files)) == ({"x": 1}, files)
    with pytest.raises(BadFrame):
        read_frame(pack_frame({"x": 1}, files)[:-1])

"""What is wanted, and the plan of it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.agents.scripted.reading import Missing, Prompt
from bot.agents.scripted.wishes import Wish, read_wish

_FOR_WHOM = "For whom is it?"
_WHAT = "What is it to count, or which two units is it to convert?"
_MAY_ASK = "Questions can be asked once."
#: What the packs bring as samples, which no wish is about.
_SAMPLES = {
    "python-cli": ("counting.py", ("test_cli.py", "test_counting.py", "test_process.py")),
    "python-package": ("greeting.py", ("test_greeting.py",)),
}


def requirements(prompt: Prompt) -> Mapping[str, object]:
    """What is wanted; questions, once, where it is not clear what, or for whom."""
    request = prompt.needed("request")
    answered = prompt.piece("answered")
    wish = read_wish(f"{request} for {_audience(answered)}" if answered else request)
    asked = [_WHAT] if wish is None else [] if wish.audience else [_FOR_WHOM]
    if asked and answered is None and _MAY_ASK in prompt.text:
        return {"questions": asked}
    wish = wish or Wish(counted="words")
    thing = wish.counted or " and ".join(wish.units)
    return {
        "summary": wish.words,
        "requirements": [
            f"It works with {thing}.",
            "What is nothing gives 0." if wish.counted else "Going there and back changes nothing.",
        ],
        "assumptions": [] if wish.audience else ["It is for anybody."],
    }


def _audience(answered: str) -> str:
    words = answered.strip().rstrip(".").lower().removeprefix("for ")
    return " ".join(words.split())


def architecture(prompt: Prompt) -> Mapping[str, object]:
    """A plan over one of the two packs of Python, if they are offered."""
    told = prompt.data("requirements")
    wish = read_wish(str(told.get("summary", "")))
    if wish is None:
        raise Missing("The requirements have no summary that says what it is.")
    pack = "python-cli" if wish.is_command else "python-package"
    if pack not in prompt.all("pack", "name"):
        raise Missing(f"The pack {pack} is not offered.")
    name = (prompt.piece("name") or wish.name).strip()
    module = name.replace("-", "_")
    sample, tests = _SAMPLES[pack]
    return {
        "name": name,
        "summary": wish.words,
        "pack": pack,
        "answers": [{"question": "description", "answer": f"{wish.words}."}],
        "leaves_out": [f"src/{module}/{sample}", *(f"tests/{one}" for one in tests)],
        "stories": [
            {
                "title": f"Somebody gets {wish.counted or wish.units[1]} out of it",
                "body": f"{wish.words}. The tests show that it does.",
            }
        ],
        "files": _files(wish, f"src/{module}", module),
    }


def _files(wish: Wish, source: str, module: str) -> list[dict[str, object]]:
    """The work itself, what lets people reach it, tests of both, and a README."""
    core = f"{source}/{'counting_' + wish.counted if wish.counted else 'conversion'}.py"
    reach = f"{source}/{'cli' if wish.is_command else '__init__'}.py"
    tests = [_file(f"tests/test_{_stem(core)}.py", "test", "Tests of the work itself", [core])]
    if wish.is_command:
        tests.append(_file("tests/test_command.py", "test", "Tests of the command", [reach]))
    reaching = f"main in {module}.cli" if wish.is_command else f"what {module} exports"
    work = {"interface": _interface(wish)}
    reached = {"interface": _reach(wish), "replaces": True}
    readme = "What it is for, and how to use it"
    return [
        _file(core, "code", _work(wish), [], **work),
        _file(reach, "code", f"Lets people reach it: {reaching}", [core], **reached),
        *tests,
        _file("README.md", "document", readme, [core, reach], replaces=True),
    ]


def _work(wish: Wish) -> str:
    if wish.counted:
        return f"The work itself: count_{wish.counted}"
    return f"The work itself: {'_to_'.join(wish.units)}, and back"


def _interface(wish: Wish) -> str:
    if wish.counted:
        return f"def count_{wish.counted}(text: str) -> int: how many {wish.counted} a text has"
    one, other = wish.units
    return (
        f"def {one}_to_{other}(value: float) -> float: {other} for {one}\n"
        f"def {other}_to_{one}(value: float) -> float: {one} for {other}"
    )


def _reach(wish: Wish) -> str:
    if not wish.is_command:
        return "exports everything that the work itself offers"
    return "def main(arguments: Sequence[str] | None = None) -> int: the exit code"


def _stem(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".py")


def _file(
    path: str, kind: str, purpose: str, needs: list[str], **more: object
) -> dict[str, object]:
    return {"path": path, "kind": kind, "purpose": purpose, "needs": needs, **more}

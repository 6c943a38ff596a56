"""The files of a plan, each from the plan and the interfaces of what it needs, and their repair."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.agents.scripted import sources
from bot.agents.scripted.reading import Missing, Prompt

_FUNCTION = re.compile(r"^def (\w+)\(", re.MULTILINE)
_CONVERSION = re.compile(r"\b([a-z]+_to_[a-z]+)\b")


@dataclass(frozen=True, kw_only=True)
class Place:
    """A file that is to be written, its project, and the functions of what it needs by path."""

    path: str
    project: str
    summary: str
    interface: str
    functions: Mapping[str, tuple[str, ...]]

    @property
    def module(self) -> str:
        """What Python calls the project."""
        return self.project.replace("-", "_")

    @property
    def needed(self) -> tuple[str, tuple[str, ...]]:
        """The name of the module that it needs, and what that offers."""
        for path, functions in self.functions.items():
            if functions:
                return path.rpartition("/")[2].removesuffix(".py"), functions
        raise Missing(f"Nothing tells what {self.path} may use of others.")


def code(prompt: Prompt) -> Mapping[str, object]:
    """A file of the program."""
    place = _place(prompt)
    if place.path.endswith("cli.py"):
        return {"content": sources.command(place.project, place.summary, *place.needed)}
    if place.path.endswith("__init__.py"):
        return {"content": sources.exports(place.module, place.summary, *place.needed)}
    functions = tuple(_FUNCTION.findall(place.interface))
    if not functions:
        raise Missing(f"The plan says nothing of the interface of {place.path}.")
    return {"content": sources.work(functions, is_right=False)}


def test(prompt: Prompt) -> Mapping[str, object]:
    """A file of tests; what it tests has to be there to be read."""
    place = _place(prompt)
    name, functions = place.needed
    written = prompt.all("file", "path")
    if not any(f"def {functions[0]}(" in text for text in written.values()):
        raise Missing("The code that is to be tested is not in the prompt.")
    if name == "cli":
        return {"content": sources.command_tests(place.module, *_work(prompt))}
    return {"content": sources.work_tests(place.module, name, functions)}


def _work(prompt: Prompt) -> tuple[str, str]:
    """What the command is to count, or which unit it converts into which, by the plan."""
    for file in prompt.data("plan")["files"]:
        told = _CONVERSION.search(str(file.get("purpose")))
        if told is not None:
            one, _, other = told[1].partition("_to_")
            return one, other
        _, is_counting, counted = str(file.get("path")).partition("/counting_")
        if is_counting:
            return counted.removesuffix(".py"), ""
    raise Missing("The plan does not tell what the command does.")


def documentation(prompt: Prompt) -> Mapping[str, object]:
    """A README that shows how it is used."""
    place = _place(prompt)
    name, functions = place.needed
    is_command = any(path.endswith("cli.py") for path in place.functions)
    return {"content": sources.readme(place.project, place.summary, name, functions, is_command)}


def review(prompt: Prompt) -> Mapping[str, object]:
    """What somebody who only skims would say."""
    prompt.needed("rubric")
    prompt.data("plan")
    written = prompt.all("file", "path")
    if not written:
        raise Missing("There are no files to review.")
    return {"summary": f"{len(written)} files do what was asked.", "findings": []}


def repair(prompt: Prompt) -> Mapping[str, object]:
    """The conversion that a failed test names, as it should have been."""
    failed = "\n".join(prompt.all("failed", "check").values())
    if not failed:
        raise Missing("Nothing in the prompt says what has failed.")
    named = set(_CONVERSION.findall(failed))
    for path, text in prompt.all("file", "path").items():
        functions = tuple(_FUNCTION.findall(text))
        if path.startswith("src/") and named & set(functions) and "FACTOR = " in text:
            content = sources.work(functions, is_right=True)
            cause = f"{functions[-1]} went the wrong way."
            return {"cause": cause, "files": [{"path": path, "content": content}]}
    raise Missing("No file in the prompt has what has failed.")


def _place(prompt: Prompt) -> Place:
    plan, wanted = prompt.data("plan"), prompt.data("wanted")
    if not plan.get("name") or not plan.get("files"):
        raise Missing("The plan has no name, or no files.")
    interfaces = prompt.all("interface", "path")
    return Place(
        path=str(wanted["path"]),
        project=str(plan["name"]),
        summary=str(plan["summary"]),
        interface=str(wanted.get("interface", "")),
        functions={path: tuple(_FUNCTION.findall(text)) for path, text in interfaces.items()},
    )

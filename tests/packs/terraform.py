"""What can be seen of a Terraform module without its provider, which only a network brings.

Every file is parsed by python-hcl2, laid out as `terraform fmt` would, and names nothing that is
not there: variables, outputs and resources. Where Terraform itself is installed, it holds the
module's variables, which need no provider, to the tests of what they refuse.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hcl2
from lark.exceptions import LarkError

from bot.generation.files import GeneratedProjectFiles
from tests import parts
from tests.packs.proof import Outcome

REFUSALS = "terraform test, of what is refused"
COMMAND = "every .tf file parses, names agree"
TESTS = "tests/module.tftest.hcl"
TIMEOUT_S = 60
_SUFFIXES = (".tf", ".hcl")
_VARIABLE = re.compile(r"\bvar\.(\w+)")
_ASSIGNMENT = re.compile(r"(?P<indent> *)(?P<name>[\w.\"-]+)(?P<space> *) = (?P<value>.*)")
_OPENING = re.compile(r"[\[({]$")
_BUILT_IN = {"source", "version", "providers", "count", "for_each", "depends_on"}


@dataclass(frozen=True, kw_only=True)
class Module:
    """A generated module; texts by path."""

    texts: Mapping[str, str]

    @classmethod
    def of(cls, made: GeneratedProjectFiles) -> Module:
        """The module in a project."""
        return cls(
            texts={
                file.path: file.text or "" for file in made.files if file.path.endswith(_SUFFIXES)
            }
        )

    @cached_property
    def parsed(self) -> Mapping[str, Mapping[str, Any]]:
        """What python-hcl2 reads in each file.

        Raises:
            LarkError: if one is not HCL.
        """
        return {path: hcl2.loads(text) for path, text in self.texts.items()}

    def blocks(self, path: str, kind: str) -> Mapping[str, Mapping[str, Any]]:
        """The blocks of a kind in a file, by their labels joined by a dot."""
        found: dict[str, Mapping[str, Any]] = {}
        for entry in self.parsed[path].get(kind, ()):
            for label, inner in entry.items():
                nested = inner if kind == "resource" else {"": inner}
                for name, block in nested.items():
                    if isinstance(block, dict):
                        found[".".join(filter(None, (_bare(label), _bare(name))))] = block
        return found

    @cached_property
    def variables(self) -> Mapping[str, Mapping[str, Any]]:
        """The inputs by name."""
        return self.blocks("variables.tf", "variable")

    @cached_property
    def required(self) -> set[str]:
        """The inputs that have no default."""
        return {name for name, block in self.variables.items() if "default" not in block}

    @cached_property
    def outputs(self) -> Mapping[str, Mapping[str, Any]]:
        """The outputs by name."""
        return self.blocks("outputs.tf", "output")

    @cached_property
    def resources(self) -> set[str]:
        """The resources, as ``TYPE.NAME``."""
        return set(self.blocks("main.tf", "resource"))

    def problems(self) -> Iterator[str]:
        """What is wrong, one line each."""
        try:
            _ = self.parsed
        except LarkError as error:
            yield f"is not HCL: {error}"
            return
        yield from self._lost_names()
        yield from self._wrong_calls()
        for path, text in self.texts.items():
            yield from (f"{path}: {problem}" for problem in layout_problems(text))

    def _lost_names(self) -> Iterator[str]:
        used = set(_VARIABLE.findall(self.texts["main.tf"] + self.texts["outputs.tf"]))
        if used != set(self.variables):
            yield f"variables: {sorted(used ^ set(self.variables))} is declared or used, not both"
        types = {resource.split(".")[0].split("_")[0] for resource in self.resources}
        reference = re.compile(rf"(?<![\w.\"])((?:{'|'.join(types)})_\w+\.\w+)")
        for path in ("main.tf", "outputs.tf", TESTS):
            for name in set(reference.findall(self.texts[path])) - self.resources:
                yield f"{path}: there is no resource {name}"

    def _wrong_calls(self) -> Iterator[str]:
        for path in self.texts:
            if path.startswith("examples/"):
                given = set(self.blocks(path, "module")["example"]) - _BUILT_IN - {"__is_block__"}
                yield from self._wrong_inputs(path, given)
        first = set(self.parsed[TESTS]["variables"][0]) - {"__is_block__"}
        yield from self._wrong_inputs(TESTS, first)
        for name in set(_VARIABLE.findall(self.texts[TESTS])) - set(self.variables):
            yield f"{TESTS}: there is no variable {name}"

    def _wrong_inputs(self, path: str, given: set[str]) -> Iterator[str]:
        if unknown := given - set(self.variables):
            yield f"{path}: there is no input {sorted(unknown)}"
        if missing := self.required - given:
            yield f"{path}: the input {sorted(missing)} is missing"


def outcomes(made: GeneratedProjectFiles) -> Sequence[Outcome]:
    """What was seen of a project, if it is a module."""
    module = Module.of(made)
    if "main.tf" not in module.texts:
        return ()
    found = list(module.problems())
    parsed = Outcome(
        check="module",
        command=COMMAND,
        passed=not found,
        told=f"{len(module.texts)} files by python-hcl2, no findings",
        output="\n".join(found),
    )
    return parsed, refusals(module)


def refusals(module: Module) -> Outcome:
    """What Terraform says of the variables and of those tests that expect them to refuse."""
    if parts.absence("terraform"):
        return Outcome(
            check="refusals", command=REFUSALS, passed=None, told="not run: needs terraform"
        )
    provider, *runs = re.split(r"\n(?=run )", module.texts[TESTS])
    wanted = [run for run in runs if "expect_failures" in run]
    with TemporaryDirectory(prefix="fc-terraform-") as folder:
        place = Path(folder)
        (place / "tests").mkdir()
        (place / "variables.tf").write_text(module.texts["variables.tf"], encoding="utf-8")
        inputs = provider.partition("variables {")
        (place / TESTS).write_text("\n".join(["".join(inputs[1:]), *wanted]), encoding="utf-8")
        output, passed = _terraform(place, "test", "-no-color")
    return Outcome(
        check="refusals",
        command=REFUSALS,
        passed=passed and f"Success! {len(wanted)} passed, 0 failed." in output,
        told=f"{len(wanted)} passed, 0 failed",
        output=output,
    )


def _terraform(folder: Path, *words: str) -> tuple[str, bool]:
    program = shutil.which("terraform") or "terraform"
    # Nothing of this machine's settings, and no question about newer versions.
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "CHECKPOINT_DISABLE": "1"}
    for command in (["init", "-backend=false", "-input=false"], ["validate"], list(words)):
        done = subprocess.run(
            [program, *command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )
        if done.returncode:
            return done.stdout, False
    return done.stdout, True


def layout_problems(text: str) -> Iterator[str]:
    """Lines that `terraform fmt` would write another way: indents, and neighbours' signs."""
    depth = 0
    group: list[tuple[int, int]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()
        closing = len(re.match(r"[\])}]*", bare)[0])  # type: ignore[index]
        if bare and len(line) - len(line.lstrip()) != 2 * (depth - bool(closing)):
            yield f"line {number}: is indented by another number of spaces"
        if line != line.rstrip() or "\t" in line:
            yield f"line {number}: has a tab, or spaces at its end"
        assignment = _ASSIGNMENT.fullmatch(line)
        if assignment and not _OPENING.search(assignment["value"]):
            group.append((number, assignment.end("space")))
        else:
            yield from _unaligned(group)
            group = []
        unquoted = re.sub(r'"(?:[^"\\]|\\.)*"', "", bare.split("#")[0])
        # Brackets that open on one line together are one step in.
        opened = len(re.findall(r"[\[({]", unquoted)) - len(re.findall(r"[\])}]", unquoted))
        depth += max(-1, min(1, opened))
    yield from _unaligned(group)


def _unaligned(group: Sequence[tuple[int, int]]) -> Iterator[str]:
    if len({column for _, column in group}) > 1:
        yield f"lines {group[0][0]} to {group[-1][0]}: the equals signs are not aligned"


def _bare(label: str) -> str:
    return label.strip('"')

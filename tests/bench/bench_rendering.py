"""Rendering 2,000 files: ours against a bare loop over the same compiled templates.

The bare loop renders the contents, the paths and nothing else: no gate, no limits, no hashes,
no sandbox. Ours also writes the project's memory, with the SHA-256 of every file. Both are
warm and run in turns.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template

from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from tests.bench.figures import Figure
from tests.bench.turns import in_turns

FILES = 2_000
ROUNDS = 9
TARGET = 1.5

MANIFEST = """\
name: bench
version: 1.0.0
summary: Two thousand files
questions:
  name: {type: string}
  modules: {type: list, default: [alpha, beta, gamma, delta, epsilon]}
limits: {files: 3000}
"""

SOURCE = '''\
"""The module %(number)d of {{ name }}."""

from __future__ import annotations

{%% for module in modules %%}
from {{ name }}.{{ module }} import load_%(number)d as load_{{ module }}
{%% endfor %%}


class Part%(number)d:
    """What {{ name }} does with part %(number)d."""

    title = "{{ name | title }}"
    {%% if modules | length > 3 %%}
    parts = ({%% for module in modules %%}"{{ module | upper }}", {%% endfor %%})
    {%% else %%}
    parts = ()
    {%% endif %%}

    def run(self) -> str:
        return f"{{ name }}: {self.title} {len(self.parts)} of %(number)d"
'''


def measure(files: int = FILES, rounds: int = ROUNDS) -> list[Figure]:
    """Rendering a pack of so many files, from the answers to the files in memory."""
    with tempfile.TemporaryDirectory() as folder:
        library = PackLibrary(_write_pack(Path(folder), files))
        generator = ProjectGenerator(library)
        answers = {"name": "orders"}
        bare = _bare_loop(library)

        def ours() -> int:
            return len(generator.generate("bench", answers, run="bench").files) - 1

        assert ours() == bare() == files
        turns = in_turns(rounds=rounds, ours=ours, bare=bare)
    return [
        turns.figure(
            f"rendering {files:,} files; bare: a loop over the same compiled templates",
            ours="ours",
            bare="bare",
            ratio_at_most=TARGET,
        )
    ]


def _bare_loop(library: PackLibrary) -> Callable[[], int]:
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True)
    pack = library.get("bench")
    values = {"name": "orders", "modules": pack.questions[1].default}
    templates: list[tuple[Template, Template]] = [
        (environment.from_string(source.path), environment.from_string(source.text or ""))
        for source in pack.sources
    ]

    def run() -> int:
        made = {path.render(values): content.render(values) for path, content in templates}
        return len(made)

    return run


def _write_pack(folder: Path, files: int) -> Path:
    pack = folder / "bench"
    (pack / "files").mkdir(parents=True)
    (pack / "pack.yaml").write_text(MANIFEST)
    for number in range(files):
        target = pack / "files" / "{{ name }}" / f"group{number // 100}" / f"part{number}.py"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(SOURCE % {"number": number})
    return folder

"""2,000 files from a template to a folder: ours, a bare loop, Copier and Cookiecutter.

All make the same files, each in a process of its own. *Cold* is from the start of the process
to its files; *warm* is a second time in the same process. Copier and Cookiecutter keep nothing
compiled; ours keeps it from one process to the next, so the first row is of a pack that has been
used before.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from tests.bench.bench_rendering import FILES, SOURCE, TARGET, _write_pack
from tests.bench.figures import Figure
from tests.parts import ROOT

_MODULES = ["alpha", "beta", "gamma", "delta", "epsilon"]
_RUN = """
import json, sys, time
began, folder, out = float(sys.argv[1]), sys.argv[2], sys.argv[3]
{body}
make(out + "/cold")
cold = time.time() - began
started = time.perf_counter()
make(out + "/warm")
print(json.dumps([cold, time.perf_counter() - started]))
"""
_BODIES = {
    "ours": """
from pathlib import Path
from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from bot.generation.writing import write_folder
generator = ProjectGenerator(PackLibrary(Path(folder), kept_in=Path(folder) / "kept" / "code"))
def make(to):
    write_folder(generator.generate("bench", {"name": "orders"}).files, Path(to))
""",
    "bare": """
import os
from pathlib import Path
from jinja2 import Environment, StrictUndefined
environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True)
files = Path(folder) / "bench" / "files"
compiled = [
    (environment.from_string(str(path.relative_to(files))),
     environment.from_string(path.read_text()))
    for path in sorted(files.rglob("*.py"))
]
values = {"name": "orders", "modules": MODULES}
def make(to):
    for path, content in compiled:
        target = os.path.join(to, path.render(values))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w") as file:
            file.write(content.render(values))
""",
    "Copier": """
from copier import run_copy
def make(to):
    run_copy(folder + "/copier", to, data={"name": "orders"}, defaults=True, quiet=True)
""",
    "Cookiecutter": """
from cookiecutter.main import cookiecutter
def make(to):
    cookiecutter(folder + "/cookiecutter", no_input=True, output_dir=to)
""",
}


def measure(files: int = FILES, rounds: int = 1) -> list[Figure]:
    """Each tool in turns, so often (Copier takes its time); medians of its times."""
    tools = [name for name in _BODIES if name in ("ours", "bare") or find_spec(name.lower())]
    seconds: dict[str, list[list[float]]] = {name: [] for name in tools}
    with tempfile.TemporaryDirectory() as where:
        folder = _write_pack(Path(where), files)
        (folder / "kept").mkdir()
        _write_theirs(folder, files)
        _timed("ours", folder, files)  # Once before, as a server has done it.
        for _ in range(rounds):
            for name in tools:
                seconds[name].append(_timed(name, folder, files))
    return [
        _figure(f"{files:,} files into a folder, {how}; bare: {name}", seconds, name, at)
        for name in tools[1:]
        for at, how in enumerate(("cold", "warm"))
    ]


def _figure(what: str, seconds: dict[str, list[list[float]]], name: str, at: int) -> Figure:
    ours = sorted(one[at] for one in seconds["ours"])
    theirs = sorted(one[at] for one in seconds[name])
    middle = len(ours) // 2
    return Figure(
        what=what.replace("bare: bare", "bare: a compiled loop"),
        unit="ms",
        ours=ours[middle] * 1e3,
        bare=theirs[middle] * 1e3,
        ratio=ours[middle] / theirs[middle],
        ratio_at_most=TARGET,
    )


def _timed(name: str, folder: Path, files: int) -> list[float]:
    import time

    with tempfile.TemporaryDirectory() as out:
        program = _RUN.replace("{body}", _BODIES[name].replace("MODULES", repr(_MODULES)))
        done = subprocess.run(
            [sys.executable, "-c", program, str(time.time()), str(folder), out],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        made = list(Path(out, "warm").rglob("part*.py"))
        assert len(made) == files, name
        times: list[float] = json.loads(done.stdout.splitlines()[-1])
        return times


def _write_theirs(folder: Path, files: int) -> None:
    """The same template as Copier and Cookiecutter want it."""
    copier, cookiecutter = folder / "copier", folder / "cookiecutter"
    for root, name, source in (
        (copier, "{{ name }}", SOURCE),
        (cookiecutter, "{{ cookiecutter.name }}", _cookies(SOURCE)),
    ):
        for number in range(files):
            target = root / name / f"group{number // 100}" / f"part{number}.py"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(source % {"number": number})
    (copier / "copier.yml").write_text(
        "_templates_suffix: ''\n_exclude: [copier.yml]\nname: {type: str}\n"
        f"modules: {{type: yaml, default: {json.dumps(json.dumps(_MODULES))}}}\n"
    )
    (cookiecutter / "cookiecutter.json").write_text(
        json.dumps({"name": "orders", "modules": {"all": _MODULES}})
    )


def _cookies(source: str) -> str:
    source = source.replace("in modules", "in cookiecutter.modules['all']")
    source = source.replace("if modules", "if cookiecutter.modules['all']")
    return source.replace("{{ name", "{{ cookiecutter.name")

"""Imports point inwards: web, cli, jobs -> dispatch, report -> services -> ports -> core -> errors.

A new module at the top of ``bot/`` gets a line in ``LAYERS``. If what it needs is not to be
had from there, the answer is mostly a port or an argument, not a longer line.
"""

from __future__ import annotations

import ast
import importlib
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest

from tests.architecture.imports import Module, imports, modules, within
from tests.parts import ROOT

#: Who may import what comes from others. The last word on each is one folder's.
OWNERS = {
    "alembic": ("bot.store",),
    "anthropic": ("bot.agents.models",),
    "authlib": ("bot.oauth",),
    "cookiecutter": ("bot.generation.foreign",),
    "copier": ("bot.generation.foreign",),
    "flask": ("bot.web",),
    "genai_prices": ("bot.agents",),
    "githubkit": ("bot.forges.github",),
    "githubkit_schemas": ("bot.forges.github",),
    "gitlab": ("bot.forges.gitlab",),
    "granian": ("bot.serving",),
    "httpcore": ("bot.agents",),
    "openai": ("bot.agents.models",),
    "psycopg": ("bot.store",),
    "pydantic_ai": ("bot.agents.models",),
    "rq": ("bot.jobs",),
    "sqlalchemy": ("bot.store",),
    "werkzeug": ("bot.web",),
}

#: What of the standard library knows no clock, network, disk, process or chance.
PURE = frozenset(
    """__future__ abc ast base64 binascii bisect collections colorsys contextlib copy csv
    dataclasses datetime decimal difflib enum fnmatch fractions functools graphlib hashlib heapq
    hmac html io ipaddress itertools json keyword math operator posixpath re reprlib shlex
    statistics string struct textwrap tomllib types typing unicodedata urllib.parse zlib
    zoneinfo""".split()  # noqa: SIM905 - a list of forty lines would hide the table below
)
IMPURE_CALLS = frozenset({"open", "print", "input", "now", "utcnow", "today", "fromtimestamp"})

PORTS = ("bot.forges.port", "bot.sandbox.port", "bot.store.port")
VALUES = ("bot.core", "bot.errors")
INNER = (
    *VALUES,
    *PORTS,
    "bot.exports",
    "bot.generation",
    "bot.keys",
    "bot.resources",
    "bot.roles",
    "bot.sealing",
    "bot.secret_places",
    "bot.services",
    "bot.settings",
    "bot.trials",
    "bot.verification",
)
MIDDLE = (*INNER, "bot.commands", "bot.dispatch", "bot.policies", "bot.remarks", "bot.report")

#: What of ourselves each module may import. Its own package goes without saying; the longest
#: name that fits counts.
LAYERS: dict[str, tuple[str, ...]] = {
    "bot": (),
    "bot.errors": (),
    "bot.core": VALUES,
    "bot.forges.port": VALUES,
    "bot.sandbox.port": VALUES,
    "bot.store.port": VALUES,
    "bot.resources": VALUES,
    "bot.located_yaml": VALUES,
    "bot.trials": (*VALUES, "bot.store.port"),
    "bot.file_kinds": (),
    "bot.embedded": ("bot.errors",),
    "bot.logs": VALUES,
    "bot.setting_keys": VALUES,
    "bot.settings": (*VALUES, "bot.embedded", "bot.setting_keys"),
    "bot.keys": (*VALUES, "bot.setting_keys", "bot.settings"),
    "bot.secret_places": (*VALUES, "bot.generation"),
    "bot.sealing": (*VALUES, "bot.generation", "bot.keys", "bot.secret_places"),
    "bot.agents": VALUES,
    "bot.agents.models": (
        *(*VALUES, "bot.agents", "bot.sandbox.port", "bot.sandbox.program", "bot.services"),
    ),
    "bot.oauth": VALUES,
    "bot.sandbox": VALUES,
    "bot.tokens": (*INNER, "bot.setting_keys"),
    "bot.pace": (*VALUES, "bot.forges.port"),
    "bot.generation": (
        *(*VALUES, "bot.located_yaml", "bot.resources", "bot.sandbox.port", "bot.sandbox.program"),
    ),
    "bot.roles": (*VALUES, "bot.generation", "bot.resources"),
    "bot.verification": (*VALUES, "bot.generation", "bot.sandbox.port"),
    "bot.exports": (*VALUES, "bot.keys", "bot.store.port"),
    "bot.forms": (*VALUES, "bot.generation", "bot.resources"),
    "bot.forges": (*VALUES, *PORTS, "bot.pace", "bot.resources", "bot.settings"),
    "bot.store": (*VALUES, *PORTS, "bot.file_kinds", "bot.resources", "bot.settings"),
    "bot.replies": (*VALUES, "bot.resources"),
    "bot.services": INNER,
    "bot.budgets": INNER,
    "bot.hooks": INNER,
    "bot.tapes": INNER,
    "bot.homes": (*VALUES, "bot.forges.port"),
    "bot.policy_files": (*VALUES, "bot.located_yaml"),
    "bot.policies": (*INNER, "bot.homes", "bot.policy_files"),
    "bot.policy_problems": (*INNER, "bot.policies", "bot.remarks"),
    "bot.occupation": INNER,
    "bot.pack_sources": (*INNER, "bot.homes"),
    "bot.destinations": (*INNER, "bot.policies"),
    "bot.changes": (*INNER, "bot.destinations"),
    "bot.onboarding": (
        *(*INNER, "bot.destinations", "bot.forms", "bot.homes", "bot.policies"),
        "bot.policy_files",
    ),
    "bot.plans": (*INNER, "bot.destinations", "bot.policies"),
    "bot.steps": (
        *(
            *INNER,
            "bot.budgets",
            "bot.changes",
            "bot.destinations",
            "bot.pack_sources",
            "bot.plans",
        ),
        "bot.remarks",
    ),
    "bot.workflow_text": VALUES,
    "bot.workflow_files": (*INNER, "bot.homes"),
    "bot.workflows": (
        *(*INNER, "bot.homes", "bot.located_yaml", "bot.steps", "bot.workflow_files"),
    ),
    "bot.commands": (
        *(*INNER, "bot.budgets", "bot.changes", "bot.destinations", "bot.forms", "bot.occupation"),
        "bot.onboarding",
        *("bot.pack_sources", "bot.plans", "bot.policies", "bot.workflows"),
    ),
    "bot.moves": (*INNER, "bot.commands"),
    "bot.archives": (*INNER, "bot.steps"),
    "bot.proofs": (*INNER, "bot.steps"),
    "bot.living": (
        *(*INNER, "bot.archives", "bot.budgets", "bot.plans", "bot.proofs", "bot.steps"),
        "bot.workflows",
    ),
    "bot.remarks": INNER,
    "bot.report": (*INNER, "bot.living", "bot.proofs", "bot.remarks"),
    "bot.doctor": (*INNER, "bot.onboarding", "bot.serving.lock", "bot.serving.port", "bot.steps"),
    "bot.dispatch": (
        *(*INNER, "bot.commands", "bot.destinations", "bot.moves", "bot.onboarding"),
        *("bot.pack_sources", "bot.policies", "bot.sealing"),
    ),
    "bot.sight": INNER,
    "bot.replaying": INNER,
    "bot.asking": (*INNER, "bot.dispatch", "bot.report"),
    "bot.fences": INNER,
    "bot.explain": (
        *INNER,
        "bot.budgets",
        "bot.dispatch",
        "bot.homes",
        "bot.policies",
        "bot.policy_files",
    ),
    "bot.serving.lifeline": (),
    "bot.jobs": (
        *(*MIDDLE, "bot.hooks", "bot.onboarding", "bot.policy_problems", "bot.replaying"),
        *("bot.changes", "bot.serving.lifeline", "bot.steps", "bot.tapes", "bot.workflows"),
    ),
    "bot.web": (
        *(
            *MIDDLE,
            "bot.asking",
            "bot.budgets",
            "bot.destinations",
            "bot.explain",
            "bot.exports",
            "bot.fences",
            "bot.file_kinds",
            "bot.forms",
            "bot.hooks",
            "bot.pack_sources",
            "bot.policy_files",
            "bot.proofs",
            "bot.replaying",
            "bot.workflow_text",
            "bot.workflows",
            "bot.sight",
            "bot.steps",
            "bot.tokens",
        ),
    ),
    "bot.build": (
        *(*INNER, "bot.agents", "bot.forges", "bot.jobs", "bot.oauth", "bot.pace"),
        *("bot.policy_files", "bot.rehearsal", "bot.replies", "bot.sandbox", "bot.store"),
        # Steps of runs call the web application itself, in their own process.
        "bot.web",
    ),
    "bot.rehearsal": (*MIDDLE, "bot.forges", "bot.jobs", "bot.steps", "bot.store", "bot.tapes"),
    # Whatever starts a process: these put together what all others are given.
    "bot.serving": (*INNER, "bot.build", "bot.embedded", "bot.logs"),
    "bot.demo": (*INNER, "bot.build", "bot.serving", "bot.steps"),
    "bot.wsgi": (*INNER, "bot.build", "bot.logs", "bot.web"),
    "bot.asgi": (*INNER, "bot.build", "bot.logs", "bot.serving.lifeline", "bot.web"),
    "bot.console": (
        *(*MIDDLE, "bot.build", "bot.explain", "bot.forms", "bot.jobs", "bot.logs"),
        "bot.policy_files",
        *(
            "bot.budgets",
            "bot.homes",
            "bot.located_yaml",
            "bot.pack_sources",
            "bot.rehearsal",
            "bot.replaying",
            "bot.steps",
            "bot.tapes",
            "bot.tokens",
            "bot.workflow_files",
            "bot.workflow_text",
            "bot.workflows",
        ),
    ),
    "bot.cli": (
        *(*MIDDLE, "bot.console"),
        *("bot.build", "bot.demo", "bot.doctor", "bot.jobs", "bot.logs", "bot.serving"),
        *("bot.steps", "bot.web", "bot.workflows"),
    ),
}

#: A dry run puts its own adapters round those that `bot.build` has picked.
BUILDERS = ("bot.build", "bot.rehearsal")
FORBIDDEN_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "manager", "misc"})


def test_what_comes_from_others_is_imported_by_its_owner_alone() -> None:
    broken = [
        found.breaks(f"only {' and '.join(owners)} may")
        for found in imports()
        for package, owners in OWNERS.items()
        if within(found.imported, package) or found.imported.startswith(f"{package}_")
        if not any(within(found.importer.name, owner) for owner in owners)
    ]
    assert not broken, listed(broken)


def test_imports_point_inwards() -> None:
    broken = [
        found.breaks(f"{layer_of(found.importer.name)} may import {allowed_text(found.importer)}")
        for found in imports()
        if within(found.imported, "bot")
        if not may_import(found.importer.name, found.imported)
    ]
    assert not broken, listed(broken)


def test_every_module_has_its_layer() -> None:
    lost = [
        f"{module.at(1)}: {module.name} stands in no layer; give it a line in LAYERS"
        for module in modules()
        if layer_of(module.name) == "bot" and module.name != "bot"
    ]
    assert not lost, listed(lost)


def test_only_build_picks_implementations() -> None:
    broken = [
        found.breaks("only bot.build picks implementations; others take a port of Services")
        for found in imports()
        if (implementation := implementation_of(found.imported))
        if not within(found.importer.name, implementation)
        if not any(within(found.importer.name, builder) for builder in BUILDERS)
    ]
    assert not broken, listed(broken)


def test_core_stands_on_the_pure_part_of_the_standard_library() -> None:
    broken = [
        found.breaks("core may import the pure standard library, bot.core and bot.errors")
        for found in imports()
        if within(found.importer.name, "bot.core")
        if not within(found.imported, "bot")
        if not any(within(found.imported, pure) for pure in PURE)
    ]
    assert not broken, listed(broken)


def test_core_asks_neither_clock_nor_disk() -> None:
    broken = [
        f"{module.at(line)}: calls {name}(); core takes the time and bytes as arguments"
        for module in modules()
        if within(module.name, "bot.core")
        for name, line in calls_of(module)
        if name in IMPURE_CALLS
    ]
    assert not broken, listed(broken)


def test_what_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["templates"]]
    # An extra that is named after a package is what brings it.
    declared = {plain(name) for line in lines for name in re.split(r"[\[\],]", line.split(";")[0])}
    declared = {re.split(r"[<>=~! ]", name)[0] for name in declared}
    distributions = packages_distributions()
    broken = [
        found.breaks("pyproject.toml does not declare it")
        for found in imports()
        if (top := found.imported.partition(".")[0]) not in sys.stdlib_module_names | {"bot"}
        if not declared & {plain(name) for name in distributions.get(top, [top])}
        # Its schemas are packages of their own, but come with it and are released for it.
        if not top.startswith("githubkit_schemas")
    ]
    assert not broken, listed(broken)


@pytest.mark.parametrize("name", [module.name for module in modules()])
def test_every_module_can_be_imported(name: str) -> None:
    if ".migrations" in name:
        pytest.skip("Alembic runs migrations; they are not imported")
    importlib.import_module(name)


def test_every_package_says_what_may_be_in_it() -> None:
    silent = [
        f"{module.at(1)}: the package has no docstring"
        for module in modules()
        if module.is_package and not module.name.endswith("versions")
        if not ast.get_docstring(module.tree)
    ]
    assert not silent, listed(silent)


def test_names_are_nouns_that_say_something() -> None:
    broken = [
        f"{module.at(1)}: {part!r} says nothing about what is in it"
        for module in modules()
        for part in module.name.split(".")
        if set(part.split("_")) & FORBIDDEN_NAMES
    ]
    assert not broken, listed(broken)


def layer_of(name: str) -> str:
    return max((layer for layer in LAYERS if within(name, layer)), key=len)


def may_import(importer: str, imported: str) -> bool:
    layer = layer_of(importer)
    return imported == "bot" or any(within(imported, one) for one in (layer, *LAYERS[layer]))


def implementation_of(name: str) -> str | None:
    """The package that ``name`` implements a port for, or None."""
    if name in PORTS or name in ("bot.forges", "bot.store"):
        return None
    for package in ("bot.agents", "bot.oauth", "bot.store"):
        if within(name, package):
            return package
    if not within(name, "bot.forges"):
        return None
    adapter = ".".join(name.split(".")[:3])
    # What adapters share belongs to all of them: GitHub's payloads are the local forge's too.
    return adapter if (ROOT / adapter.replace(".", "/")).is_dir() else "bot.forges"


def calls_of(module: Module) -> list[tuple[str, int]]:
    return [
        (name, node.lineno)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        if (name := getattr(node.func, "attr", getattr(node.func, "id", "")))
    ]


def allowed_text(module: Module) -> str:
    return ", ".join(sorted(LAYERS[layer_of(module.name)])) or "nothing of ours"


def plain(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def listed(lines: list[str]) -> str:
    return "\n" + "\n".join(sorted(set(lines)))

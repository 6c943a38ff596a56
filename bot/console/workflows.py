"""``firstcommit workflows``: the workflows that there are, and whether a file is one.

Only what is asked of an organisation needs its forge and the database; all else reads files.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.console.parser import Commands
from bot.errors import ConfigurationError, UserError
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.core.identity import Repository
    from bot.core.policy import Policy
    from bot.core.workflow import Workflow
    from bot.services import Services
    from bot.workflows import Found

_STANDARD_INPUT = "-"
_FORMATS = ("text", "mermaid")


def add_to(commands: Commands) -> None:
    """Tell the parser what there is to do with workflows."""
    group = commands.group("workflows", "List, show, check and draw workflows.")
    listing = group.add("list", _list, "List the workflows that there are, with what they take.")
    listing.add_argument(
        "--organisation", metavar="FORGE:ORG", help="its own as well, and those that are faulty"
    )
    show = group.add("show", _show, "Show a workflow with its steps' needs and policy's gates.")
    _add_name(show)
    where = show.add_mutually_exclusive_group()
    where.add_argument(
        "--organisation",
        metavar="FORGE:ORG",
        help="as it would run for that organisation: its own file if there is one, and its policy",
    )
    where.add_argument("--policy", metavar="FILE", type=Path, help="as it would run under a policy")
    check = group.add("check", _check, "Check workflow files; every problem names its place.")
    check.add_argument("files", metavar="FILE", nargs="+", help="a file, or - for standard input")
    graph = group.add("graph", _graph, "Draw which steps need which.")
    _add_name(graph)
    graph.add_argument("--format", choices=_FORMATS, default="text", help="(default: text)")
    group.add("schema", _schema, "Print a JSON Schema of workflow files, for editors.")
    steps = group.add("steps", _steps, "List the types of steps, those of packages too.")
    steps.add_argument("--markdown", action="store_true", help="all that is known of ours")


def _add_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", metavar="NAME|FILE", help="a workflow that ships, a file, or - for standard input"
    )


def _list(settings: Settings, options: argparse.Namespace) -> int:
    from bot.console.plain import printable
    from bot.console.tables import aligned
    from bot.workflow_text import inputs_line
    from bot.workflows import available, shipped

    home = None
    if options.organisation is not None:
        services, forge, owner = _organisation(settings, options.organisation)
        home = _home(services, forge, owner)
    found = shipped() if home is None else available(services, home)
    rows = [
        (
            printable(one.name),
            str(one.source.get("repository", "shipped")),
            inputs_line(one.workflow) if one.workflow else "",
            printable(one.summary if one.workflow else f"wrong: {_first_line(one.problem)}"),
        )
        for one in found
    ]
    print(aligned(rows, head=("NAME", "SOURCE", "INPUTS", "SUMMARY")))
    return 0


def _first_line(text: str) -> str:
    """What `check` tells of the file in full."""
    return text.partition("\n")[0].rstrip(":")


def _show(settings: Settings, options: argparse.Namespace) -> int:
    from bot.policies import in_force_for
    from bot.workflow_text import as_file
    from bot.workflows import gated

    if options.organisation is not None:
        services, forge, owner = _organisation(settings, options.organisation)
        found = _found(services, options.name, forge, owner)
        policy, heading = in_force_for(services, forge, owner).policy, _origin(found)
        heading.append(f"under the policy of {options.organisation}.")
        written = found.workflow
    else:
        written, heading = _named(options.name), [f"{options.name}, as it is written."]
        if options.policy is None:
            print(as_file(written, heading), end="")
            return 0
        policy, heading = _policy(options.policy), [f"{options.name}, under {options.policy}."]
    print(as_file(gated(written, policy), heading, written=written), end="")
    return 0


def _check(settings: Settings, options: argparse.Namespace) -> int:
    from bot.console.plain import printable
    from bot.workflows import look_through

    failed = False
    for file in options.files:
        try:
            text = _read(file)
        except UserError as exc:
            print(exc.message)
            failed = True
            continue
        # What is not in a file has no name to agree with.
        name = None if file == _STANDARD_INPUT else Path(file).stem
        workflow, problems = look_through(text, source=file, name=name)
        for problem in problems:
            print(printable(str(problem)))
        if workflow is None:
            failed = True
        else:
            print(f"{file}: fine: {workflow.name}, {len(workflow.steps)} steps")
    return 1 if failed else 0


def _graph(settings: Settings, options: argparse.Namespace) -> int:
    from bot.core.workflow_graph import as_mermaid, as_text

    draw = as_mermaid if options.format == "mermaid" else as_text
    print(draw(_named(options.name)), end="")
    return 0


def _schema(settings: Settings, options: argparse.Namespace) -> int:
    from bot.core.workflow_schema import schema
    from bot.steps.registry import fields

    print(json.dumps(schema(fields()), indent=2, ensure_ascii=False))
    return 0


def _steps(settings: Settings, options: argparse.Namespace) -> int:
    from bot.console.tables import aligned
    from bot.steps import STEP_TYPES
    from bot.steps.documentation import as_markdown
    from bot.steps.registry import registered

    if options.markdown:
        print(as_markdown(STEP_TYPES), end="")
        return 0
    rows = [
        (
            one.step_type.name,
            one.package or "Firstcommit",
            "publishes" if one.step_type.publishes else "",
            one.step_type.summary,
        )
        for one in registered()
    ]
    print(aligned(rows, head=("NAME", "FROM", "", "SUMMARY")))
    return 0


def _named(name: str) -> Workflow:
    """A workflow by what was typed: that of a file, or one that ships."""
    from bot.workflows import load_workflow, read_file

    if name == _STANDARD_INPUT or "/" in name or name.endswith((".yaml", ".yml")):
        return read_file(_read(name), source=name)
    return load_workflow(name)


def _read(file: str) -> bytes:
    """Raises ``UserError`` (``unreadable_file``) where there is nothing to read."""
    if file == _STANDARD_INPUT:
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as exc:
        words = f"{file}: it cannot be read: {exc.strerror}"
        raise UserError(words, reason="unreadable_file") from exc


def _policy(path: Path) -> Policy:
    """The policy that a file says, by itself.

    Raises:
        UserError: ``bad_policy`` with all that is wrong, or ``unreadable_file``.
    """
    from bot.core.policy_merging import begin
    from bot.policy_files import parse

    file, problems = parse(_read(str(path)), source=str(path))
    if problems:
        told = "\n".join(f"{path}:{problem}" for problem in problems)
        raise UserError(told, reason="bad_policy")
    return begin(file).policy


def _organisation(settings: Settings, text: str) -> tuple[Services, str, str]:
    from bot.console.opening import opened

    forge, _, owner = text.partition(":")
    if not (forge and owner):
        raise ConfigurationError(
            f"--organisation wants FORGE:ORG, such as github:acme, not {text!r}.", reason="usage"
        )
    return opened(settings), forge, owner


def _found(services: Services, name: str, forge: str, owner: str) -> Found:
    """The workflow as a command in a repository of that owner would find it."""
    from bot.workflows import Found, find_workflow, load_workflow

    home = _home(services, forge, owner)
    if home is None:
        return Found(workflow=load_workflow(name), source={"kind": "shipped"})
    return find_workflow(services, name, home)


def _home(services: Services, forge: str, owner: str) -> Repository | None:
    """The repository in which an organisation keeps its own, if there is one."""
    from bot.homes import organisation_repository

    home = services.forge(forge).repository(f"{owner}/{organisation_repository(forge)}")
    return home if home is not None and home.owner.lower() == owner.lower() else None


def _origin(found: Found) -> list[str]:
    name, source = found.workflow.name, found.source
    if source["kind"] == "shipped":
        return [f"{name}, as it ships,"]
    return [f"{name}, from {source['path']} of {source['repository']}", f"at {source['commit']},"]

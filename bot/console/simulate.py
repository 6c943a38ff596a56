"""``firstcommit simulate``: what would come of a comment. Nothing is done.

It needs no server, no Redis and, on a machine of one's own, not even a data folder.
"""

from __future__ import annotations

import argparse
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bot.console.opening import opened
from bot.console.parser import Commands
from bot.console.plain import printable
from bot.console.rehearsal_sheet import as_data, as_text
from bot.core.destination import read_place
from bot.core.git_values import FileToWrite
from bot.core.identity import Actor
from bot.errors import UserError
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.core.workflow import Workflow
    from bot.services import Services
    from bot.trials import Rehearsal, Tried

EXIT_REFUSED = 1
_LOCAL = "local"
#: Where the demo works, too; it counts as there where it is not.
_PLAYGROUND = "demo/playground"
_YOU = "you"


def add_to(commands: Commands) -> None:
    """Tell the parser about dry runs."""
    simulate = commands.add("simulate", _simulate, "Say what would come of a comment; do nothing.")
    simulate.add_argument(
        "comment", metavar="COMMENT", help='as in a thread: "/generate PACK name=NAME"'
    )
    simulate.add_argument(
        "--as",
        dest="person",
        metavar="USER",
        help=f"who would write it (default: {_YOU}, on the local forge)",
    )
    simulate.add_argument(
        "--repository",
        metavar="[FORGE:]OWNER/NAME",
        help=f"where it would be written (default: {_PLAYGROUND} of the local forge)",
    )
    simulate.add_argument(
        "--workflow-file",
        metavar="FILE",
        type=Path,
        help="try this workflow, as if the repository's owner had it on its default branch",
    )
    simulate.add_argument("--json", action="store_true", help="as JSON, for programs")


def _simulate(settings: Settings, options: argparse.Namespace) -> int:
    from bot import logs
    from bot.rehearsal.rehearse import rehearse

    # What the program tells its log while it works would stand between the lines for people.
    logs.configure(settings.log_format, level=logging.ERROR)
    file, workflow = _workflow(options.workflow_file)
    if file is not None and workflow is None:
        return EXIT_REFUSED
    with _stage(settings) as services:
        tried = _tried(services, options, file, workflow)
        rehearsal = rehearse(services, tried)
        price = _price(services, rehearsal)
    if options.json:
        print(
            json.dumps(
                as_data(tried, rehearsal, price=price), indent=2, ensure_ascii=False, default=dict
            )
        )
    else:
        print(as_text(tried, rehearsal, price=price))
    return 0 if rehearsal.carried_out else EXIT_REFUSED


def _price(services: Services, rehearsal: Rehearsal) -> str:
    """What the run may cost, in words; empty where it asks no language model."""
    from bot.budgets import quote_of

    quote = None if rehearsal.run is None else quote_of(services, rehearsal.run)
    return "" if quote is None else services.replies.render("quote", quote=quote).strip()


@contextmanager
def _stage(settings: Settings) -> Iterator[Services]:
    """The services of this machine; where it has none yet, those of a folder for the moment."""
    from bot.build import build

    if settings.database_url is not None or (settings.data_dir / "firstcommit.db").exists():
        services = opened(settings)
        try:
            yield services
        finally:
            services.store.database.close()
        return
    with TemporaryDirectory(prefix="firstcommit-") as folder:
        services = build(settings.replace(data_dir=Path(folder)))
        try:
            services.store.database.migrate()
            yield services
        finally:
            services.store.database.close()


def _workflow(path: Path | None) -> tuple[bytes | None, Workflow | None]:
    """A workflow file and what it says; its problems are printed where it is none."""
    if path is None:
        return None, None
    from bot.workflows import look_through

    try:
        text = path.read_bytes()
    except OSError as exc:
        raise UserError(
            f"{path}: it cannot be read: {exc.strerror}", reason="unreadable_file"
        ) from exc
    workflow, problems = look_through(text, source=str(path))
    for problem in problems:
        print(printable(str(problem)))
    return text, workflow


def _tried(
    services: Services,
    options: argparse.Namespace,
    file: bytes | None,
    workflow: Workflow | None,
) -> Tried:
    from bot.homes import organisation_repository
    from bot.trials import Tried
    from bot.workflow_files import workflow_folder

    forge, repository = _place(services, options.repository)
    actor = _person(services, forge, options.person)
    text: str = options.comment
    files: tuple[tuple[str, FileToWrite], ...] = ()
    if file is not None and workflow is not None:
        path = f"{workflow_folder(forge)}/{workflow.name}.yaml"
        home = f"{repository.partition('/')[0]}/{organisation_repository(forge)}"
        text = _with_workflow(services, text, workflow.name)
        files = ((home, FileToWrite(path=path, content=file)),)
    return Tried(
        text=text,
        actor=actor,
        forge=forge,
        repository=repository,
        # Whoever writes on the local forge has a repository made by writing there.
        suppose=forge == _LOCAL,
        files=files,
    )


def _place(services: Services, text: str | None) -> tuple[str, str]:
    """The forge and the repository that are meant."""
    place = read_place(text or _PLAYGROUND)
    forge = place.forge
    if forge is None and (len(services.forges) == 1 or text is None):
        forge = _LOCAL if _LOCAL in services.forges else next(iter(services.forges), None)
    if forge is None or place.full_name is None or (text is None and forge != _LOCAL):
        raise UserError(
            "In which repository would it be written?",
            reason="which_repository",
            remedy=f"Give --repository FORGE:OWNER/NAME; this server has "
            f"{', '.join(sorted(services.forges)) or 'no forge'}.",
        )
    return forge, place.full_name


def _person(services: Services, forge: str, text: str | None) -> Actor:
    login = (text or (_YOU if forge == _LOCAL else "")).removeprefix("@")
    if not login:
        raise UserError(
            f"Who would write it on {forge}?", reason="which_person", remedy="Give --as USER."
        )
    found = services.forge(forge).person(login)
    if found is None:
        raise UserError(f"Nobody is called {login[:60]!a} on {forge}.", reason="unknown_person")
    return found


def _with_workflow(services: Services, text: str, name: str) -> str:
    """The comment with ``workflow=NAME`` in its command, unless it names one itself."""
    from bot.core.grammar import CommandLine, find_commands

    found = find_commands(text, name=services.settings.name)
    line = found[0] if len(found) == 1 else None
    if not isinstance(line, CommandLine) or line.option("workflow") is not None:
        return text
    verb = re.compile(rf"(?<![\w-]){re.escape(line.verb)}(?![\w-])")
    asked = verb.sub(f"{line.verb} workflow={name}", line.source, count=1)
    return text.replace(line.source, asked, 1)

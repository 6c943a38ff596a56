"""``firstcommit generate``: a pack and answers become a folder, and nothing else is needed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bot.console.parser import Commands, interleaved
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.generation.files import GeneratedProjectFiles


def add_to(commands: Commands) -> None:
    """Tell the parser what `generate` takes."""
    generate = commands.add(
        "generate", _generate, "Make a project from a template pack in a folder."
    )
    add_what(generate)
    generate.add_argument(
        "-o", dest="folder", metavar="DIR", type=Path,
        help="absent or empty (default: one here, named after the project)",
    )  # fmt: skip


def add_what(parser: argparse.ArgumentParser) -> None:
    """The arguments that say which pack, and with which answers."""
    parser.add_argument("pack", metavar="PACK|FOLDER", help="a pack that ships, or its folder")
    parser.add_argument("answers", metavar="KEY=VALUE", nargs="*", help="answers to its questions")
    parser.add_argument(
        "--answers", dest="file", metavar="FILE", help="more of them, as YAML; - for standard input"
    )
    interleaved(parser, "answers")


def made(settings: Settings, options: argparse.Namespace) -> GeneratedProjectFiles:
    """What the pack makes of the answers, with no secret in it.

    Raises:
        UserError: for whatever is wrong, with the place in the pack or the file.
    """
    from bot.console.pack_answers import complete
    from bot.console.pack_source import generator, named
    from bot.core.limits import ProjectLimits
    from bot.generation.secrets import refuse_secrets
    from bot.generation.suggested import pack_defaults

    pack = named(settings, options.pack)
    limits = ProjectLimits(
        file_bytes=settings.max_file_bytes,
        files=settings.max_files,
        project_bytes=settings.max_project_bytes,
    )
    defaults = pack_defaults("local")
    maker = generator(settings)
    answers = complete(maker, pack, options.answers, options.file, defaults, called=options.pack)
    project = maker.generate(pack, answers, defaults=defaults, limits=limits)
    refuse_secrets(project.files)
    return project


def _generate(settings: Settings, options: argparse.Namespace) -> int:
    from bot.exports.folders import folder_name
    from bot.generation.writing import check_folder_free

    if options.folder is not None:
        # Before anything is asked.
        check_folder_free(options.folder)
    project = made(settings, options)
    folder = options.folder or Path(folder_name(project.name))
    tell_written(project, folder)
    return 0


def tell_written(project: GeneratedProjectFiles, folder: Path) -> None:
    """Write a project to a folder and say so."""
    from bot.core.limits import shown_size
    from bot.generation.writing import write_folder

    written = write_folder(project.files, folder)
    size = shown_size(project.files.total_size)
    print(
        f"{project.name}: {len(project.files)} files, {size}, "
        f"from {project.pack} {project.version}, in {written}"
    )

"""From a pack's name and answers to a project's files."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from bot.core.limits import CEILINGS, ProjectLimits
from bot.errors import BotError
from bot.generation.answers import kept_answers, resolve_answers, veiled_answers
from bot.generation.compiling import compile_pack
from bot.generation.files import FileSet, GeneratedProjectFiles
from bot.generation.memory import memory_file
from bot.generation.pack_format import Pack
from bot.generation.packs import PackLibrary
from bot.generation.rendering import render_pack


class ProjectGenerator:
    """Makes projects from the packs of a library; it keeps nothing of one between two."""

    def __init__(self, library: PackLibrary) -> None:
        self.library = library

    def prepare(self) -> None:
        """Read and compile all packs now, for the processes that are forked from this one."""
        for name in self.library.names():
            # A faulty pack is told to whoever asks for it.
            with suppress(BotError):
                compile_pack(self.library.get(name)).load()

    def generate(
        self,
        pack: Pack | str,
        answers: Mapping[str, object],
        *,
        defaults: Mapping[str, object] | None = None,
        limits: ProjectLimits = CEILINGS,
        run: str | None = None,
    ) -> GeneratedProjectFiles:
        """The project's files in memory; the same arguments give the same bytes.

        Args:
            pack: It, or the name of one that ships.
            answers: As somebody typed them (text), or typed already.
            defaults: What the place suggests for questions that are not answered: see
                :func:`bot.generation.answers.resolve_answers`.
            limits: The operator's ceilings; a pack's own limits hold below them.
            run: The id of the run, for the project's memory.

        Raises:
            UserError: ``unknown_pack``, ``unknown_answer``, ``missing_answer``, ``bad_answer``,
                ``bad_path``, ``too_large``, ``too_many_files``, ``bad_pack``.
            StepFailed: ``template_error``, naming the pack's file and line.
        """
        if isinstance(pack, str):
            pack = self.library.get(pack)
        resolved = resolve_answers(pack, answers, defaults or {})
        return _made(pack, resolved, limits, run)

    def preview(
        self,
        pack_name: str,
        answers: Mapping[str, object],
        *,
        defaults: Mapping[str, object] | None = None,
        limits: ProjectLimits = CEILINGS,
    ) -> GeneratedProjectFiles:
        """As `generate`, to be shown: whatever would be made of a secret is made of a stand-in.

        Raises:
            UserError: As `generate`.
            StepFailed: As `generate`.
        """
        pack = self.library.get(pack_name)
        resolved = resolve_answers(pack, answers, defaults or {})
        return _made(pack, veiled_answers(pack, resolved), limits, None)


def _made(
    pack: Pack, resolved: Mapping[str, object], limits: ProjectLimits, run: str | None
) -> GeneratedProjectFiles:
    allowed = limits.of_pack(pack.limits, ProjectLimits())
    compiled = compile_pack(pack)
    files = list(render_pack(compiled, resolved, allowed))
    compiled.keep()
    kept = kept_answers(pack, resolved)
    memory = memory_file(
        pack=pack.name,
        version=pack.version,
        answers=kept,
        run=run,
        files=files,
        origin=pack.origin,
    )
    return GeneratedProjectFiles(
        files=FileSet.of([*files, memory], allowed),
        pack=pack.name,
        version=pack.version,
        answers=kept,
    )

"""From a pack's name and answers to a project's files."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

from bot.core.limits import CEILINGS, ProjectLimits
from bot.errors import BotError, NotSupported
from bot.generation.amending import amend
from bot.generation.answers import asked_answers, kept_answers, resolve_answers, veiled_answers
from bot.generation.compiling import compile_pack
from bot.generation.files import FileSet, GeneratedFile, GeneratedProjectFiles
from bot.generation.foreign.orders import Made, Resolved
from bot.generation.foreign.rooms import Rooms
from bot.generation.memory import memory_file
from bot.generation.pack_format import Pack
from bot.generation.packs import PackLibrary
from bot.generation.rendering import render_pack


class ProjectGenerator:
    """Makes projects from the packs of a library; it keeps nothing of one between two."""

    def __init__(self, library: PackLibrary, rooms: Rooms | None = None) -> None:
        """Args:
        rooms: Where packs that are not ours are read and rendered, if any are.
        """
        self.library = library
        self._rooms = rooms

    @property
    def rooms(self) -> Rooms:
        """Where packs that are not ours are read; ``NotSupported`` where none ever is."""
        if self._rooms is None:
            raise NotSupported("Only packs that ship are read here.", reason="no_sandbox")
        return self._rooms

    def prepare(self) -> None:
        """Read and compile all packs now, for the processes that are forked from this one."""
        for name in self.library.names():
            # A faulty pack is told to whoever asks for it.
            with suppress(BotError):
                compile_pack(self.library.get(name)).load()

    def answers(
        self,
        pack: Pack,
        given: Mapping[str, object],
        defaults: Mapping[str, object] | None = None,
    ) -> Resolved:
        """What the answers to a pack's questions come to.

        Args:
            given: As somebody typed them (text), or typed already.
            defaults: What the place suggests for questions that are not answered: see
                :func:`bot.generation.answers.resolve_answers`.

        Raises:
            AnswersRefused: with every problem at once.
            StepFailed: ``template_error``, naming the pack's file and line.
        """
        if pack.bundle is not None:
            return self.rooms.resolve(pack, given, defaults or {})
        values = resolve_answers(pack, given, defaults or {})
        return Resolved(values=asked_answers(pack, values), kept=tuple(kept_answers(pack, values)))

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
            defaults: What the place suggests for questions that are not answered.
            limits: The operator's ceilings; a pack's own limits hold below them.
            run: The id of the run, for the project's memory.

        Raises:
            UserError: ``unknown_pack``, ``unknown_answer``, ``missing_answer``, ``bad_answer``,
                ``bad_path``, ``too_large``, ``too_many_files``, ``bad_pack``.
            StepFailed: ``template_error``, naming the pack's file and line.
        """
        return self._made(pack, answers, defaults, limits, run, veiled=False)

    def amend(
        self,
        before: Sequence[GeneratedFile],
        added: Sequence[GeneratedFile],
        *,
        name: str,
        run: str | None = None,
        limits: ProjectLimits = CEILINGS,
        may_replace: Collection[str] = (),
        without: Collection[str] = (),
    ) -> FileSet:
        """A project's files with those that agents wrote over them: see `bot.generation.amending`.

        Raises:
            UserError: As :func:`bot.generation.amending.amend`.
        """
        return amend(
            before,
            added,
            name=name,
            run=run,
            limits=limits,
            may_replace=may_replace,
            without=without,
        )

    def preview(
        self,
        pack: Pack | str,
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
        return self._made(pack, answers, defaults, limits, None, veiled=True)

    def _made(
        self,
        pack: Pack | str,
        given: Mapping[str, object],
        defaults: Mapping[str, object] | None,
        limits: ProjectLimits,
        run: str | None,
        *,
        veiled: bool,
    ) -> GeneratedProjectFiles:
        if isinstance(pack, str):
            pack = self.library.get(pack)
        allowed = limits.of_pack(pack.limits, ProjectLimits())
        if pack.bundle is not None:
            made = self.rooms.make(pack, given, defaults or {}, allowed, veiled=veiled)
            return _theirs(pack, made, allowed, run)
        resolved = resolve_answers(pack, given, defaults or {})
        return _ours(pack, veiled_answers(pack, resolved) if veiled else resolved, allowed, run)


def _ours(
    pack: Pack, resolved: Mapping[str, object], allowed: ProjectLimits, run: str | None
) -> GeneratedProjectFiles:
    compiled = compile_pack(pack)
    files = list(render_pack(compiled, resolved, allowed))
    compiled.keep()
    return _remembered(pack, kept_answers(pack, resolved), files, allowed, run)


def _theirs(
    pack: Pack, made: Made, allowed: ProjectLimits, run: str | None
) -> GeneratedProjectFiles:
    files = [
        GeneratedFile(path=file.path, content=file.content, mode=file.mode, origin=pack.origin)
        for file in made.files
    ]
    kept = {name: made.resolved.values[name] for name in made.resolved.kept}
    return _remembered(pack, kept, files, allowed, run)


def _remembered(
    pack: Pack,
    kept: Mapping[str, object],
    files: list[GeneratedFile],
    allowed: ProjectLimits,
    run: str | None,
) -> GeneratedProjectFiles:
    memory = memory_file(
        pack=pack.name,
        version=pack.version,
        answers=kept,
        run=run,
        files=files,
        origin=pack.origin,
        source=pack.source,
    )
    return GeneratedProjectFiles(
        files=FileSet.of([*files, memory], allowed),
        pack=pack.name,
        version=pack.version,
        answers=kept,
        name=str(kept.get(pack.naming) or pack.name),
    )

"""How large a generated project may become, checked while it grows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from bot.errors import UserError

KIB = 1024
MIB = 1024 * KIB

_REMEDY = "Ask for less at once, or have the limit raised by the pack or the operator."


@dataclass(frozen=True, kw_only=True)
class ProjectLimits:
    """Bytes of one file, number of files, and bytes of all of them together.

    The values are what holds where a pack says nothing.
    """

    file_bytes: int = 1 * MIB
    files: int = 500
    project_bytes: int = 20 * MIB

    def of_pack(self, said: Mapping[str, int], defaults: ProjectLimits) -> ProjectLimits:
        """What holds for a pack: what it says, else the defaults, never above these ceilings."""
        wanted = {
            field.name: said.get(field.name, getattr(defaults, field.name))
            for field in fields(self)
        }
        return replace(
            self, **{name: min(value, getattr(self, name)) for name, value in wanted.items()}
        )

    def check_file(self, path: str, size_bytes: int) -> None:
        """Raises UserError ``too_large`` for one file that is larger than allowed."""
        if size_bytes > self.file_bytes:
            raise _too_large(f"{path} is larger than {shown_size(self.file_bytes)}.")

    def check_count(self, files: int) -> None:
        """Raises UserError ``too_many_files`` if there are more files than allowed."""
        if files > self.files:
            raise UserError(
                f"The project has more than {self.files} files.",
                reason="too_many_files",
                remedy=_REMEDY,
            )

    def check_total(self, size_bytes: int) -> None:
        """Raises UserError ``too_large`` if all files together are larger than allowed."""
        if size_bytes > self.project_bytes:
            raise _too_large(f"The project is larger than {shown_size(self.project_bytes)}.")


CEILINGS = ProjectLimits(file_bytes=1 * MIB, files=5_000, project_bytes=100 * MIB)
"""How far a pack may go where the operator says nothing."""


def shown_size(size_bytes: int) -> str:
    """A size for people: ``812 B``, ``1.4 KiB``, ``20 MiB``."""
    if size_bytes < KIB:
        return f"{size_bytes} B"
    unit, name = (KIB, "KiB") if size_bytes < MIB else (MIB, "MiB")
    return f"{size_bytes / unit:.1f}".removesuffix(".0") + f" {name}"


def _too_large(message: str) -> UserError:
    return UserError(
        message,
        reason="too_large",
        remedy=_REMEDY,
    )

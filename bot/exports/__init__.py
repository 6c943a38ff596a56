"""How a project leaves as one file: archives whose bytes depend on nothing but the files.

An exporter is a value in a module of its own, listed here. It is given a folder's name and the
files one by one, and gives bytes; it knows no store, clock, disk or network. ``contents`` brings
files from the store, ``downloads`` brings both together, and ``links`` signs addresses.
"""

from __future__ import annotations

from bot.core.runs import ExportType
from bot.errors import UserError
from bot.exports.spec import RepositoryExporter
from bot.exports.tar import TAR
from bot.exports.tar_gz import TAR_GZ
from bot.exports.zip import ZIP

__all__ = ["EXPORTERS", "RepositoryExporter", "exporter"]

#: The first one is what somebody gets who names none.
EXPORTERS: tuple[RepositoryExporter, ...] = (ZIP, TAR, TAR_GZ)


def exporter(type: str | ExportType) -> RepositoryExporter:
    """What makes that type of export.

    Raises:
        UserError: ``unknown_export_type`` where nothing here does.
    """
    for one in EXPORTERS:
        if one.type == type:
            return one
    raise UserError(
        f"Nothing here makes exports of the type {str(type)[:40]!a}.",
        reason="unknown_export_type",
        remedy=f"The types are {', '.join(f'`{one.type}`' for one in EXPORTERS)}.",
    )

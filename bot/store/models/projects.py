"""Projects, their files, snapshots and contents, and their exports."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.columns import Serial, Uuid, Way, Word
from bot.store.models.base import Base, Json, Sha256


class ProjectRow(Base):
    """A generated project. ``run_id`` is the run that made it.

    ``home`` is whose it is (`bot.core.homes`): who may see that, may see the project.
    ``archived_from`` is the status that an archived project had. Indices lead to the newest of each
    home, and to the newest of all (`bot.store.newest`); archived ones are told by the index alone.
    """

    __tablename__ = "projects"
    __table_args__ = (
        Index(None, "home", "serial", "status"),
        Index("ix_projects_home_status", "home", "status", "serial"),
        Index("ix_projects_home_pack", "home", "pack", "serial", "status"),
        Index("ix_projects_home_organisation_id", "home", "organisation_id", "serial", "status"),
        Index(None, "status", "serial"),
        Index(None, "pack", "serial", "status"),
        Index(None, "organisation_id", "serial", "status"),
    )

    serial: Mapped[int] = mapped_column(Serial, primary_key=True)
    id: Mapped[str] = mapped_column(Uuid, unique=True)
    organisation_id: Mapped[str | None] = mapped_column(Uuid, ForeignKey("organisations.id"))
    # No foreign key: runs point at their project, and a circle could not be created in order.
    run_id: Mapped[str | None] = mapped_column(Uuid, index=True)
    home: Mapped[str] = mapped_column(default="")
    name: Mapped[str]
    pack: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(Word)
    archived_from: Mapped[str | None] = mapped_column(Word)
    error_message: Mapped[str | None]
    total_files: Mapped[int] = mapped_column(Integer, default=0)
    total_size: Mapped[int] = mapped_column(BigInteger, default=0)
    snapshot: Mapped[int] = mapped_column(Integer, default=0)
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]


class ProjectFileRow(Base):
    """A file of a project's newest snapshot."""

    __tablename__ = "project_files"

    project_id: Mapped[str] = mapped_column(
        Uuid, ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True
    )
    path: Mapped[str] = mapped_column(Way, primary_key=True)
    id: Mapped[str] = mapped_column(Uuid, unique=True)
    name: Mapped[str]
    type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    mode: Mapped[int] = mapped_column(Integer)
    content_hash: Mapped[str] = mapped_column(Sha256)
    preview: Mapped[str]
    origin: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class SnapshotRow(Base):
    """The files of a project at one time. ``digest`` tells whether two are the same."""

    __tablename__ = "snapshots"
    __table_args__ = (UniqueConstraint("project_id", "number"),)

    serial: Mapped[int] = mapped_column(Serial, primary_key=True)
    project_id: Mapped[str] = mapped_column(Uuid, ForeignKey("projects.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    run_id: Mapped[str | None] = mapped_column(Uuid)
    digest: Mapped[str] = mapped_column(Sha256)
    created_at: Mapped[datetime]


class SnapshotFileRow(Base):
    """One path of a snapshot."""

    __tablename__ = "snapshot_files"

    snapshot: Mapped[int] = mapped_column(
        Serial, ForeignKey("snapshots.serial", ondelete="CASCADE"), primary_key=True
    )
    path: Mapped[str] = mapped_column(Way, primary_key=True)
    type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    mode: Mapped[int] = mapped_column(Integer)
    content_hash: Mapped[str] = mapped_column(Sha256, ForeignKey("blobs.hash"), index=True)
    origin: Mapped[str]


class BlobRow(Base):
    """Content by its hash. ``unreferenced_since`` marks those that may have become garbage."""

    __tablename__ = "blobs"

    hash: Mapped[str] = mapped_column(Sha256, primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    unreferenced_since: Mapped[datetime | None] = mapped_column(index=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ExportRow(Base):
    """A publication of a project by a run."""

    __tablename__ = "exports"
    __table_args__ = (UniqueConstraint("run_id", "project_id", "type", "repository_name"),)

    serial: Mapped[int] = mapped_column(Serial, primary_key=True)
    id: Mapped[str] = mapped_column(Uuid, unique=True)
    project_id: Mapped[str] = mapped_column(
        Uuid, ForeignKey("projects.id", ondelete="CASCADE"), index=True
    )
    run_id: Mapped[str | None] = mapped_column(Uuid)
    type: Mapped[str] = mapped_column(Word)
    snapshot: Mapped[int] = mapped_column(Integer)
    repository_name: Mapped[str | None]
    repository_url: Mapped[str | None]
    archive_size: Mapped[int | None] = mapped_column(BigInteger)
    archive_hash: Mapped[str | None] = mapped_column(Sha256)
    status: Mapped[str] = mapped_column(Word)
    error_message: Mapped[str | None]
    config: Mapped[Json]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]

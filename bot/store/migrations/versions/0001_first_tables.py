"""The first tables: deliveries, commands, organisations, runs, projects and exports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# Written out, not imported: this file says what the tables were like, whatever becomes of them.
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UUID = sa.String(36)
WORD = sa.String(32)
PROSE = sa.Text()
DATA = sa.JSON()
MOMENT = sa.DateTime(timezone=True)
UNREPORTED = sa.text("reported_at IS NULL AND thread_number IS NOT NULL")

TABLES = (
    "blobs",
    "commands",
    "deliveries",
    "effects",
    "organisations",
    "sign_ins",
    "delivery_bodies",
    "installations",
    "projects",
    "exports",
    "project_files",
    "runs",
    "snapshots",
    "events",
    "snapshot_files",
    "steps",
)


def upgrade() -> None:
    """Make the tables, those that others refer to first."""
    op.create_table(
        "blobs",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("unreferenced_since", MOMENT),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_blobs")),
    )
    op.create_index(op.f("ix_blobs_unreferenced_since"), "blobs", ["unreferenced_since"])
    op.create_table(
        "commands",
        sa.Column("id", UUID, nullable=False),
        sa.Column("key", PROSE, nullable=False),
        sa.Column("delivery_id", UUID),
        sa.Column("actor_forge", WORD, nullable=False),
        sa.Column("actor_id", PROSE, nullable=False),
        sa.Column("actor", DATA, nullable=False),
        sa.Column("owner_forge", WORD),
        sa.Column("owner_id", PROSE),
        sa.Column("thread", DATA),
        sa.Column("comment_id", PROSE),
        sa.Column("source", PROSE, nullable=False),
        sa.Column("outcome", PROSE),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commands")),
        sa.UniqueConstraint("key", name=op.f("uq_commands_key")),
    )
    op.create_index("ix_commands_actor", "commands", ["actor_forge", "actor_id", "settled_at"])
    op.create_index("ix_commands_owner", "commands", ["owner_forge", "owner_id"])
    op.create_table(
        "deliveries",
        sa.Column("serial", SERIAL, nullable=False),
        sa.Column("id", UUID, nullable=False),
        sa.Column("forge", WORD, nullable=False),
        sa.Column("delivery_id", PROSE, nullable=False),
        sa.Column("kind", PROSE, nullable=False),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("note", PROSE, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("waiting_since", MOMENT, nullable=False),
        sa.Column("retry_at", MOMENT),
        sa.Column("lease_until", MOMENT),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_deliveries")),
        sa.UniqueConstraint(
            "forge", "delivery_id", "body_sha256", name=op.f("uq_deliveries_forge")
        ),
        sa.UniqueConstraint("id", name=op.f("uq_deliveries_id")),
    )
    op.create_index(op.f("ix_deliveries_status"), "deliveries", ["status", "waiting_since"])
    op.create_table(
        "effects",
        sa.Column("serial", SERIAL, nullable=False),
        sa.Column("id", UUID, nullable=False),
        sa.Column("owner", PROSE, nullable=False),
        sa.Column("key", PROSE, nullable=False),
        sa.Column("kind", PROSE, nullable=False),
        sa.Column("number", sa.Integer()),
        sa.Column("status", WORD, nullable=False),
        sa.Column("external_id", PROSE),
        sa.Column("result", DATA, nullable=False),
        sa.Column("intended_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_effects")),
        sa.UniqueConstraint("id", name=op.f("uq_effects_id")),
        sa.UniqueConstraint("owner", "key", name=op.f("uq_effects_owner")),
    )
    op.create_table(
        "organisations",
        sa.Column("id", UUID, nullable=False),
        sa.Column("forge", WORD, nullable=False),
        sa.Column("account_id", PROSE, nullable=False),
        sa.Column("login", PROSE, nullable=False),
        sa.Column("is_person", sa.Boolean(), nullable=False),
        sa.Column("installation", PROSE, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("forge", "account_id", name=op.f("uq_organisations_forge")),
    )
    op.create_table(
        "sign_ins",
        sa.Column("code_sha256", sa.String(64), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("code_sha256", name=op.f("pk_sign_ins")),
    )
    op.create_index(op.f("ix_sign_ins_expires_at"), "sign_ins", ["expires_at"])
    op.create_table(
        "delivery_bodies",
        sa.Column("delivery_id", UUID, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name=op.f("fk_delivery_bodies_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_delivery_bodies")),
    )
    op.create_index(op.f("ix_delivery_bodies_received_at"), "delivery_bodies", ["received_at"])
    op.create_table(
        "installations",
        sa.Column("organisation_id", UUID, nullable=False),
        sa.Column("installation", PROSE, nullable=False),
        sa.Column("forge", WORD, nullable=False),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column("removed_at", MOMENT),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_installations_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "installation", name=op.f("pk_installations")),
    )
    op.create_index(op.f("ix_installations_forge"), "installations", ["forge", "installation"])
    op.create_index(op.f("ix_installations_removed_at"), "installations", ["removed_at"])
    op.create_table(
        "projects",
        sa.Column("serial", SERIAL, nullable=False),
        sa.Column("id", UUID, nullable=False),
        sa.Column("organisation_id", UUID),
        sa.Column("run_id", UUID),
        sa.Column("name", PROSE, nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("error_message", PROSE),
        sa.Column("total_files", sa.Integer(), nullable=False),
        sa.Column("total_size", sa.BigInteger(), nullable=False),
        sa.Column("snapshot", sa.Integer(), nullable=False),
        sa.Column("created_by", PROSE, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("completed_at", MOMENT),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_projects_organisation_id")
        ),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_projects")),
        sa.UniqueConstraint("id", name=op.f("uq_projects_id")),
    )
    op.create_index(op.f("ix_projects_organisation_id"), "projects", ["organisation_id"])
    op.create_index(op.f("ix_projects_run_id"), "projects", ["run_id"])
    op.create_table(
        "exports",
        sa.Column("serial", SERIAL, nullable=False),
        sa.Column("id", UUID, nullable=False),
        sa.Column("project_id", UUID, nullable=False),
        sa.Column("run_id", UUID),
        sa.Column("type", WORD, nullable=False),
        sa.Column("snapshot", sa.Integer(), nullable=False),
        sa.Column("repository_name", PROSE),
        sa.Column("repository_url", PROSE),
        sa.Column("archive_size", sa.BigInteger()),
        sa.Column("archive_hash", sa.String(64)),
        sa.Column("status", WORD, nullable=False),
        sa.Column("error_message", PROSE),
        sa.Column("config", DATA, nullable=False),
        sa.Column("created_by", PROSE, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("completed_at", MOMENT),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_exports_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_exports")),
        sa.UniqueConstraint("id", name=op.f("uq_exports_id")),
        sa.UniqueConstraint(
            "run_id", "project_id", "type", "repository_name", name=op.f("uq_exports_run_id")
        ),
    )
    op.create_index(op.f("ix_exports_project_id"), "exports", ["project_id"])
    op.create_table(
        "project_files",
        sa.Column("project_id", UUID, nullable=False),
        sa.Column("path", PROSE, nullable=False),
        sa.Column("id", UUID, nullable=False),
        sa.Column("name", PROSE, nullable=False),
        sa.Column("type", PROSE, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("mode", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("preview", PROSE, nullable=False),
        sa.Column("origin", PROSE, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["projects.id"],
            name=op.f("fk_project_files_project_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "path", name=op.f("pk_project_files")),
        sa.UniqueConstraint("id", name=op.f("uq_project_files_id")),
    )
    op.create_table(
        "runs",
        sa.Column("serial", SERIAL, nullable=False),
        sa.Column("id", UUID, nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("lease_number", sa.Integer(), nullable=False),
        sa.Column("worker", PROSE),
        sa.Column("forge", WORD),
        sa.Column("repository_id", PROSE),
        sa.Column("thread_number", sa.BigInteger()),
        sa.Column("installation", PROSE),
        sa.Column("workflow", DATA, nullable=False),
        sa.Column("inputs", DATA, nullable=False),
        sa.Column("requester", DATA, nullable=False),
        sa.Column("thread", DATA),
        sa.Column("comment_id", PROSE),
        sa.Column("command_id", UUID),
        sa.Column("organisation_id", UUID),
        sa.Column("project_id", UUID),
        sa.Column("failure", DATA),
        sa.Column("cancel_requested_by", PROSE),
        sa.Column("waiting_for", PROSE),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT),
        sa.Column("finished_at", MOMENT),
        sa.Column("reported_at", MOMENT),
        sa.ForeignKeyConstraint(["command_id"], ["commands.id"], name=op.f("fk_runs_command_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_runs_organisation_id")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_runs_project_id")),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_runs")),
        sa.UniqueConstraint("command_id", name=op.f("uq_runs_command_id")),
        sa.UniqueConstraint("id", name=op.f("uq_runs_id")),
    )
    op.create_index(op.f("ix_runs_organisation_id"), "runs", ["organisation_id"])
    op.create_index(op.f("ix_runs_project_id"), "runs", ["project_id"])
    op.create_index(op.f("ix_runs_status"), "runs", ["status", "due_at"])
    op.create_index("ix_runs_thread", "runs", ["forge", "repository_id", "thread_number", "serial"])
    op.create_index(
        "ix_runs_unreported",
        "runs",
        ["finished_at"],
        sqlite_where=UNREPORTED,
        postgresql_where=UNREPORTED,
    )
    op.create_table(
        "snapshots",
        sa.Column("serial", SERIAL, nullable=False),
        sa.Column("project_id", UUID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("run_id", UUID),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["projects.id"],
            name=op.f("fk_snapshots_project_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_snapshots")),
        sa.UniqueConstraint("project_id", "number", name=op.f("uq_snapshots_project_id")),
    )
    op.create_table(
        "events",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("run_id", UUID),
        sa.Column("subject", PROSE, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("data", DATA, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_events_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_events_run_id"), "events", ["run_id", "id"])
    op.create_table(
        "snapshot_files",
        sa.Column("snapshot", SERIAL, nullable=False),
        sa.Column("path", PROSE, nullable=False),
        sa.Column("type", PROSE, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("mode", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("origin", PROSE, nullable=False),
        sa.ForeignKeyConstraint(
            ["content_hash"], ["blobs.hash"], name=op.f("fk_snapshot_files_content_hash")
        ),
        sa.ForeignKeyConstraint(
            ["snapshot"],
            ["snapshots.serial"],
            name=op.f("fk_snapshot_files_snapshot"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("snapshot", "path", name=op.f("pk_snapshot_files")),
    )
    op.create_index(op.f("ix_snapshot_files_content_hash"), "snapshot_files", ["content_hash"])
    op.create_table(
        "steps",
        sa.Column("run_id", UUID, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step_id", PROSE, nullable=False),
        sa.Column("uses", PROSE, nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("outputs", DATA),
        sa.Column("failure", DATA),
        sa.Column("started_at", MOMENT),
        sa.Column("finished_at", MOMENT),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_steps_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_steps")),
        sa.UniqueConstraint("run_id", "step_id", name=op.f("uq_steps_run_id")),
    )


def downgrade() -> None:
    """Drop the tables with all that is in them."""
    for table in reversed(TABLES):
        op.drop_table(table)

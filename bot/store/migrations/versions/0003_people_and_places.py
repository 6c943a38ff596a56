"""What the API stands on: whose runs and projects are, people, tokens and outgoing webhooks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UUID = sa.String(36)
WORD = sa.String(32)
PROSE = sa.Text()
DATA = sa.JSON()
MOMENT = sa.DateTime(timezone=True)

#: Where a run was asked for, and whose it is: that repository's, else its requester's.
FILL_RUNS = {
    "sqlite": """
        UPDATE runs SET
            repository = json_extract(thread, '$.repository'),
            workflow_name = COALESCE(json_extract(workflow, '$.name'), ''),
            home = CASE WHEN repository_id IS NULL
                THEN 'account:' || json_extract(requester, '$.forge')
                    || ':' || json_extract(requester, '$.account_id')
                ELSE 'repository:' || forge || ':' || repository_id END""",
    "postgresql": """
        UPDATE runs SET
            repository = thread->'repository',
            workflow_name = COALESCE(workflow->>'name', ''),
            home = CASE WHEN repository_id IS NULL
                THEN 'account:' || (requester->>'forge') || ':' || (requester->>'account_id')
                ELSE 'repository:' || forge || ':' || repository_id END""",
}
PACK_OF_RUN = {
    "sqlite": "json_extract(runs.inputs, '$.pack')",
    "postgresql": "runs.inputs->>'pack'",
}
FILL_PROJECTS = """
    UPDATE projects SET
        home = COALESCE((SELECT runs.home FROM runs WHERE runs.id = projects.run_id), ''),
        pack = COALESCE((SELECT {pack} FROM runs WHERE runs.id = projects.run_id), '')"""
FILL_PLACES = """
    INSERT INTO places (home, forge, repository, organisation_id, used_at)
    SELECT home, forge, repository, organisation_id, created_at FROM runs WHERE serial IN (
        SELECT MAX(serial) FROM runs WHERE repository IS NOT NULL GROUP BY home
    )"""

#: What deliveries are listed by: what is rare is found as soon as what is not.
LISTED_BY = {
    "ix_deliveries_forge": "forge",
    "ix_deliveries_kind": "kind",
    "ix_deliveries_listed": "status",
}
#: What projects and runs are listed by.
LISTS = (
    ("ix_projects_home", "projects", ["home", "serial", "status"]),
    ("ix_projects_home_status", "projects", ["home", "status", "serial"]),
    ("ix_projects_home_pack", "projects", ["home", "pack", "serial", "status"]),
    (
        "ix_projects_home_organisation_id",
        "projects",
        ["home", "organisation_id", "serial", "status"],
    ),
    ("ix_projects_status", "projects", ["status", "serial"]),
    ("ix_projects_pack", "projects", ["pack", "serial", "status"]),
    ("ix_runs_home", "runs", ["home", "serial"]),
    ("ix_runs_home_status", "runs", ["home", "status", "serial"]),
    ("ix_runs_home_organisation_id", "runs", ["home", "organisation_id", "serial"]),
)
#: There before, of the first column alone.
LISTS_ANEW = (
    ("ix_projects_organisation_id", "projects", ["organisation_id", "serial", "status"]),
    ("ix_runs_organisation_id", "runs", ["organisation_id", "serial"]),
    ("ix_runs_project_id", "runs", ["project_id", "serial"]),
)


def upgrade() -> None:
    """Add to runs, projects and commands, make the new tables, and fill what is known."""
    _add_columns()
    _make_people()
    _make_hooks()
    _make_places()
    dialect = op.get_bind().dialect.name
    op.execute(FILL_RUNS[dialect])
    op.execute(FILL_PROJECTS.format(pack=PACK_OF_RUN[dialect]))
    op.execute(FILL_PLACES)
    if dialect == "postgresql":
        _sort_paths_by("C")


def downgrade() -> None:
    """Drop what was added."""
    if op.get_bind().dialect.name == "postgresql":
        _sort_paths_by("default")
    for table in ("places", "hook_deliveries", "hooks", "tokens", "accounts", "persons"):
        op.drop_table(table)
    for name, table, _ in (*LISTS, *LISTS_ANEW):
        op.drop_index(name, table)
    for name, table, columns in LISTS_ANEW:
        op.create_index(name, table, columns[:1])
    for name in LISTED_BY:
        op.drop_index(name, "deliveries")
    for table, column in (
        ("projects", "home"),
        ("projects", "pack"),
        ("projects", "archived_from"),
        ("runs", "home"),
        ("runs", "repository"),
        ("runs", "workflow_name"),
        ("commands", "request_sha256"),
    ):
        op.drop_column(table, column)


def _add_columns() -> None:
    for table, column in (
        ("projects", sa.Column("home", PROSE, nullable=False, server_default="")),
        ("projects", sa.Column("pack", PROSE, nullable=False, server_default="")),
        ("projects", sa.Column("archived_from", WORD)),
        ("runs", sa.Column("home", PROSE, nullable=False, server_default="")),
        ("runs", sa.Column("repository", DATA)),
        ("runs", sa.Column("workflow_name", PROSE, nullable=False, server_default="")),
        ("commands", sa.Column("request_sha256", sa.String(64))),
    ):
        op.add_column(table, column)
    for name, table, _ in LISTS_ANEW:
        op.drop_index(name, table)
    for name, table, columns in (*LISTS, *LISTS_ANEW):
        op.create_index(name, table, columns)
    for name, key in LISTED_BY.items():
        op.create_index(name, "deliveries", [key, "serial"])


def _make_people() -> None:
    op.create_table(
        "persons",
        sa.Column("id", UUID, nullable=False),
        sa.Column("session_round", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
    )
    op.create_table(
        "accounts",
        sa.Column("forge", WORD, nullable=False),
        sa.Column("account_id", PROSE, nullable=False),
        sa.Column("person_id", UUID, nullable=False),
        sa.Column("login", PROSE, nullable=False),
        sa.Column("linked_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_accounts_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("forge", "account_id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("person_id", "forge", name=op.f("uq_accounts_person_id")),
    )
    op.create_table(
        "tokens",
        sa.Column("serial", SERIAL, nullable=False),
        sa.Column("id", UUID, nullable=False),
        sa.Column("person_id", UUID),
        sa.Column("name", PROSE, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("beginning", PROSE, nullable=False),
        sa.Column("scopes", PROSE, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_tokens_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_tokens")),
        sa.UniqueConstraint("id", name=op.f("uq_tokens_id")),
        sa.UniqueConstraint("sha256", name=op.f("uq_tokens_sha256")),
    )
    op.create_index(op.f("ix_tokens_person_id"), "tokens", ["person_id"])
    op.create_index(op.f("ix_tokens_expires_at"), "tokens", ["expires_at"])


def _make_hooks() -> None:
    op.create_table(
        "hooks",
        sa.Column("serial", SERIAL, nullable=False),
        sa.Column("id", UUID, nullable=False),
        sa.Column("organisation_id", UUID),
        sa.Column("home", PROSE),
        sa.Column("url", PROSE, nullable=False),
        sa.Column("sealed_secret", PROSE, nullable=False),
        sa.Column("old_sealed_secret", PROSE),
        sa.Column("old_secret_until", MOMENT),
        sa.Column("kinds", PROSE, nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("off_reason", PROSE, nullable=False),
        sa.Column("failing_since", MOMENT),
        sa.Column("busy_until", MOMENT),
        sa.Column("rests_until", MOMENT),
        sa.Column("created_by", PROSE, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_hooks_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_hooks")),
        sa.UniqueConstraint("id", name=op.f("uq_hooks_id")),
    )
    op.create_index(op.f("ix_hooks_organisation_id"), "hooks", ["organisation_id"])
    op.create_index(op.f("ix_hooks_home"), "hooks", ["home"])
    op.create_table(
        "hook_deliveries",
        sa.Column("serial", SERIAL, nullable=False),
        sa.Column("id", UUID, nullable=False),
        sa.Column("hook_id", UUID, nullable=False),
        sa.Column("event_id", sa.BigInteger()),
        sa.Column("project_id", UUID),
        sa.Column("kind", PROSE, nullable=False),
        sa.Column("body", DATA, nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("answered", sa.Integer()),
        sa.Column("note", PROSE, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.ForeignKeyConstraint(
            ["hook_id"], ["hooks.id"], name=op.f("fk_hook_deliveries_hook_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_hook_deliveries")),
        sa.UniqueConstraint("id", name=op.f("uq_hook_deliveries_id")),
    )
    op.create_index("ix_hook_deliveries_hook", "hook_deliveries", ["hook_id", "serial"])
    op.create_index("ix_hook_deliveries_next", "hook_deliveries", ["hook_id", "due_at"])
    op.create_index("ix_hook_deliveries_due", "hook_deliveries", ["due_at", "hook_id"])
    for column in ("project_id", "finished_at"):
        op.create_index(op.f(f"ix_hook_deliveries_{column}"), "hook_deliveries", [column])


def _make_places() -> None:
    op.create_table(
        "places",
        sa.Column("home", PROSE, nullable=False),
        sa.Column("forge", WORD, nullable=False),
        sa.Column("repository", DATA, nullable=False),
        sa.Column("organisation_id", UUID),
        sa.Column("used_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_places_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("home", name=op.f("pk_places")),
    )
    op.create_index(op.f("ix_places_forge"), "places", ["forge", "used_at"])
    op.create_index(op.f("ix_places_organisation_id"), "places", ["organisation_id"])


def _sort_paths_by(collation: str) -> None:
    for table in ("project_files", "snapshot_files"):
        op.execute(f'ALTER TABLE {table} ALTER COLUMN path TYPE TEXT COLLATE "{collation}"')

"""Who there is on the local forge and who may do what.

One person, ``you``, owns every namespace and may do everything. Others exist only where a
test adds them, so that refusals can be tried on a real forge.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

from bot.core.identity import Actor, Permission, Repository, Standing
from bot.core.names import is_owner_name
from bot.forges.local.place import FORGE, Place, actor_of, row_id
from bot.forges.port import Owner

_YOU_ID = 1
_BOT_ID = 2

#: The one person who is always there.
YOU = actor_of(_YOU_ID, "you", "person")


class Accounts:
    """The port's `Rights`, and the making of accounts."""

    def __init__(self, place: Place, bot_name: str) -> None:
        self._place = place
        self._me = actor_of(_BOT_ID, f"{bot_name}[bot]", "bot")
        with place.database.writing() as connection:
            for actor, kind in ((YOU, "person"), (self._me, "bot")):
                # The bot may have been given another name since.
                connection.execute(
                    "INSERT INTO accounts (id, login, kind) VALUES (?, ?, ?) "
                    "ON CONFLICT (id) DO UPDATE SET login = excluded.login "
                    "WHERE login <> excluded.login",
                    (row_id(actor.account_id), actor.login, kind),
                )

    def me(self) -> Actor:
        return self._me

    def person(self, login: str) -> Actor | None:
        with self._place.database.reading() as connection:
            row = find_account(connection, login)
        if row is None or row["kind"] == "organisation":
            return None
        return actor_of(row["id"], row["login"], row["kind"])

    def permission(self, repository: Repository, actor: Actor) -> Permission:
        if actor.forge != FORGE or repository.forge != FORGE:
            return Permission.NONE
        with self._place.database.reading() as connection:
            found = _repository(connection, repository)
            person = _person(connection, actor)
            if found is None or person is None:
                return Permission.NONE
            standing = _standing(connection, found["owner_id"], person["id"])
            grant = connection.execute(
                "SELECT permission FROM grants WHERE full_name = ? AND person_id = ?",
                (f"{found['owner']}/{found['name']}", person["id"]),
            ).fetchone()
        if standing is Standing.OWNER:
            return Permission.ADMIN
        if grant is not None:
            return Permission(grant["permission"])
        return Permission.NONE if found["private"] else Permission.READ

    def owner(self, login: str, actor: Actor) -> Owner | None:
        if not is_owner_name(login):
            return None
        with self._place.database.reading() as connection:
            account = find_account(connection, login)
            person = _person(connection, actor)
            account_id = 0 if account is None else account["id"]
            standing = (
                Standing.NONE if person is None else _standing(connection, account_id, person["id"])
            )
        # Every name is a namespace, which gets its row with its first repository: asking alone
        # changes nothing.
        return Owner(
            login=login if account is None else account["login"],
            account_id="" if account is None else str(account_id),
            is_person=account is not None and account["kind"] == "person",
            standing=standing,
        )

    def add_person(
        self,
        login: str,
        permissions: Mapping[str, Permission],
        owner_of: Iterable[str],
        member_of: Iterable[str],
    ) -> Actor:
        with self._place.database.writing() as connection:
            connection.execute(
                "INSERT INTO accounts (login, kind) VALUES (?, 'person') ON CONFLICT DO NOTHING",
                (login,),
            )
            person = need_account(connection, login)
            for full_name, permission in permissions.items():
                connection.execute(
                    "INSERT OR REPLACE INTO grants VALUES (?, ?, ?)",
                    (full_name, person["id"], permission.value),
                )
            standings = [(name, Standing.MEMBER) for name in member_of]
            standings += [(name, Standing.OWNER) for name in owner_of]
            for name, standing in standings:
                connection.execute(
                    "INSERT OR REPLACE INTO standings VALUES (?, ?, ?)",
                    (need_account(connection, name)["id"], person["id"], standing.value),
                )
        return actor_of(person["id"], person["login"], person["kind"])


def find_account(connection: sqlite3.Connection, login: str) -> sqlite3.Row | None:
    """The account of that name, if it has a row yet."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM accounts WHERE login = ?", (login,)
    ).fetchone()
    return row


def need_account(connection: sqlite3.Connection, login: str) -> sqlite3.Row:
    """The account of that name, made an organisation where there is none."""
    connection.execute(
        "INSERT INTO accounts (login, kind) VALUES (?, 'organisation') ON CONFLICT DO NOTHING",
        (login,),
    )
    row: sqlite3.Row = connection.execute(
        "SELECT * FROM accounts WHERE login = ?", (login,)
    ).fetchone()
    return row


def _person(connection: sqlite3.Connection, actor: Actor) -> sqlite3.Row | None:
    """The person's row, by id; the same name on another forge proves nothing."""
    if actor.forge != FORGE:
        return None
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM accounts WHERE id = ? AND kind = 'person'", (row_id(actor.account_id),)
    ).fetchone()
    return row


def _repository(connection: sqlite3.Connection, repository: Repository) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "SELECT repositories.*, accounts.login AS owner FROM repositories "
        "JOIN accounts ON accounts.id = owner_id WHERE repositories.id = ? AND gone = 0",
        (row_id(repository.id),),
    ).fetchone()
    return row


def _standing(connection: sqlite3.Connection, namespace_id: int, person_id: int) -> Standing:
    if person_id in (_YOU_ID, namespace_id):
        return Standing.OWNER
    row = connection.execute(
        "SELECT standing FROM standings WHERE namespace_id = ? AND person_id = ?",
        (namespace_id, person_id),
    ).fetchone()
    return Standing.NONE if row is None else Standing(row["standing"])

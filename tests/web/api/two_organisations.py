"""Two organisations that know nothing of each other, people of each, and the API over both.

Acme has its shop, globex its vault, both private. Everything was asked for by comments and made
by the workers. ``Caller`` is somebody with a token, as programs are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.core.access_scopes import PERSONAL, PERSONS_SESSION, Scopes
from bot.core.identity import Actor, Permission, Repository
from bot.core.runs import Run
from bot.store.port import Token
from bot.tokens import Issued, issue
from bot.web import create_app
from tests.spine import Bot

OPERATOR = "operator"  # The administrator's token of `tests.spine`.
HOST = "localhost"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Somebody who calls the API. ``authorization`` is None for nobody in particular."""

    app: Flask
    authorization: str | None

    def ask(
        self,
        method: str,
        address: str,
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> TestResponse:
        """One call; the address is what stands behind ``/api/v1``."""
        given = {"Host": HOST, **(headers or {})}
        if self.authorization is not None:
            given["Authorization"] = self.authorization
        client: FlaskClient = self.app.test_client(use_cookies=False)
        return client.open(f"/api/v1{address}", method=method, headers=given, **more)

    def get(self, address: str, **more: Any) -> TestResponse:
        """A GET."""
        return self.ask("GET", address, **more)

    def post(self, address: str, json: object = None, **more: Any) -> TestResponse:
        """A POST of JSON."""
        return self.ask("POST", address, json=json if json is not None else {}, **more)


class TwoOrganisations:
    """Acme and globex, on one forge and one server."""

    def __init__(self, folder: Path, database: Path) -> None:
        self.bot = Bot(folder, database)
        people = self.bot.forge.people
        people.add_account("globex", installation="88")
        self.vault = people.add_repository("globex/vault")
        people.add_person("fay", {"globex/vault": Permission.ADMIN}, owner_of=["globex"])
        people.add_person("rob", {"acme/shop": Permission.WRITE})
        self.app = create_app(self.bot.services)
        self._count = 0
        self._tokens: dict[tuple[str, Scopes], str] = {}

    def close(self) -> None:
        """Let go of the database."""
        self.bot.store.database.close()

    def restart(self) -> None:
        """A web process that has asked nobody anything yet."""
        self.app = create_app(self.bot.services)

    def caller(self, login: str, scopes: Scopes = PERSONAL) -> Caller:
        """Somebody by login, with a token."""
        return self.caller_of(self.bot.person(login), scopes)

    def caller_of(self, actor: Actor, scopes: Scopes = PERSONAL) -> Caller:
        """The same for an account that is no longer called so, or is on another forge."""
        key = (actor.account_id, scopes)
        if key not in self._tokens:
            self._tokens[key] = str(self._issued(actor, scopes).text)
        return self.with_token(self._tokens[key])

    def revoked(self, login: str) -> Caller:
        """The same with a token that somebody took back."""
        made = self._issued(self.bot.person(login), PERSONAL)
        self.bot.store.tokens.revoke(made.token.id, made.token.person_id)
        return self.with_token(str(made.text))

    def token_of(self, login: str) -> Token:
        """A token of somebody, of which they have told nobody."""
        return self._issued(self.bot.person(login), PERSONAL).token

    def with_token(self, token: str | None) -> Caller:
        """Whoever shows this token."""
        return Caller(app=self.app, authorization=token if token is None else f"Bearer {token}")

    def _issued(self, actor: Actor, scopes: Scopes) -> Issued:
        services = self.bot.services
        person = services.store.persons.signed_in(actor)
        return issue(services, person_id=person.id, name="t", scopes=scopes, by=PERSONS_SESSION)

    @property
    def operator(self) -> Caller:
        """Whoever operates the server."""
        return self.with_token(OPERATOR)

    def made(self, author: str, where: Repository | None = None, *, verb: str = "generate") -> Run:
        """A run that was asked for in a thread of its own, after the workers did what they
        could; in the shop where nothing else is said."""
        self._count += 1
        # Whoever writes that much at once is taken for a bot.
        self.bot.clock.now += timedelta(minutes=1)
        repository = where or self.bot.shop
        name = f"{repository.name}{self._count}"
        thread = self.bot.open("New", author=author, where=repository)
        self.bot.post(f"/{verb} library name={name} path={name}", author=author, thread=thread)
        self.bot.drain()
        return self.bot.run

    def planned(self, author: str, where: Repository | None = None) -> Run:
        """A run that waits for somebody to approve its plan."""
        return self.made(author, where, verb="plan")

    def cancelled(self, author: str, where: Repository | None = None) -> Run:
        """A run that somebody stopped."""
        run = self.planned(author, where)
        self.bot.store.runs.request_cancel(run.id, author)
        self.bot.queue.run(run.id)
        self.bot.drain()
        return self.bot.run

    def exported(self, project_id: str) -> str:
        """An archive of a project, made."""
        made = self.operator.post(f"/projects/{project_id}/exports", {"type": "zip"})
        assert made.status_code == 202, made.json
        self.bot.drain()
        return str(made.json["id"])

    def permit(self, login: str, permission: Permission, where: Repository | None = None) -> None:
        """Have somebody have that right from now on."""
        full_name = (where or self.bot.shop).full_name
        self.bot.forge.people.add_person(login, {full_name: permission})

"""The API over a whole program: people of its forge ask with tokens of their own.

Whatever is answered is checked against what the operation says of itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from werkzeug.test import TestResponse

from bot.core.access_scopes import PERSONAL, PERSONS_SESSION, Scopes
from bot.tokens import issue
from bot.web import create_app
from bot.web.api.groups import OPERATIONS
from bot.web.api.operation import Operation
from bot.web.api.problem import MEDIA_TYPE, Problem
from tests.spine import Bot


class Server:
    """The web server of a `Bot`, as programs see it."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self._tokens: dict[tuple[str, Scopes], str] = {}
        self.app = create_app(bot.services)

    def settle(self) -> None:
        """Have the bot be installed, as its forge told it."""
        for login, is_person, installation in (("acme", False, "77"), ("pia", True, "78")):
            account = self.bot.forge.owner(login, self.bot.person("olga"))
            assert account is not None
            self.bot.store.organisations.seen(
                "github",
                account.account_id,
                login,
                is_person=is_person,
                installation=installation,
            )

    def get(self, address: str, *, by: str | None = "ann", **query: Any) -> TestResponse:
        """What somebody reads; the operator where None."""
        return self.call("GET", address, by=by, query_string=query)

    def post(
        self,
        address: str,
        body: object = None,
        *,
        by: str | None = "ann",
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """What somebody sends."""
        return self.call("POST", address, by=by, json=body, headers=headers)

    def call(
        self,
        method: str,
        address: str,
        *,
        by: str | None = "ann",
        scopes: Scopes = PERSONAL,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> TestResponse:
        given = {"Authorization": f"Bearer {self.token(by, scopes)}", **(headers or {})}
        client = self.app.test_client()
        response = client.open(f"/api/v1{address}", method=method, headers=given, **more)
        self._check(method, address, response)
        return response

    def token(self, login: str | None, scopes: Scopes = PERSONAL) -> str:
        """A token of somebody; the operator's where None."""
        if login is None:
            return self.bot.services.keys.admin_token
        key = (login, scopes)
        if key not in self._tokens:
            person = self.bot.store.persons.signed_in(self.bot.person(login))
            made = issue(
                self.bot.services,
                person_id=person.id,
                name="tests",
                scopes=scopes,
                by=PERSONS_SESSION,
            )
            self._tokens[key] = made.text
        return self._tokens[key]

    def _check(self, method: str, address: str, response: TestResponse) -> None:
        """Whether an answer is what its operation says it gives."""
        if method == "HEAD":
            return
        if response.status_code >= 400:
            assert response.mimetype == MEDIA_TYPE, response.data
            Problem.model_validate(response.json)
            return
        operation = self._operation(method, address)
        model = operation.gives.get(response.status_code)
        if isinstance(model, str):
            assert response.mimetype in (model, *operation.also_gives)
        elif model is not None:
            assert isinstance(model, type)
            assert issubclass(model, BaseModel)
            is_open = model.model_config.get("extra") == "allow"
            model.model_validate(response.get_json(), extra=None if is_open else "forbid")

    def _operation(self, method: str, address: str) -> Operation:
        adapter = self.app.url_map.bind("localhost")
        path = address.partition("?")[0]
        endpoint, _ = adapter.match(f"/api/v1{path}", method=method)
        name = str(endpoint).removeprefix("api.")
        return next(each for each in OPERATIONS if each.name == name)

"""Our own account on GitHub: the bot that belongs to the App."""

from __future__ import annotations

import json

from bot.core.identity import Actor, actor_from_dict, actor_to_dict
from bot.forges.github.answers import FORGE, read_actor, read_object
from bot.forges.github.client import Client
from bot.forges.github.failures import NotFound, unreadable
from bot.forges.github.routes import route

_KEPT_S = 3600.0
_KEY = "me"


class Identity:
    """Who we are as an author of comments and changes."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def me(self) -> Actor:
        """Our account; asked once an hour, since an App's name can change."""
        kept = self._client.cache.get(_KEY)
        if kept is not None:
            return actor_from_dict(json.loads(kept))
        found = self._look()
        self._client.cache.put(_KEY, json.dumps(actor_to_dict(found)), _KEPT_S)
        return found

    def recognise(self, author: Actor) -> Actor:
        """The author, or our own account where it is ours by login and no id is known.

        A login in brackets cannot be taken by anybody: GitHub keeps it for Apps.
        """
        if not author.is_bot:
            return author
        me = self.me()
        return me if author.login == me.login and me.account_id.startswith("app:") else author

    def _look(self) -> Actor:
        where = route("/app")
        app = read_object(self._client.as_app(where))
        slug, number = app.get("slug"), app.get("id")
        if not slug or not number:
            raise unreadable(f"GET {where.template}")
        login = f"{slug}[bot]"
        try:
            user = read_actor(self._client.public(route("/users/{login}", login=login)))
        except NotFound:
            # Some servers do not show bots as users; then the login has to do.
            return Actor(forge=FORGE, account_id=f"app:{number}", login=login, is_bot=True)
        return Actor(forge=FORGE, account_id=user.account_id, login=login, is_bot=True)

"""Making tokens, and knowing who shows one."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from bot.core import token_text
from bot.core.access_scopes import (
    OPERATORS_SESSION,
    Grant,
    Scopes,
    check_scopes,
    checked_name,
    ends_at,
)
from bot.core.signatures import same_secret
from bot.services import Services
from bot.setting_keys import Secret
from bot.store.port import NewToken, Token


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A token as it is given out. This is the only time that its text is known."""

    token: Token
    text: Secret


@dataclass(frozen=True, kw_only=True)
class Bearer:
    """Who shows a token, and what it is good for. ``person_id`` is None for the operator.

    ``token_id`` is None where it is FIRSTCOMMIT_ADMIN_TOKEN itself, which is no row.
    """

    person_id: str | None
    grant: Grant
    token_id: str | None = None

    @property
    def is_operator(self) -> bool:
        """Whether it acts for whoever runs the server, and not for a person."""
        return self.person_id is None


def issue(
    services: Services,
    *,
    person_id: str | None,
    name: str,
    scopes: Scopes,
    by: Grant,
    days: int | None = None,
) -> Issued:
    """Make a token for a person, or where None for the operator.

    Args:
        by: What whoever asks for it may do; a token does not exceed its maker.
        days: How long it lasts; None for as long as is usual.

    Raises:
        UserError: ``bad_name``, ``bad_expiry``, ``expiry_exceeds``, ``scope_missing``,
            ``scope_exceeds``, ``too_many_tokens``, ``unknown_person``.
    """
    check_scopes(scopes, by=by, is_operators=person_id is None)
    text = token_text.written(secrets.token_bytes(token_text.RANDOM_BYTES))
    new = NewToken(
        person_id=person_id,
        name=checked_name(name),
        sha256=token_text.sha256_of(text),
        beginning=token_text.beginning_of(text),
        scopes=scopes,
        expires_at=ends_at(services.clock(), days, by=by),
    )
    return Issued(token=services.store.tokens.add(new), text=Secret(text))


def bearer_of(services: Services, text: str) -> Bearer | None:
    """Whoever shows this token; None where it is none, was revoked, or its time is over.

    What does not look like a token costs no query, so that guesses are cheap to refuse.
    """
    if same_secret(text, services.keys.admin_token):
        return Bearer(person_id=None, grant=OPERATORS_SESSION)
    if not token_text.is_token(text):
        return None
    found = services.store.tokens.find(token_text.sha256_of(text))
    if found is None:
        return None
    grant = Grant(scopes=found.scopes, ends_at=found.expires_at)
    return Bearer(person_id=found.person_id, grant=grant, token_id=found.id)

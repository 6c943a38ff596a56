"""What a token may be used for, and which tokens somebody may make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.errors import UserError

DEFAULT_DAYS = 90
MOST_DAYS = 366
MOST_NAME_CHARACTERS = 100


class Scope(StrEnum):
    """One thing that a token may be used for; each stands for itself and implies no other."""

    READ = "read"
    WRITE = "write"
    APPROVE = "approve"
    TOKENS = "tokens"
    OPERATE = "operate"


Scopes = frozenset[Scope]

#: What each allows, in the words of pages and of the console's help.
SCOPE_WORDS: Mapping[Scope, str] = {
    Scope.READ: "look at everything that its owner may see",
    Scope.WRITE: "ask for runs, change files, stop runs",
    Scope.APPROVE: "approve and reject plans",
    Scope.TOKENS: "make and revoke tokens",
    Scope.OPERATE: "operate the server; for the operator's tokens only",
}
PERSONAL: Scopes = frozenset(Scope) - {Scope.OPERATE}
ALL: Scopes = frozenset(Scope)
DEFAULT: Scopes = frozenset({Scope.READ, Scope.WRITE})


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What somebody may do who has shown who they are, and so the most that they can pass on.

    Who signed in to a page has no ``ends_at`` here: a session may make tokens that outlive it.
    """

    scopes: Scopes
    ends_at: datetime | None = None


#: Of a person's session, and of the operator's session or token.
PERSONS_SESSION = Grant(scopes=PERSONAL)
OPERATORS_SESSION = Grant(scopes=ALL)


def read_scopes(words: Iterable[str]) -> Scopes:
    """The scopes that these words name.

    Raises:
        UserError: ``unknown_scope``, or ``no_scope`` where there is none at all.
    """
    given = {word.strip() for word in words if word.strip()}
    unknown = sorted(given - set(Scope))
    if unknown:
        raise UserError(
            f"{unknown[0][:40]!a} is no scope.",
            reason="unknown_scope",
            remedy=f"There are {', '.join(Scope)}.",
        )
    if not given:
        raise UserError(
            "A token needs at least one scope.",
            reason="no_scope",
            remedy=f"There are {', '.join(Scope)}.",
        )
    return frozenset(Scope(word) for word in given)


def in_order(scopes: Scopes) -> tuple[Scope, ...]:
    """The scopes as lists show them, always in the same order."""
    return tuple(scope for scope in Scope if scope in scopes)


def checked_name(name: str) -> str:
    """A token's name without what would not show, or would break a line.

    Raises:
        UserError: ``bad_name`` where nothing is left, or too much.
    """
    shown = "".join(sign if sign.isprintable() else " " for sign in name).strip()
    if not 1 <= len(shown) <= MOST_NAME_CHARACTERS:
        raise UserError(
            f"A token's name has 1 to {MOST_NAME_CHARACTERS} characters.",
            reason="bad_name",
            remedy="Say what the token is for, such as: deploys from CI.",
        )
    return shown


def ends_at(now: datetime, days: int | None, *, by: Grant) -> datetime:
    """When a token ends that is made now, by somebody with that grant.

    Args:
        days: None for as long as is usual, which ends with the maker's own token at the latest.

    Raises:
        UserError: ``bad_expiry``, ``expiry_exceeds``.
    """
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise UserError(f"A token lasts from 1 to {MOST_DAYS} days.", reason="bad_expiry")
    wanted = now + timedelta(days=DEFAULT_DAYS if days is None else days)
    if by.ends_at is None or wanted <= by.ends_at:
        return wanted
    if days is None:
        return by.ends_at
    raise UserError(
        "A token cannot outlive the token that makes it.",
        reason="expiry_exceeds",
        remedy=f"Yours ends on {by.ends_at:%Y-%m-%d}; ask for fewer days, or leave them out.",
    )


def check_scopes(wanted: Scopes, *, by: Grant, is_operators: bool) -> None:
    """Whether somebody with that grant may make a token of these scopes.

    Args:
        is_operators: Whether the token is to be the operator's, and not a person's.

    Raises:
        UserError: ``scope_missing``, ``scope_exceeds``.
    """
    if Scope.TOKENS not in by.scopes:
        raise UserError(
            "This token may not make tokens.",
            reason="scope_missing",
            remedy="Use one that has the scope tokens, or your account page.",
        )
    most = by.scopes if is_operators else by.scopes & PERSONAL
    beyond = in_order(wanted - most)
    if not beyond:
        return
    if beyond == (Scope.OPERATE,) and not is_operators:
        raise UserError("Only the operator's tokens may operate.", reason="scope_exceeds")
    raise UserError(
        f"You may not pass on {', '.join(beyond)}, which you do not have.",
        reason="scope_exceeds",
        remedy=f"You can give {', '.join(in_order(most))}.",
    )

"""People, and the accounts on forges that they have shown to be theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.core.identity import Actor


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody with one account or more, at most one on each forge, in the order of linking.

    Sessions that were begun in an earlier ``session_round`` are over.
    """

    id: str
    accounts: tuple[Actor, ...]
    session_round: int = 0

    def on(self, forge: str) -> Actor | None:
        """Their account on a forge; None where they have shown none."""
        return next((account for account in self.accounts if account.forge == forge), None)


class Persons(Protocol):
    """People. Only who has shown that an account is theirs may be joined with it here."""

    def signed_in(self, actor: Actor) -> Person:
        """Whose account that is, its login brought up to date; made where it is new."""

    def link(self, person_id: str, actor: Actor) -> Person:
        """Make an account a person's.

        Where it is somebody's already both are one person, as whoever holds the first has just
        shown to hold the other: all accounts and tokens become those of ``person_id``, and the
        other person and their sessions are gone.

        Raises ``UserError``: ``account_taken`` where they would then have two accounts on one
        forge; ``unknown_person``.
        """

    def unlink(self, person_id: str, forge: str) -> Person:
        """Take an account from a person, and end all their sessions: some may be that account's.

        Raises ``UserError``: ``last_account``, ``not_linked``, ``unknown_person``.
        """

    def end_sessions(self, person_id: str) -> Person:
        """End all sessions of a person. Raises ``UserError`` (``unknown_person``)."""

    def get(self, id: str) -> Person | None:
        """A person; None where there is none, or they were joined with another."""

    def of_account(self, forge: str, account_id: str) -> Person | None:
        """Whose account that is; None where nobody has shown it to be theirs."""

"""What the real store knows, read through: what a rehearsal adds to it stays in its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from bot.core.budgets import Balance
from bot.store.port import (
    Budgets,
    Cap,
    Effect,
    EffectStatus,
    EndedCall,
    KnownFile,
    KnownFiles,
    Ledger,
    NewCall,
    OrganisationSecrets,
    Reached,
    StoredSecret,
)

#: Seals a text for the place of a secret: forge, organisation, name and origin.
Sealed = Callable[[str, str, str, str], str]
#: How the owner begins of what is told once of a policy file, whoever asks for what.
_OF_POLICY = "policy:"


class KnownBefore:
    """The port `KnownFiles`: what was found in the rehearsal, else what was known before it."""

    def __init__(self, real: KnownFiles, own: KnownFiles) -> None:
        self._real = real
        self._own = own

    def get(self, forge: str, repository_id: str, path: str) -> KnownFile | None:
        found = self._own.get(forge, repository_id, path)
        return found or self._real.get(forge, repository_id, path)

    def good(
        self,
        forge: str,
        repository_id: str,
        path: str,
        *,
        version: str,
        text: str | None,
        owner_id: str = "",
    ) -> None:
        self._own.good(forge, repository_id, path, version=version, text=text, owner_id=owner_id)

    def bad(
        self,
        forge: str,
        repository_id: str,
        path: str,
        *,
        version: str,
        problem: str,
        owner_id: str = "",
    ) -> bool:
        before = self.get(forge, repository_id, path)
        if before is not None:
            # Else the problem would hide the good version, which stays in force.
            text, known = before.text, before.version
            self.good(forge, repository_id, path, version=known, text=text, owner_id=owner_id)
        self._own.bad(
            forge, repository_id, path, version=version, problem=problem, owner_id=owner_id
        )
        return before is None or (before.problem_version, before.problem) != (version, problem)


class NamedSecrets:
    """The port `OrganisationSecrets`: they are there by name, and what is in them stays shut."""

    def __init__(self, real: OrganisationSecrets, own: OrganisationSecrets, seal: Sealed) -> None:
        """Args:
        seal: Seals what stands in for a secret's value.
        """
        self._real = real
        self._own = own
        self._seal = seal

    def put(self, forge: str, organisation: str, name: str, *, origin: str, sealed: str) -> None:
        self._own.put(forge, organisation, name, origin=origin, sealed=sealed)

    def drop(self, forge: str, organisation: str, name: str) -> bool:
        return self._own.drop(forge, organisation, name)

    def listed(self, forge: str, organisation: str) -> Sequence[StoredSecret]:
        return self._real.listed(forge, organisation)

    def take(self, forge: str, organisation: str, name: str) -> tuple[StoredSecret, str] | None:
        # Asking the real one for the value itself would be recorded there as its use.
        for secret in self._real.listed(forge, organisation):
            if secret.name == name:
                return secret, self._seal(forge, organisation, name, secret.origin)
        return None


class BudgetsBefore:
    """The port `Budgets`: such runs were made before, and what is rehearsed costs nothing."""

    def __init__(self, real: Budgets, own: Budgets) -> None:
        self._real = real
        self._own = own

    def reserve(self, call: NewCall, caps: Sequence[Cap]) -> str | Reached:
        return self._own.reserve(call, caps)

    def settle(self, id: str, ended: EndedCall) -> bool:
        return self._own.settle(id, ended)

    def settle_abandoned(self, *, older_than_s: float, limit: int = 100) -> int:
        return self._own.settle_abandoned(older_than_s=older_than_s, limit=limit)

    def balances(self, scopes: Collection[str]) -> Mapping[str, Balance]:
        return self._own.balances(scopes)

    def history(self, workflow: str, *, limit: int = 50) -> Sequence[Balance]:
        return self._real.history(workflow, limit=limit)

    def purge(self, *, before_day: str) -> int:
        return self._own.purge(before_day=before_day)


class ToldBefore:
    """The port `Ledger`: what is told once in a repository's life counts as told if it was."""

    def __init__(self, real: Ledger, own: Ledger) -> None:
        self._real = real
        self._own = own

    def intend(self, owner: str, key: str, *, kind: str, number: int | None = None) -> Effect:
        intended = self._own.intend(owner, key, kind=kind, number=number)
        if not (intended.fresh and owner.startswith(_OF_POLICY)):
            return intended
        told = self._real.find(owner, key)
        if told is None or told.status is not EffectStatus.CONFIRMED:
            return intended
        self._own.confirm(intended.id, external_id=told.external_id or "", result=told.result)
        return self._own.intend(owner, key, kind=kind, number=number)

    def confirm(
        self, id: str, *, external_id: str, result: Mapping[str, object] | None = None
    ) -> Effect | None:
        return self._own.confirm(id, external_id=external_id, result=result)

    def note(self, id: str, result: Mapping[str, object]) -> None:
        self._own.note(id, result)

    def forget(self, id: str) -> None:
        self._own.forget(id)

    def find(self, owner: str, key: str) -> Effect | None:
        return self._own.find(owner, key)

    def of(self, owner: str) -> Sequence[Effect]:
        return self._own.of(owner)

    def confirmed(self, key: str) -> Sequence[Effect]:
        return [*self._real.confirmed(key), *self._own.confirmed(key)]

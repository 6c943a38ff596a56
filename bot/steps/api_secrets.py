"""Secrets that a workflow names, opened for the one call that needs them, if it may have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.core.destination import destinations_in
from bot.core.hidden import Hidden
from bot.core.kinds import SecretName, SecretText
from bot.core.origins import Origin
from bot.errors import StepFailed
from bot.sealing import secret_place, unseal
from bot.steps.spec import StepContext


@dataclass(frozen=True, kw_only=True)
class Opener:
    """Opens what one call to an origin is given, and remembers what it opened.

    ``opened`` are the secrets in the clear, so that an answer that repeats one can be masked.
    """

    context: StepContext
    origin: Origin
    opened: set[str] = field(default_factory=set, repr=False)

    def open(self, value: object) -> object:
        """The same plain data with every secret in the clear.

        Raises:
            StepFailed: ``secret_not_given``, saying why.
        """
        match value:
            case SecretName():
                return self._secret(value.name)
            case SecretText():
                parts = [self.open(part) for part in value.parts]
                return "".join(str(part) for part in parts)
            case Hidden():
                return self._hidden(value.reveal())
            case Mapping():
                return {name: self.open(part) for name, part in value.items()}
            case list() | tuple():
                return [self.open(part) for part in value]
        return value

    def _hidden(self, value: object) -> object:
        if isinstance(value, str):
            self.opened.add(value)
        for part in value if isinstance(value, list) else ():
            self._hidden(part)
        return value

    def _secret(self, name: str) -> str:
        services = self.context.services
        forge, organisation = self._organisation(name)
        known = {one.name: one for one in services.store.secrets.listed(forge, organisation)}
        if name not in known:
            raise _not_given(
                name,
                f"{organisation} has none of that name",
                f"The operator stores it: firstcommit secret set {forge}:{organisation} {name} "
                f"--origin {self.origin}",
            )
        if known[name].origin != str(self.origin):
            raise _not_given(
                name,
                f"it is for {known[name].origin} alone, not for {self.origin}",
                "Call that origin, or store another secret for this one.",
            )
        taken = services.store.secrets.take(forge, organisation, name)
        if taken is None:
            raise _not_given(name, "it was removed just now")
        stored, sealed = taken
        # Read again: what is sealed is bound to its origin, whatever the row said before.
        place = secret_place(forge, organisation, name, str(self.origin))
        if stored.origin != str(self.origin):
            raise _not_given(name, "its origin was changed just now")
        text = unseal(services.keys, sealed, bound_to=place)
        self.opened.add(text)
        return text

    def _organisation(self, name: str) -> tuple[str, str]:
        """The forge and login of the organisation whose own workflow this is.

        Anybody may write a workflow, but only what stands on an organisation's default branch has
        been let in by those who look after it.
        """
        source, where = self.context.run.source, self.context.run.repository
        forge, owner = str(source.get("forge")), str(source.get("repository")).rpartition("/")[0]
        if source.get("kind") != "organisation" or not owner:
            raise _not_given(
                name,
                "only workflows from the default branch of an organisation's own repository may "
                "have secrets",
            )
        if where is None:
            return forge, self._only_destination(name, forge, owner)
        if (where.forge, where.owner.lower()) != (forge, owner.lower()):
            raise _not_given(name, f"the workflow is not {where.owner}'s own")
        account = self.context.services.store.organisations.find(where.forge, where.owner_id)
        # Logins are given up and taken by others while a run waits.
        if account is not None and account.login.lower() != owner.lower():
            raise _not_given(name, f"{owner} is called {account.login} by now")
        return forge, owner

    def _only_destination(self, name: str, forge: str, owner: str) -> str:
        """The organisation, where all that a run outside of any repository does is for it."""
        places = destinations_in(self.context.run.inputs)
        if not places or any(
            (into.forge, into.owner.lower()) != (forge, owner.lower()) for into in places
        ):
            raise _not_given(name, f"the run is not for {owner} alone")
        return owner


def _not_given(name: str, why: str, remedy: str = "") -> StepFailed:
    return StepFailed(
        f"The secret {name} is not given: {why}.", reason="secret_not_given", remedy=remedy
    )

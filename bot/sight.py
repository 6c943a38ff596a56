"""Who may see what: the homes of runs and projects that somebody's accounts may look into.

It is asked of the forges for a person as a whole, before anybody knows what is looked for. So a
list is one query, and what one may not see and what does not exist take the same time and get
the same answer. What a forge said holds for a minute; before anything is changed it is asked again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import IntEnum

from bot.core.homes import account_home
from bot.core.identity import Actor, Permission, Standing
from bot.errors import UserError
from bot.forges.port import Forge
from bot.services import Services
from bot.store.port import Organisation, Place

#: For so long an answer of a forge holds for reading.
HELD_S = 60.0
_AT_ONCE = 8
_MOST_KEPT = 1_000


class Role(IntEnum):
    """What somebody is to an organisation; ordered, so that `>=` asks for at least."""

    NONE = 0
    READER = 1
    MEMBER = 2
    OWNER = 3


_ROLES = {Standing.OWNER: Role.OWNER, Standing.MEMBER: Role.MEMBER, Standing.NONE: Role.NONE}


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What somebody may see. ``homes`` is None for whoever operates the server: everything.

    ``roles`` has the organisations that somebody is anything to, by their ids.
    """

    homes: frozenset[str] | None
    roles: Mapping[str, Role] = field(default_factory=dict)

    def shows(self, home: str) -> bool:
        """Whether what has this home may be seen."""
        return self.homes is None or home in self.homes

    def role(self, organisation_id: str | None) -> Role:
        """What somebody is to an organisation."""
        if self.homes is None:
            return Role.OWNER
        return self.roles.get(organisation_id or "", Role.NONE)


EVERYTHING = Sight(homes=None)


class Sights:
    """Asks forges what accounts may see, and remembers it for a minute."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], tuple[float, Sight]] = {}
        self._turns: dict[tuple[str, str], threading.Lock] = {}
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="sight")

    def of(self, accounts: Iterable[Actor]) -> Sight:
        """What somebody with these accounts may see.

        Raises:
            Transient: Where a forge did not answer: nobody knows then, and nothing is shown.
        """
        return _joined([self._of_account(account) for account in accounts])

    def _of_account(self, account: Actor) -> Sight:
        key = (account.forge, account.account_id)
        with self._lock:
            turn = self._turns.setdefault(key, threading.Lock())
        # Pages ask several things at once: the first of them asks the forge for all.
        with turn:
            known = self._kept.get(key)
            if known is not None and time.monotonic() - known[0] < HELD_S:
                return known[1]
            sight = self._asked(account)
            self._keep(key, sight)
            return sight

    def _keep(self, key: tuple[str, str], sight: Sight) -> None:
        with self._lock:
            self._kept[key] = (time.monotonic(), sight)
            if len(self._kept) > _MOST_KEPT:
                oldest = min(self._kept, key=lambda each: self._kept[each][0])
                del self._kept[oldest]
                self._turns.pop(oldest, None)

    def _asked(self, account: Actor) -> Sight:
        forge = self._services.forges.get(account.forge)
        own = frozenset({account_home(account)})
        if forge is None:
            return Sight(homes=own)
        store = self._services.store
        organisations = [one for one in store.organisations.all() if one.forge == account.forge]
        roles = dict(
            self._threads.map(lambda one: (one.id, _role(forge, one, account)), organisations)
        )
        places = store.places.on(account.forge)
        seen = self._threads.map(lambda place: _may_see(forge, place, account, roles), places)
        shown = [place for place, is_seen in zip(places, seen, strict=True) if is_seen]
        for place in shown:
            if place.organisation_id is not None:
                known = roles.get(place.organisation_id, Role.NONE)
                roles[place.organisation_id] = max(known, Role.READER)
        return Sight(
            homes=own | {place.home for place in shown},
            roles={each: role for each, role in roles.items() if role > Role.NONE},
        )


def role_now(services: Services, organisation: Organisation, account: Actor | None) -> Role:
    """What an account is to an organisation, asked anew: before something is changed for it."""
    forge = services.forges.get(organisation.forge)
    if forge is None or account is None or account.forge != organisation.forge:
        return Role.NONE
    return _role(forge, organisation, account)


def _role(forge: Forge, organisation: Organisation, account: Actor) -> Role:
    if organisation.suspended or organisation.removed_at is not None:
        return Role.NONE
    try:
        owner = forge.owner(organisation.login, account)
    except UserError:
        return Role.NONE
    if owner is None or owner.account_id != organisation.account_id:
        return Role.NONE
    return _ROLES[owner.standing]


def _may_see(forge: Forge, place: Place, account: Actor, roles: Mapping[str, Role]) -> bool:
    """What everybody may read on a forge gives nobody a right to what was made for it here."""
    role = roles.get(place.organisation_id or "", Role.NONE)
    if role is Role.OWNER:
        return True
    try:
        permission = forge.permission(place.repository, account)
    except UserError:
        return False
    if permission > Permission.READ:
        return True
    return permission == Permission.READ and (place.repository.private or role >= Role.MEMBER)


def _joined(sights: list[Sight]) -> Sight:
    roles: dict[str, Role] = {}
    for sight in sights:
        for organisation, role in sight.roles.items():
            roles[organisation] = max(role, roles.get(organisation, Role.NONE))
    homes = frozenset[str]().union(*(sight.homes or () for sight in sights))
    return Sight(homes=homes, roles=roles)

"""Who may see what: the homes of runs and projects that somebody's accounts may look into.

It is asked of the forges for a person as a whole, before anybody knows what is looked for. So a
list is one query, and what one may not see and what does not exist take the same time and get
the same answer. What a forge said holds for a minute; before anything is changed it is asked again.
Repositories that came into use meanwhile are asked about at once, whoever it was that used them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
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
#: So long what one process has written may take to be seen by another whose clock is its own.
_LAG = timedelta(seconds=10)
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


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What a forge said of an account: when (by which clock it holds, and by which rows are
    written), and about which homes."""

    until: float
    asked_at: datetime
    homes: frozenset[str]
    sight: Sight


class Sights:
    """Asks forges what accounts may see, and remembers it for a minute."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], _Known] = {}
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
            if known is not None and time.monotonic() < known.until:
                known = self._with_new_places(account, known)
            else:
                known = self._asked(account)
            self._keep(key, known)
            return known.sight

    def _keep(self, key: tuple[str, str], known: _Known) -> None:
        with self._lock:
            self._kept[key] = known
            if len(self._kept) > _MOST_KEPT:
                oldest = min(self._kept, key=lambda each: self._kept[each].until)
                del self._kept[oldest]
                self._turns.pop(oldest, None)

    def _asked(self, account: Actor) -> _Known:
        until, now = time.monotonic() + HELD_S, self._services.clock()
        store = self._services.store
        places = store.places.on(account.forge)
        forge = self._services.forges.get(account.forge)
        organisations = self._organisations(account.forge) if forge is not None else []
        roles = {} if forge is None else self._roles(forge, organisations, account)
        own = Sight(
            homes=frozenset({account_home(account)}),
            roles={each: role for each, role in roles.items() if role > Role.NONE},
        )
        return _Known(
            until=until,
            asked_at=now,
            homes=frozenset(place.home for place in places),
            sight=_joined([own, self._shown(places, account, roles)]),
        )

    def _with_new_places(self, account: Actor, known: _Known) -> _Known:
        used = self._services.store.places.on(account.forge, since=known.asked_at - _LAG)
        new = [place for place in used if place.home not in known.homes]
        if not new:
            return known
        shown = self._shown(new, account, known.sight.roles)
        homes = known.homes | {place.home for place in new}
        return replace(known, homes=homes, sight=_joined([known.sight, shown]))

    def _shown(self, places: Sequence[Place], account: Actor, roles: Mapping[str, Role]) -> Sight:
        """Those of some places that an account may see, whose organisations it reads, then."""
        forge = self._services.forges.get(account.forge)
        if forge is None or not places:
            return Sight(homes=frozenset())
        gone = {one.id for one in self._organisations(account.forge) if not _is_served(one)}
        seen = self._threads.map(
            lambda place: (
                place.organisation_id not in gone and _may_see(forge, place, account, roles)
            ),
            places,
        )
        shown = [place for place, is_seen in zip(places, seen, strict=True) if is_seen]
        return Sight(
            homes=frozenset(place.home for place in shown),
            roles={place.organisation_id: Role.READER for place in shown if place.organisation_id},
        )

    def _roles(
        self, forge: Forge, organisations: Sequence[Organisation], account: Actor
    ) -> Mapping[str, Role]:
        asked = self._threads.map(lambda one: (one.id, _role(forge, one, account)), organisations)
        return dict(asked)

    def _organisations(self, forge: str) -> Sequence[Organisation]:
        return [one for one in self._services.store.organisations.all() if one.forge == forge]


def role_now(services: Services, organisation: Organisation, account: Actor | None) -> Role:
    """What an account is to an organisation, asked anew: before something is changed for it."""
    forge = services.forges.get(organisation.forge)
    if forge is None or account is None or account.forge != organisation.forge:
        return Role.NONE
    return _role(forge, organisation, account)


def _role(forge: Forge, organisation: Organisation, account: Actor) -> Role:
    if not _is_served(organisation):
        return Role.NONE
    try:
        owner = forge.owner(organisation.login, account)
    except UserError:
        return Role.NONE
    if owner is None or owner.account_id != organisation.account_id:
        return Role.NONE
    return _ROLES[owner.standing]


def _is_served(organisation: Organisation) -> bool:
    """Whether its grant is in force: without one, no forge tells who may see what of it."""
    return not organisation.suspended and organisation.removed_at is None


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

"""Packs as runs keep them: at the commit at which they were found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.core.pack_addresses import GitPack, RepositoryPack, read_pack_address
from bot.core.runs import Run
from bot.errors import UserError
from bot.generation.pack_format import Pack
from bot.pack_sources.asking import Asker
from bot.pack_sources.finding import find_pack, git_pack, repository_pack
from bot.services import Services

#: Under which key of a run's source they lie.
PACKS = "packs"
_KEPT = ("kind", "name", "address", "shown", "commit", "ref")


def with_pin(source: Mapping[str, object], text: str, pack: Pack | None) -> Mapping[str, object]:
    """A run's source that remembers which pack a text meant; the same for one that ships."""
    if pack is None or pack.source is None:
        return source
    pin = {name: getattr(pack.source, name) for name in _KEPT}
    return {**source, PACKS: {text: pin}}


def pin_of(source: Mapping[str, object], text: str) -> Mapping[str, object] | None:
    """What a run remembers of the pack that a text meant."""
    pins = source.get(PACKS)
    pin = pins.get(text) if isinstance(pins, Mapping) else None
    return pin if isinstance(pin, Mapping) else None


def pack_by_name(services: Services, source: Mapping[str, object]) -> Callable[[str], Pack]:
    """Gives the packs that a run remembers, and those that ship."""

    def pack(text: str) -> Pack:
        pin = pin_of(source, text)
        if pin is not None:
            return pinned_pack(services, pin)
        return services.generator.library.get(text)

    return pack


def pack_of_run(services: Services, run: Run, text: str) -> Pack:
    """The pack that a step of a run names: as its command found it, else as it is now.

    Raises:
        BotError: As `find_pack`.
    """
    pin = pin_of(run.source, text)
    if pin is not None:
        return pinned_pack(services, pin)
    asker = Asker(actor=run.requester)
    return find_pack(services, text, near=run.repository, asker=asker)


def pinned_pack(services: Services, pin: Mapping[str, object]) -> Pack:
    """Exactly the pack that was found once. Rights were asked then.

    Raises:
        BotError: As `find_pack`; ``unknown_pack`` where it is gone.
    """
    kept = {name: str(pin.get(name) or "") for name in _KEPT}
    address = read_pack_address(kept["address"])
    if isinstance(address, GitPack):
        return git_pack(services, replace(address, ref=kept["ref"]), commit=kept["commit"])
    if not isinstance(address, RepositoryPack):
        return services.generator.library.get(address.name)
    forge = services.forge(address.forge)
    found = forge.repository(address.full_name)
    commit = forge.find_commit(found, kept["commit"]) if found else None
    if found is None or commit is None:
        raise UserError(
            f"{kept['shown']} at {kept['commit'][:12]} is not there any more.",
            reason="unknown_pack",
        )
    return repository_pack(
        services,
        found,
        commit,
        folder=address.folder,
        kind=kept["kind"],
        name=kept["name"],
        ref=kept["ref"],
    )

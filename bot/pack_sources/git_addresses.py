"""Packs that are fetched with git from a host of the operator's list."""

from __future__ import annotations

from bot.core.origins import AllowedOrigin
from bot.core.pack_addresses import GitPack
from bot.errors import UserError
from bot.generation.foreign.bundle import Bundle, bundle_of
from bot.pack_sources.cache import BundleCache
from bot.services import Services


def fetched(
    services: Services, cache: BundleCache, address: GitPack, commit: str
) -> tuple[Bundle, str]:
    """The bundle at an address, and at which commit it is.

    Args:
        commit: The commit that is wanted; what the ref names now where that is empty.

    Raises:
        UserError: ``host_not_allowed``, ``unknown_pack``, ``bad_pack``, ``too_large``,
            ``too_many_files``, ``private_address``, ``redirect_refused``.
        Transient: Where the host did not answer.
    """
    allowed = _allowed(services, address)
    wanted = commit or services.git.commit(allowed, address.path, address.ref)

    def fetch() -> Bundle:
        files = services.git.files(
            allowed, address.path, address.ref, commit=wanted, folder=address.folder
        )
        return bundle_of(files, shown=address.name)

    return cache.get(f"git {address.url} {wanted} {address.folder}", fetch), wanted


def _allowed(services: Services, address: GitPack) -> AllowedOrigin:
    for allowed in services.settings.template_hosts:
        if allowed.origin == address.origin:
            return allowed
    host = str(address.origin).removeprefix("https://")
    raise UserError(
        f"Templates may not be fetched from {host}.",
        reason="host_not_allowed",
        remedy="The operator lists the hosts that may be reached in FIRSTCOMMIT_TEMPLATE_HOSTS.",
    )

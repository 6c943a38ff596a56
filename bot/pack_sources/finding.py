"""Which pack somebody means, and whether they may have it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.git_values import Commit
from bot.core.identity import Repository
from bot.core.pack_addresses import (
    GitPack,
    NamedPack,
    PackAddress,
    RepositoryPack,
    is_commit,
    read_pack_address,
)
from bot.core.policy import Policy
from bot.errors import BotError, UserError
from bot.generation.pack_format import Pack, PackSource
from bot.homes import organisation_home
from bot.pack_sources.asking import Asker
from bot.pack_sources.cache import BundleCache
from bot.pack_sources.folders import read_folder
from bot.pack_sources.git_addresses import fetched
from bot.pack_sources.organisation import (
    Shelf,
    may_read,
    pack_folder,
    shelf_of,
)
from bot.services import Services


@dataclass(frozen=True, kw_only=True)
class AvailablePack:
    """A pack that can be named. ``problem`` says why it cannot be used, if it cannot; then
    ``pack`` is None."""

    name: str
    source: str = ""
    commit: str = ""
    pack: Pack | None = None
    problem: str = ""


def find_pack(
    services: Services,
    text: str,
    *,
    near: Repository | None,
    asker: Asker,
    policy: Policy | None = None,
) -> Pack:
    """The pack that a text means for what is asked for in a repository, or (None) in none.

    One of the repository's owner comes before one that ships. A faulty one is told of, and never
    passed over for one that ships.

    Args:
        asker: Whose rights count: what they may not read, nobody reads for them.
        policy: What is in force, if it is to be asked.

    Raises:
        UserError: ``unknown_pack``, ``pack_not_allowed``, ``bad_pack_address``, ``bad_pack``,
            ``host_not_allowed``, ``template_wants_code``, ``too_large``, ``too_many_files``.
        StepFailed: ``bad_pack``, ``template_error``.
        NotSupported: ``no_sandbox``, or a forge that is not configured.
        Transient: Where it could not be read.
    """
    address = read_pack_address(text)
    match address:
        case NamedPack():
            return _named(services, address.name, near, asker, policy)
        case RepositoryPack():
            _refuse_forbidden(policy, address)
            return _in_repository(services, address, near, asker)
        case GitPack():
            _refuse_forbidden(policy, address)
            return git_pack(services, address)


def available_packs(
    services: Services, near: Repository | None, asker: Asker
) -> Sequence[AvailablePack]:
    """The packs that can be named in a repository, by name: those of its owner, and those that
    ship and that its owner has none of the same name of. Faulty ones are listed, too.

    Raises:
        Transient: Where the owner's could not be read.
    """
    library = services.generator.library
    found = {name: _shipped(services, name) for name in library.names()}
    shelf = None if near is None else shelf_of(services, near, asker)
    for name in shelf.folders if shelf else ():
        found[name] = _theirs(services, shelf, name)
    return [found[name] for name in sorted(found)]


def repository_pack(
    services: Services,
    repository: Repository,
    commit: Commit,
    *,
    folder: str,
    kind: str,
    name: str,
    ref: str = "",
) -> Pack:
    """The pack in a folder of a repository at a commit. Nobody's rights are asked here."""
    forge = services.forge(repository.forge)
    bundle = read_folder(bundles(services), forge, repository, commit, folder)
    at = RepositoryPack(
        forge=repository.forge, full_name=repository.full_name, ref=commit.id, folder=folder
    )
    plain = RepositoryPack(forge=repository.forge, full_name=repository.full_name, folder=folder)
    names: tuple[str, ...] = (repository.full_name,)
    if kind == "organisation":
        names = (name, f"{repository.owner}/{name}")
    source = PackSource(
        kind=kind,
        name=name,
        address=str(at),
        shown=str(plain),
        commit=commit.id,
        ref=ref,
        policy_names=names,
        trusted=str(plain) in services.settings.trusted_templates,
        plain_address=_tools_address(repository, folder) or str(plain),
    )
    return services.generator.rooms.read(bundle, source)


def _tools_address(repository: Repository, folder: str) -> str:
    """What the template's own tool would be given, to bring a project up to date by it."""
    url = repository.clone_url
    return url if url.startswith("https://") and not folder else ""


def git_pack(services: Services, address: GitPack, *, commit: str = "") -> Pack:
    """The pack at a git address, at the commit that its ref names now, or at the one given."""
    bundle, found = fetched(services, bundles(services), address, commit)
    shown = GitPack(origin=address.origin, path=address.path, ref="", folder=address.folder)
    at = GitPack(origin=address.origin, path=address.path, ref=address.ref, folder=address.folder)
    source = PackSource(
        kind="git",
        name=address.name,
        address=str(at),
        shown=str(shown),
        commit=found,
        ref=address.ref,
        policy_names=(address.policy_name,),
        trusted=str(shown) in services.settings.trusted_templates,
        plain_address=address.url,
    )
    return services.generator.rooms.read(bundle, source)


def bundles(services: Services) -> BundleCache:
    """What was fetched before."""
    return BundleCache(services.settings.data_dir / "packs")


def _named(
    services: Services,
    name: str,
    near: Repository | None,
    asker: Asker,
    policy: Policy | None,
) -> Pack:
    shelf = None if near is None else shelf_of(services, near, asker)
    if shelf is not None and name in shelf.folders:
        _refuse_names(policy, name, (name, f"{shelf.repository.owner}/{name}"))
        return _of_shelf(services, shelf, name)
    library = services.generator.library
    if name not in library.names():
        raise _unknown(services, name, near, shelf)
    _refuse_names(policy, name, (name,))
    return library.get(name)


def _of_shelf(services: Services, shelf: Shelf, name: str) -> Pack:
    return repository_pack(
        services,
        shelf.repository,
        shelf.commit,
        folder=shelf.folders[name],
        kind="organisation",
        name=name,
    )


def _in_repository(
    services: Services, address: RepositoryPack, near: Repository | None, asker: Asker
) -> Pack:
    own = asker.actor.forge if asker.actor else "local"
    forge_name = address.forge or (near.forge if near else own)
    forge = services.forge(forge_name)
    found = forge.repository(address.full_name)
    if found is None or not may_read(services, found, asker):
        # Whether it is there is not for whoever may not see it.
        raise UserError(
            f"There is no repository {address.full_name} that you may read.",
            reason="unknown_pack",
        )
    if is_commit(address.ref):
        # A forge finds commits of other people's copies, too.
        raise UserError(
            "A template is named by a tag or a branch; the commit is kept with what it makes.",
            reason="bad_pack_address",
        )
    ref = address.ref or found.default_branch
    commit = forge.find_commit(found, ref) if address.ref else None
    commit = commit or forge.head(found, ref)
    if commit is None:
        raise UserError(f"{found.full_name} has no tag or branch {ref}.", reason="unknown_pack")
    return repository_pack(
        services,
        found,
        commit,
        folder=address.folder,
        kind="repository",
        name=address.name,
        ref=address.ref,
    )


def _shipped(services: Services, name: str) -> AvailablePack:
    try:
        return AvailablePack(name=name, pack=services.generator.library.get(name))
    except UserError as exc:
        return AvailablePack(name=name, problem=exc.message)


def _theirs(services: Services, shelf: Shelf | None, name: str) -> AvailablePack:
    if shelf is None:
        raise ValueError("There is no shelf.")
    at = AvailablePack(name=name, source=shelf.repository.full_name, commit=shelf.commit.id)
    try:
        pack = _of_shelf(services, shelf, name)
    except BotError as exc:
        return AvailablePack(name=name, source=at.source, commit=at.commit, problem=exc.message)
    return AvailablePack(name=name, source=at.source, commit=at.commit, pack=pack)


def _refuse_forbidden(policy: Policy | None, address: PackAddress) -> None:
    """Before anything is fetched."""
    _refuse_names(policy, str(address), (address.policy_name,))


def _refuse_names(policy: Policy | None, shown: str, names: tuple[str, ...]) -> None:
    if policy is not None and not policy.allows_pack(*names):
        raise UserError(
            f"The pack {shown} is not allowed here.",
            reason="pack_not_allowed",
            remedy="The policy's `packs` names those that are.",
        )


def _unknown(
    services: Services, name: str, near: Repository | None, shelf: Shelf | None
) -> UserError:
    names = sorted({*services.generator.library.names(), *(shelf.folders if shelf else ())})
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    own = ""
    if near is not None:
        where = f"{organisation_home(near)}, in `{pack_folder(near.forge)}/`"
        own = f" Those of {near.owner} lie in {where}."
    return UserError(
        f"There is no template pack called {name[:60]!a}.",
        reason="unknown_pack",
        remedy=(
            f"Did you mean {' or '.join(close)}?" if close else f"There are: {', '.join(names)}."
        )
        + own,
    )

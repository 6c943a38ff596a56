"""What people write for a template pack: a name, a repository of a forge, or a git address."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bot.core.destination import FORGES, check_repository_name
from bot.core.origins import Origin, read_url
from bot.errors import UserError

_LONGEST = 1_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
# What git allows in a ref and no shell, address or option could read as something else.
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*(?:/[A-Za-z0-9][A-Za-z0-9._+-]*)*")
_FOLDER = re.compile(r"[A-Za-z0-9._][A-Za-z0-9 ._+-]*(?:/[A-Za-z0-9._][A-Za-z0-9 ._+-]*)*")
_GIT_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")
_COMMIT = re.compile(r"[0-9a-f]{40}")
#: Other ways in which git can be told where to fetch from; each could run or read something here.
_SCHEME = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//|[A-Za-z][A-Za-z0-9+.-]*::|[^/]+@[^/]+:")
_HOW = (
    "Write a pack's name, OWNER/NAME@TAG for a repository, or https://HOST/OWNER/NAME@TAG; a "
    "folder in it goes behind //."
)


@dataclass(frozen=True, kw_only=True)
class NamedPack:
    """A pack that is known by its name here: one of the organisation's, or one that ships."""

    name: str

    @property
    def policy_name(self) -> str:
        """What a policy's patterns are held against."""
        return self.name

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, kw_only=True)
class RepositoryPack:
    """A folder (``""``: all) of a repository at a tag, branch or commit (``""``: its default).

    ``forge`` is empty where it is that of whoever asks.
    """

    forge: str
    full_name: str
    ref: str = ""
    folder: str = ""

    @property
    def policy_name(self) -> str:
        """What a policy's patterns are held against."""
        return self.full_name

    @property
    def name(self) -> str:
        """What the pack is called: the last word of where it lies."""
        return (self.folder or self.full_name).rpartition("/")[2]

    def __str__(self) -> str:
        forge = f"{self.forge}:" if self.forge else ""
        return f"{forge}{self.full_name}{_tail(self.ref, self.folder)}"


@dataclass(frozen=True, kw_only=True)
class GitPack:
    """A folder of what can be fetched with git over HTTPS, at a tag, branch or commit."""

    origin: Origin
    path: str
    ref: str
    folder: str = ""

    @property
    def policy_name(self) -> str:
        """What a policy's patterns are held against: host and path."""
        return f"{self.origin.host}{self.path.removesuffix('.git')}"

    @property
    def name(self) -> str:
        """What the pack is called: the last word of where it lies."""
        return (self.folder or self.path.removesuffix(".git")).rpartition("/")[2]

    @property
    def url(self) -> str:
        """What git is given."""
        return f"{self.origin}{self.path}"

    def __str__(self) -> str:
        return f"git+{self.url}{_tail(self.ref, self.folder)}"


PackAddress = NamedPack | RepositoryPack | GitPack


def read_pack_address(text: str) -> PackAddress:
    """The one reading of what stands for a pack.

    Raises:
        UserError: ``bad_pack_address``, saying what is wrong with it.
    """
    text = text.strip()
    if len(text) > _LONGEST:
        raise _bad(f"It has more than {_LONGEST} characters")
    if _NAME.fullmatch(text):
        return NamedPack(name=text)
    if text.startswith(("https://", "git+https://")):
        return _git(text.removeprefix("git+"))
    if _SCHEME.match(text) or text.startswith(("-", "/", ".", "~", "\\")):
        raise _bad("Templates are fetched over https:// only")
    return _repository(text)


def trusted_address(text: str) -> str:
    """An address without its tag, as it is kept of a template that was found.

    Raises:
        UserError: ``bad_pack_address``, also for a repository of no forge in particular.
    """
    if text.startswith(("https://", "git+https://")) and "@" not in text:
        # The tag goes in front of the folder.
        rest = text.removeprefix("git+").removeprefix("https://")
        place, mark, folder = rest.partition("//")
        text = f"https://{place}@any{mark}{folder}"
    address = read_pack_address(text)
    if isinstance(address, NamedPack) or (
        isinstance(address, RepositoryPack) and not address.forge
    ):
        raise _bad("It names no forge or host")
    return str(replace(address, ref=""))


def is_commit(ref: str) -> bool:
    """Whether it names a commit by its whole id, which stays what it is for ever."""
    return bool(_COMMIT.fullmatch(ref))


def _git(text: str) -> GitPack:
    rest = text.removeprefix("https://")
    rest, _, folder = rest.partition("//")
    authority, _, path = rest.partition("/")
    if "@" in authority:
        raise _bad("It holds credentials, which are never sent for a template")
    path, at, ref = path.partition("@")
    try:
        origin = read_url(f"https://{authority}/").origin
    except UserError as exc:
        raise _bad(exc.message.rstrip(".")) from None
    path = f"/{path.rstrip('/')}"
    if not _GIT_PATH.fullmatch(path) or ".." in path:
        raise _bad("It names no repository behind its host")
    if not at:
        raise _bad("It names no tag")
    return GitPack(origin=origin, path=path, ref=_checked_ref(ref), folder=_checked(folder))


def _repository(text: str) -> RepositoryPack:
    rest, _, folder = text.partition("//")
    forge, colon, full_name = rest.partition(":")
    if not colon:
        forge, full_name = "", rest
    if forge and forge not in FORGES:
        raise _bad(f"`{forge[:20]}` is no forge: they are {', '.join(FORGES[:3])}")
    full_name, at, ref = full_name.partition("@")
    try:
        check_repository_name(full_name)
    except UserError as exc:
        raise _bad(exc.message.rstrip(".")) from None
    return RepositoryPack(
        forge=forge,
        full_name=full_name,
        ref=_checked_ref(ref) if at else "",
        folder=_checked(folder),
    )


def _checked_ref(ref: str) -> str:
    bad_end = ref.endswith((".", ".lock", "/"))
    if not _REF.fullmatch(ref) or ".." in ref or bad_end or len(ref) > 200:
        raise _bad("What stands behind @ cannot be a tag")
    return ref


def _checked(folder: str) -> str:
    folder = folder.strip("/")
    parts = folder.split("/")
    hidden = any(part in (".", "..") or part.lower() == ".git" for part in parts)
    if folder and (hidden or not _FOLDER.fullmatch(folder)):
        raise _bad("What stands behind // cannot be a folder in a repository")
    return folder


def _tail(ref: str, folder: str) -> str:
    return (f"@{ref}" if ref else "") + (f"//{folder}" if folder else "")


def _bad(what: str) -> UserError:
    return UserError(f"That is no template pack. {what}.", reason="bad_pack_address", remedy=_HOW)

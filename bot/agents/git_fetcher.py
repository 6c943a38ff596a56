"""Git, told to fetch from one address of the operator's list and to do nothing else.

The name is looked up here, its addresses are checked, and git is bound to those; it follows no
redirect, asks nobody for credentials, speaks HTTPS only, and makes no work tree: no filter, hook,
link or submodule of what it fetches ever comes to life.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bot.agents.call_time import CallTime
from bot.agents.names import Resolver, addresses, system_resolver
from bot.core.git_values import TreeFile
from bot.core.limits import MIB
from bot.core.origins import AllowedOrigin
from bot.errors import Transient, UserError

TIME_S = 60.0
MAX_FILES = 5_000
MAX_FILE_BYTES = 10 * MIB
MAX_BYTES = 50 * MIB
#: In the units of the shell's ulimit, which are 512 or 1,024 bytes.
_MOST_BLOCKS = 2 * MAX_BYTES // 512
_MOST_SAID = 4 * MIB
#: Of its complaints; a host can have it say what it likes.
_MOST_COMPLAINT = 64 * 1024
_BLOBS = (0o100644, 0o100755)
_LIMITED = f'ulimit -f {_MOST_BLOCKS} && ulimit -t {int(TIME_S)} && exec "$@"'
_ID = re.compile(r"[0-9a-f]{40}")
_GONE = re.compile(r"couldn't find remote ref|not our ref|unadvertised|Not a valid object")
_SETTINGS = (
    *("protocol.allow=never", "protocol.https.allow=always", "http.followRedirects=false"),
    *("http.proxy=", "http.sslVerify=true", "http.emptyAuth=false", "http.extraHeader="),
    *(
        "credential.helper=",
        "core.askPass=",
        "core.fsmonitor=false",
        f"core.hooksPath={os.devnull}",
    ),
    *("transfer.fsckObjects=true", "transfer.bundleURI=false", "fetch.unpackLimit=1"),
    *(
        "submodule.recurse=false",
        "fetch.recurseSubmodules=false",
        "gc.auto=0",
        "maintenance.auto=0",
    ),
    *(
        "http.lowSpeedLimit=200",
        "http.lowSpeedTime=15",
        "pack.threads=1",
        "core.packedGitLimit=64m",
    ),
)
#: What an operator's own certificate authority is told to git by.
_PASSED_ON = ("GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "SSL_CERT_FILE", "SSL_CERT_DIR")


class _GitFailed(Exception):
    """Git ended with an error, and said this."""


@dataclass(frozen=True, kw_only=True)
class _Entry:
    mode: int
    blob: str
    size_bytes: int
    path: str


class GitFetcher:
    """Fetches folders of repositories; nothing of one is kept here."""

    def __init__(self, *, resolver: Resolver = system_resolver, time_s: float = TIME_S) -> None:
        self._resolver = resolver
        self._time_s = time_s

    def commit(self, allowed: AllowedOrigin, path: str, ref: str) -> str:
        """The commit that a tag names, else a branch."""
        wanted = [f"refs/tags/{ref}^{{}}", f"refs/tags/{ref}", f"refs/heads/{ref}"]
        url = f"{allowed.origin}{path}"
        with tempfile.TemporaryDirectory(prefix="firstcommit-") as name:
            git = self._git(allowed, Path(name))
            answer = _told(url, git, "ls-remote", "--quiet", "--end-of-options", url, *wanted)
        found = dict(
            line.split("\t", 1)[::-1]
            for line in answer.decode(errors="replace").split("\n")
            if line
        )
        for each in wanted:
            if _ID.fullmatch(found.get(each, "")):
                return found[each]
        raise UserError(f"{url} has no tag or branch {ref}.", reason="unknown_pack")

    def files(
        self, allowed: AllowedOrigin, path: str, ref: str, *, commit: str, folder: str
    ) -> Sequence[TreeFile]:
        """Every file below a folder at that commit, links too."""
        url = f"{allowed.origin}{path}"
        with tempfile.TemporaryDirectory(prefix="firstcommit-") as name:
            git = self._git(allowed, Path(name))
            git.run("init", "--quiet", "--bare", "--template=", name)
            _fetch(git, url, ref, commit)
            try:
                listed = git.run("ls-tree", "-r", "-z", "-l", "--full-tree", f"{commit}:{folder}")
            except _GitFailed as exc:
                raise UserError(
                    f"{url} has no folder {folder} at {ref}.", reason="unknown_pack"
                ) from exc
            return list(_contents(git, _entries(url, listed)))

    def _git(self, allowed: AllowedOrigin, folder: Path) -> _Git:
        time = CallTime(self._time_s)
        try:
            found = addresses(allowed, self._resolver, time)
        except UserError as exc:
            raise UserError(
                exc.message,
                reason=exc.reason,
                remedy=exc.remedy.replace("API_ORIGINS", "TEMPLATE_HOSTS"),
            ) from exc
        except OSError as exc:
            raise _away(str(allowed.origin)) from exc
        origin = allowed.origin
        listed = ",".join(f"[{each}]" if ":" in each else each for each in found)
        return _Git(folder, f"{origin.host}:{origin.port}:{listed}", self._time_s)


class _Git:
    """Git commands in a folder that is thrown away."""

    def __init__(self, folder: Path, resolve: str, time_s: float) -> None:
        self._folder = folder
        self._settings = (*_SETTINGS, f"http.curloptResolve={resolve}")
        self._time_s = time_s

    def run(self, *arguments: str, stdin: bytes = b"", most: int = _MOST_SAID) -> bytes:
        """What the command printed."""
        settings = [word for each in self._settings for word in ("-c", each)]
        file = tempfile.TemporaryFile
        with file() as given, file() as printed, file() as complained:
            given.write(stdin)
            given.seek(0)
            process = subprocess.Popen(
                ["/bin/sh", "-c", _LIMITED, "sh", "git", *settings, *arguments],
                stdin=given,
                stdout=printed,
                stderr=complained,
                env=_environment(self._folder),
                cwd=self._folder,
                start_new_session=True,
            )
            self._wait_for(process)
            printed.seek(0)
            answer = printed.read(most + 1)
            said = _end_of(complained)
        if process.returncode != 0:
            raise _GitFailed(said)
        if len(answer) > most:
            raise _too_large("What is there")
        return answer

    def _wait_for(self, process: subprocess.Popen[bytes]) -> None:
        try:
            process.wait(self._time_s)
        except subprocess.TimeoutExpired as exc:
            raise Transient("The template did not arrive in time.", reason="no_answer") from exc
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _end_of(file: IO[bytes]) -> str:
    size_bytes = file.seek(0, os.SEEK_END)
    file.seek(max(0, size_bytes - _MOST_COMPLAINT))
    return file.read().decode("utf-8", "replace")


def _fetch(git: _Git, url: str, ref: str, commit: str) -> None:
    """Have exactly that commit, without what was before it."""
    for wanted in (f"refs/tags/{ref}", f"refs/heads/{ref}", commit):
        try:
            git.run(
                *("fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules"),
                *("--no-write-fetch-head", "--end-of-options", url, f"{wanted}:refs/heads/it"),
            )
            git.run("cat-file", "-e", f"{commit}^{{commit}}")
        except _GitFailed as exc:
            problem = exc
            git.run("update-ref", "-d", "refs/heads/it")
            continue
        return
    if _GONE.search(str(problem)):
        raise UserError(
            f"{url} has no commit {commit[:12]} at {ref} any more.", reason="unknown_pack"
        ) from problem
    raise _explained(url, str(problem)) from problem


def _entries(url: str, listed: bytes) -> list[_Entry]:
    found = []
    size_bytes = 0
    for line in listed.decode("utf-8", "surrogateescape").split("\0"):
        if not line:
            continue
        columns, _, path = line.partition("\t")
        mode, _, blob, size = columns.split()
        # A submodule has a dash where a file has its size.
        entry = _Entry(
            mode=int(mode, 8), blob=blob, size_bytes=int(size) if size.isdigit() else 0, path=path
        )
        size_bytes += entry.size_bytes
        found.append(entry)
        if len(found) > MAX_FILES:
            raise UserError(f"{url} has more than {MAX_FILES} files.", reason="too_many_files")
        if entry.size_bytes > MAX_FILE_BYTES or size_bytes > MAX_BYTES:
            raise _too_large(url)
    return found


def _contents(git: _Git, entries: list[_Entry]) -> Iterator[TreeFile]:
    blobs = [each for each in entries if each.mode in _BLOBS]
    asked = "".join(f"{each.blob}\n" for each in blobs).encode()
    answer = git.run("cat-file", "--batch", stdin=asked, most=MAX_BYTES + 200 * len(blobs))
    at = 0
    for entry in blobs:
        at = answer.index(b"\n", at) + 1
        content = answer[at : at + entry.size_bytes]
        at += entry.size_bytes + 1
        yield TreeFile(path=entry.path, content=content, mode=entry.mode)
    for entry in entries:
        if entry.mode not in _BLOBS:
            yield TreeFile(path=entry.path, content=b"", mode=entry.mode)


def _told(url: str, git: _Git, *arguments: str) -> bytes:
    try:
        return git.run(*arguments)
    except _GitFailed as exc:
        raise _explained(url, str(exc)) from exc


def _explained(url: str, said: str) -> UserError | Transient:
    """What git's words come to. They are not repeated: they can hold what a stranger says."""
    if re.search(r"redirect|returned error: 30\d", said, re.IGNORECASE):
        return UserError(
            f"{url} leads elsewhere, which is not followed.", reason="redirect_refused"
        )
    if re.search(r"Authentication failed|could not read Username|error: 40[13]", said):
        return UserError(
            f"{url} wants to know who asks, and no credentials are ever sent for a template.",
            reason="unknown_pack",
        )
    if re.search(r"not found|error: 4\d\d|does not appear to be a git", said):
        return UserError(f"There is no repository at {url}.", reason="unknown_pack")
    if re.search(r"certificate", said, re.IGNORECASE):
        return UserError(f"The certificate of {url} does not hold.", reason="bad_certificate")
    if re.search(r"File size limit|fsck|index-pack", said):
        return _too_large(url)
    return _away(url)


def _away(url: str) -> Transient:
    return Transient(f"{url} does not answer.", reason="no_answer")


def _too_large(what: str) -> UserError:
    return UserError(
        f"{what} is too large: a template may have {MAX_BYTES // MIB} MiB, and "
        f"{MAX_FILE_BYTES // MIB} MiB in a file.",
        reason="too_large",
    )


def _environment(folder: Path) -> Mapping[str, str]:
    # Built from nothing: variables of ours could send git elsewhere, or along with a secret.
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {
        **passed_on,
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "HOME": str(folder),
        "GIT_DIR": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "/bin/false",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_PROTOCOL_FROM_USER": "0",
    }

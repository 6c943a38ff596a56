"""The git command, run on one bare repository and on nothing else of the machine."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from bot.errors import ConfigurationError, Transient

READ_TIMEOUT_S = 10
WRITE_TIMEOUT_S = 60


class GitFailed(Transient):
    """Git ended with an error; what it said is in ``said``.

    Whoever knows what that means catches it; for all others the disk is out of order, which
    may be mended by the next attempt.
    """

    reason = "git_failed"

    def __init__(self, command: str, said: str) -> None:
        super().__init__(f"git {command}: {said[:500]}")
        self.said = said


class Git:
    """Git commands on the bare repository in ``folder``.

    Neither the person's or the system's configuration nor a hook has a say in them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, *arguments: str, stdin: bytes = b"", timeout_s: float = READ_TIMEOUT_S) -> bytes:
        """What the command printed.

        Raises:
            GitFailed: It ended with an error.
            Transient: It took longer than allowed and was stopped.
        """
        try:
            done = subprocess.run(
                _command(arguments),
                env=_environment(self._folder),
                input=stdin,
                capture_output=True,
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired as exc:
            raise Transient(
                f"git {arguments[0]} took longer than {timeout_s:g} s.", reason="git_timeout"
            ) from exc
        except FileNotFoundError as exc:
            raise _no_git() from exc
        if done.returncode != 0:
            raise GitFailed(arguments[0], done.stderr.decode("utf-8", "replace").strip())
        return done.stdout

    def first_bytes(self, *arguments: str, size_bytes: int) -> bytes:
        """The first bytes of what the command prints; it is stopped when they are there."""
        try:
            process = subprocess.Popen(
                _command(arguments),
                env=_environment(self._folder),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except FileNotFoundError as exc:
            raise _no_git() from exc
        with process:
            try:
                return b"" if process.stdout is None else process.stdout.read(size_bytes)
            finally:
                process.kill()


def initialise(folder: Path, branch: str) -> None:
    """Make an empty bare repository without hooks or anything else from a template."""
    Git(folder).run(
        "init", "--quiet", "--bare", "--template=", f"--initial-branch={branch}", str(folder)
    )


def _command(arguments: tuple[str, ...]) -> list[str]:
    # Hooks in the repository itself would run whatever somebody put there.
    return ["git", "-c", f"core.hooksPath={os.devnull}", "-c", "gc.auto=0", *arguments]


def _environment(folder: Path) -> Mapping[str, str]:
    # Built from nothing: GIT_* variables of the caller could point anywhere.
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "HOME": os.devnull,
        "GIT_DIR": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
    }


def _no_git() -> ConfigurationError:
    return ConfigurationError(
        "The git command was not found.",
        reason="git_missing",
        remedy="Install git, version 2.34 or newer.",
    )

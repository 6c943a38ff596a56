"""Files that are published say nothing of the machine they were written on."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.parts import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[.*?\])?==(?P<version>[^\s;]+)")
# Written in two halves, so that this file does not find itself.
MACHINE = re.compile(r"(?<![\w.$}~-])/" + r"(work|root|home/[a-z][\w-]*|Users/\w+)/")
# Inside an image, root's folder is nobody's.
OF_AN_IMAGE = "--mount=type=cache"


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    found = [
        f"{name}:{number}: {line.strip()[:80]}"
        for name in tracked()
        for number, line in enumerate(text_of(name).splitlines(), 1)
        if MACHINE.search(line) and OF_AN_IMAGE not in line
    ]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_python_lock_names_no_address_and_no_option(lock: str) -> None:
    lines = text_of(lock).splitlines()
    pins = [line for line in lines if not line.lstrip().startswith("#")]
    assert not [line for line in lines if "://" in line or "file:" in line]
    assert not [line for line in pins if not PIN.match(line) and "--hash=sha256:" not in line]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_hashes(lock: str) -> None:
    lines = text_of(lock).splitlines()
    bare = [
        line
        for line, following in zip(lines, [*lines[1:], ""], strict=True)
        if PIN.match(line) and "--hash=sha256:" not in following
    ]
    assert not bare


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))
    assert unmet(project["project"]["dependencies"], LOCKS[0]) == []
    everything = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    assert unmet(everything, LOCKS[1]) == []


def test_both_locks_agree() -> None:
    run, dev = pins(LOCKS[0]), pins(LOCKS[1])
    assert run == {name: dev.get(name) for name in run}


def test_the_node_lock_names_no_address() -> None:
    lock = json.loads(text_of("tests/e2e/package-lock.json"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert not [name for name, entry in packages.items() if "resolved" in entry]
    assert not [name for name, entry in packages.items() if "integrity" not in entry]


def unmet(asked: list[str], lock: str) -> list[str]:
    """What of ``asked`` the lock does not hold; `make lock` mends it."""
    held = pins(lock)
    return [
        line
        for line in asked
        if (version := held.get(canonicalize_name((one := Requirement(line)).name))) is None
        or version not in one.specifier
    ]


def pins(lock: str) -> dict[str, str]:
    return {
        canonicalize_name(found["name"]): found["version"]
        for line in text_of(lock).splitlines()
        if (found := PIN.match(line))
    }


def tracked() -> list[str]:
    """What git would publish, or every file where this is no clone."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    if listing.returncode:
        pytest.skip("needs git: what is published can only be told in a clone")
    return [name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


def text_of(name: str) -> str:
    path: Path = ROOT / name
    return path.read_bytes().decode("utf-8", "replace")

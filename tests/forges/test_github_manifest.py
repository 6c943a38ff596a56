"""What the App's description asks for is what the program uses and what the docs say."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from bot.forges.github.diagnosis import (
    NEEDED_EVENTS,
    NEEDED_PERMISSIONS,
    OPTIONAL_PERMISSIONS,
)
from bot.forges.github.grants import NEEDED, granted_part
from tests.parts import ROOT

TEXT = (ROOT / "config" / "github-app.yaml").read_text("utf-8")
DOCS = (ROOT / "docs" / "github.md").read_text("utf-8")
#: Sent to every App; a manifest that lists them is refused.
UNASKED = {"installation", "installation_repositories"}


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    document = yaml.safe_load(TEXT)
    assert isinstance(document, dict)
    return document


def test_it_asks_for_what_is_needed(manifest: dict[str, Any]) -> None:
    assert NEEDED_PERMISSIONS.items() <= manifest["default_permissions"].items()
    assert set(NEEDED_EVENTS) <= set(manifest["default_events"])
    assert UNASKED.isdisjoint(manifest["default_events"])


def test_what_is_optional_is_there_to_be_switched_on(manifest: dict[str, Any]) -> None:
    for permission in OPTIONAL_PERMISSIONS:
        assert permission not in manifest["default_permissions"]
        assert f"  # {permission}: write\n" in TEXT
    switched_on = yaml.safe_load(re.sub(r"# (administration|workflows): write", r"\1: write", TEXT))
    assert set(OPTIONAL_PERMISSIONS) <= set(switched_on["default_permissions"])


def test_no_work_takes_out_what_the_app_does_not_ask_for(manifest: dict[str, Any]) -> None:
    asked = {**manifest["default_permissions"], **dict.fromkeys(OPTIONAL_PERMISSIONS, "write")}
    for permissions in NEEDED.values():
        # Reading is a part of writing.
        assert granted_part(permissions, asked) == permissions


def test_only_making_repositories_takes_out_administration() -> None:
    assert [purpose.value for purpose, asked in NEEDED.items() if "administration" in asked] == [
        "create"
    ]


def test_the_docs_fill_in_the_same_form(manifest: dict[str, Any]) -> None:
    (address,) = re.findall(r"https://github\.com/organizations/\S+", DOCS)
    events = re.findall(r"events\[\]=(\w+)", address)
    assert sorted(events) == sorted(manifest["default_events"])
    permissions = {**manifest["default_permissions"]}
    del permissions["metadata"]
    assert dict(re.findall(r"&(\w+)=(read|write)\b", address)) == permissions
    for optional in OPTIONAL_PERMISSIONS:
        assert f"`&{optional}=write`" in DOCS

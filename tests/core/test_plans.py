"""Plans: equal content gives equal digests, and every difference is named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.core.destination import Destination
from bot.core.git_values import EXECUTABLE, REGULAR, TreeEntry
from bot.core.plans import (
    PlannedFile,
    PlannedPlace,
    differences,
    digest,
    document,
    is_digits,
    matches,
)

SHOP = Destination(
    forge="github",
    repository="acme/shop",
    id="7",
    new=False,
    existing=True,
    visibility="private",
    path="",
    branch="firstcommit/3f9a1c2b",
    base="main",
    draft=True,
)
NEW = replace(SHOP, repository="acme/orders", id="", new=True, existing=False, branch="", base="")
README = PlannedFile(path="README.md", mode=REGULAR, content_hash="a" * 64)
CHECK = PlannedFile(path="scripts/check", mode=EXECUTABLE, content_hash="b" * 64)
BEFORE = {"README.md": TreeEntry(mode=REGULAR, blob_id="c" * 40)}
POLICY = {"approval": "never", "verify": "report"}
WORKFLOW = {"name": "generate", "steps": []}


def planned(into: Destination = SHOP, **changes: Any) -> dict[str, object]:
    parts: dict[str, Any] = {
        "files": [README, CHECK],
        "places": [PlannedPlace(into=into, before={} if into.new else BEFORE)],
        "workflow": WORKFLOW,
        "policy": POLICY,
    }
    return document(**{**parts, **changes})


def test_a_digest_is_sha_256_in_hex() -> None:
    assert len(digest(planned())) == 64
    assert is_digits(digest(planned()))


def test_the_order_in_which_files_and_keys_come_does_not_matter() -> None:
    other = planned(files=[CHECK, README], policy={"verify": "report", "approval": "never"})
    assert digest(other) == digest(planned())


def test_the_digest_does_not_change_from_version_to_version() -> None:
    # People keep digests: another form of the document would make all of them void.
    expected = "8ebf7def054f39ffd75579575941b4ab56b540f050dd296fdc9367801aa751c1"
    assert digest(planned()) == expected


def place(into: Destination, before: dict[str, TreeEntry]) -> list[PlannedPlace]:
    return [PlannedPlace(into=into, before=before)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"files": [README]}, "the project's files are others: `scripts/check`"),
        (
            {"files": [replace(README, content_hash="d" * 64), CHECK]},
            "the project's files are others: `README.md`",
        ),
        (
            {"files": [README, replace(CHECK, mode=REGULAR)]},
            "the project's files are others: `scripts/check`",
        ),
        ({"workflow": {"name": "other", "steps": []}}, "the workflow is another one"),
        ({"policy": {**POLICY, "approval": "always"}}, "the policy has changed: `approval`"),
        ({"exports": [{"type": "zip"}]}, "the exports are others"),
        (
            {"places": [PlannedPlace(into=SHOP, before=BEFORE, workflows=False)]},
            "whether this app may write workflow files there has changed",
        ),
        ({"places": []}, "the destinations are others"),
        (
            {"places": place(SHOP, {})},
            "a file of the destination changed in the meantime: `README.md`",
        ),
        (
            {"places": place(SHOP, {"README.md": TreeEntry(mode=REGULAR, blob_id="e" * 40)})},
            "a file of the destination changed in the meantime: `README.md`",
        ),
    ],
)
def test_each_difference_makes_another_digest_and_is_said(
    changes: dict[str, Any], words: str
) -> None:
    assert digest(planned(**changes)) != digest(planned())
    assert differences(planned(), planned(**changes)) == (words,)


@pytest.mark.parametrize(
    ("into", "words"),
    [
        (replace(SHOP, forge="local"), "the destination's forge is another one"),
        (replace(SHOP, id="8"), "the destination is another repository"),
        (replace(SHOP, branch="other"), "the destination's branch is another one"),
        (replace(SHOP, base="next"), "the change is for another branch"),
        (replace(SHOP, path="packages"), "the destination's folder is another one"),
        (replace(SHOP, draft=False), "whether the change is a draft has changed"),
    ],
)
def test_every_part_of_a_destination_counts(into: Destination, words: str) -> None:
    other = planned(into)
    assert digest(other) != digest(planned())
    assert words in differences(planned(), other)


def test_a_new_repository_is_known_by_its_name_and_visibility() -> None:
    assert digest(planned(NEW)) != digest(planned(replace(NEW, repository="acme/bills")))
    assert differences(planned(NEW), planned(replace(NEW, visibility="public"))) == (
        "the destination's visibility is another one",
    )


def test_an_existing_repository_is_known_by_its_id_whatever_it_is_called() -> None:
    assert digest(planned(replace(SHOP, repository="acme/store"))) == digest(planned())


def test_the_order_of_destinations_counts() -> None:
    one, two = PlannedPlace(into=SHOP, before={}), PlannedPlace(into=NEW, before={})
    assert digest(planned(places=[one, two])) != digest(planned(places=[two, one]))


def test_a_later_plan_of_the_same_has_a_digest_of_its_own() -> None:
    assert digest(planned(edition=1)) != digest(planned())
    assert differences(planned(), planned(edition=1)) == ()


def test_nothing_differs_between_equals() -> None:
    assert differences(planned(), planned()) == ()


def test_what_lies_at_the_destination_can_be_left_aside() -> None:
    other = planned(places=place(SHOP, {}))
    assert differences(planned(), other, before=False) == ()


def test_of_many_files_a_few_are_named() -> None:
    many = [replace(README, path=f"f{number}") for number in range(9)]
    (words,) = differences(planned(files=[]), planned(files=many))
    assert words == "the project's files are others: `f0`, `f1`, `f2`, `f3`, `f4` and 4 more"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("3f9a1c2b4d5e", True),
        ("3f9a1c", True),
        ("3F9A1C", True),
        ("3f9a1", False),
        ("", False),
        ("3f9a1d", False),
    ],
)
def test_at_least_six_digits_mean_a_digest(given: str, meant: bool) -> None:
    assert matches(f"3f9a1c2b4d5e{'0' * 52}", given) is meant


@pytest.mark.parametrize("given", ["3f9a1c", "ABCDEF"])
def test_hex_digits_are_digits(given: str) -> None:
    assert is_digits(given)


@pytest.mark.parametrize("given", ["", "orders", "3f9a1g", "3f9a 1c"])
def test_anything_else_is_none(given: str) -> None:
    assert not is_digits(given)

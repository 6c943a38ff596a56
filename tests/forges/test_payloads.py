"""Deliveries in GitHub's shape, read into our own events."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.events import (
    CommentAdded,
    InstallationAction,
    InstallationChanged,
    RepositoryGone,
    TextEdited,
    ThreadOpened,
)
from bot.core.identity import Actor, Repository, Thread, ThreadKind
from bot.errors import UserError
from bot.forges.payloads import EVENT_KINDS, read_event

SAMPLES = Path(__file__).parents[1] / "payloads" / "github"

ADA = Actor(forge="github", account_id="583231", login="ada-l")
GRACE = Actor(forge="github", account_id="8812003", login="grace-h")
RENOVATE = Actor(forge="github", account_id="29139614", login="renovate[bot]", is_bot=True)
ASSEMBLY = Repository(
    forge="github",
    id="1296269",
    owner="acme-robotics",
    owner_id="9919",
    name="assembly",
    default_branch="trunk",
    description="Robots that build robots",
    installation="51234567",
    web_url="https://github.com/acme-robotics/assembly",
    clone_url="https://github.com/acme-robotics/assembly.git",
)
NOTES = Repository(
    forge="github",
    id="9007199254740993",
    owner="ada-l",
    owner_id="583231",
    name="notes",
    owner_is_person=True,
    private=False,
    web_url="https://github.com/ada-l/notes",
    clone_url="https://github.com/ada-l/notes.git",
)


def issue(number: int) -> Thread:
    return Thread(
        repository=ASSEMBLY,
        number=number,
        url=f"https://github.com/acme-robotics/assembly/issues/{number}",
    )


CHANGE = Thread(
    repository=ASSEMBLY,
    number=57,
    kind=ThreadKind.CHANGE,
    url="https://github.com/acme-robotics/assembly/pull/57",
)
GENERATE = CommentAdded(
    thread=issue(42),
    comment_id="3104567890",
    author=ADA,
    text="/generate python-package name=gripper\r\n",
    url="https://github.com/acme-robotics/assembly/issues/42#issuecomment-3104567890",
)
EDITED = TextEdited(
    thread=issue(42),
    comment_id="3104567890",
    author=ADA,
    text="/generate flask-service name=gripper",
)
INSTALLED = InstallationChanged(
    forge="github",
    installation="51234567",
    account_id="9919",
    login="acme-robotics",
    is_person=False,
    action=InstallationAction.CREATED,
)


def comment_url(number: int, comment_id: str) -> str:
    return f"{issue(number).url}#issuecomment-{comment_id}"


EXPECTED = {
    "issue_comment__created": GENERATE,
    "issue_comment__created_on_change": CommentAdded(
        thread=CHANGE,
        comment_id="3104567891",
        author=GRACE,
        text="/firstcommit status",
        url=comment_url(57, "3104567891"),
    ),
    # A person who writes through an App is a person.
    "issue_comment__created_through_an_app": replace(
        GENERATE, comment_id="3104567892", url=comment_url(42, "3104567892")
    ),
    "issue_comment__created_by_bot": CommentAdded(
        thread=issue(42),
        comment_id="3104567893",
        author=RENOVATE,
        text="/generate python-package name=loop",
        url=comment_url(42, "3104567893"),
    ),
    "issue_comment__created_by_ghost": None,
    "issue_comment__created_in_personal_repository": CommentAdded(
        thread=Thread(repository=NOTES, number=1, url="https://github.com/ada-l/notes/issues/1"),
        comment_id="9007199254740995",
        author=ADA,
        text="/firstcommit templates",
        url="https://github.com/ada-l/notes/issues/1#issuecomment-9007199254740995",
    ),
    "issue_comment__edited": EDITED,
    "issue_comment__edited_by_bot": replace(EDITED, author=RENOVATE),
    "issue_comment__deleted": None,
    "issues__opened": ThreadOpened(
        thread=issue(43), author=GRACE, text="Please\n\n/generate python-package name=arm"
    ),
    "issues__opened_without_text": ThreadOpened(thread=issue(44), author=GRACE, text=""),
    "issues__edited_text": TextEdited(
        thread=issue(43), comment_id=None, author=GRACE, text="/plan python-package name=arm"
    ),
    "issues__edited_title": None,
    "issues__labeled": None,
    "pull_request__opened": ThreadOpened(
        thread=CHANGE, author=ADA, text="Swaps the spring.\n\n/firstcommit help"
    ),
    "pull_request__edited_text": TextEdited(
        thread=CHANGE, comment_id=None, author=ADA, text="/firstcommit review"
    ),
    "pull_request__edited_base": None,
    "pull_request__synchronize": None,
    "pull_request_review_comment__created": None,
    "installation__created": INSTALLED,
    "installation__created_for_enterprise": replace(INSTALLED, account_id="77", login="acme-group"),
    "installation__deleted": replace(
        INSTALLED,
        account_id=ADA.account_id,
        login=ADA.login,
        is_person=True,
        action=InstallationAction.REMOVED,
    ),
    "installation__suspend": replace(INSTALLED, action=InstallationAction.SUSPENDED),
    "installation__unsuspend": replace(INSTALLED, action=InstallationAction.RESUMED),
    "installation__new_permissions_accepted": replace(INSTALLED, action=InstallationAction.CHANGED),
    "installation_repositories__added": replace(INSTALLED, action=InstallationAction.CHANGED),
    "installation_repositories__removed": RepositoryGone(
        forge="github", repository_ids=("1296269", "1296270")
    ),
    "repository__deleted": RepositoryGone(forge="github", repository_ids=("1296269",)),
    "repository__archived": RepositoryGone(forge="github", repository_ids=("1296269",)),
    "repository__renamed": None,
    "repository__transferred": None,
    "ping__hook": None,
    "push__branch": None,
}


def load(name: str) -> dict[str, object]:
    return json.loads((SAMPLES / f"{name}.json").read_text())


@pytest.mark.parametrize("name", sorted(path.stem for path in SAMPLES.glob("*.json")))
def test_a_delivery_is_read_as(name):
    kind, _, _ = name.partition("__")
    assert read_event("github", kind, load(name)) == EXPECTED[name]


def test_every_expectation_has_its_sample():
    assert {path.stem for path in SAMPLES.glob("*.json")} == set(EXPECTED)


def test_the_event_belongs_to_the_forge_that_was_named():
    event = read_event("local", "issue_comment", load("issue_comment__created"))
    assert isinstance(event, CommentAdded)
    assert (event.author.forge, event.thread.repository.forge) == ("local", "local")


def changed(name: str, path: str, value: object) -> dict[str, object]:
    """A sample with one field set to another value."""
    payload = copy.deepcopy(load(name))
    *outer, last = path.split(".")
    here = payload
    for key in outer:
        here = here[key]
    here[last] = value
    return payload


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("action", None),
        ("action", {"a": 1}),
        ("comment", None),
        ("comment", []),
        ("comment.id", "12"),
        ("comment.id", True),
        ("comment.id", 0),
        ("comment.id", -1),
        ("comment.id", 2**63),
        ("comment.id", 10**4000),
        ("comment.id", 1.5),
        ("comment.body", 7),
        ("comment.user", "ada"),
        ("comment.user.id", None),
        ("comment.user.login", ""),
        ("issue", None),
        ("issue.number", None),
        ("issue.html_url", 1),
        ("repository", None),
        ("repository.owner", None),
        ("repository.name", None),
        ("repository.private", "yes"),
        ("installation", 5),
        ("installation.id", None),
    ],
)
def test_a_field_of_another_type_is_named(path, value):
    with pytest.raises(UserError) as refused:
        read_event("github", "issue_comment", changed("issue_comment__created", path, value))
    assert refused.value.reason == "unreadable_payload"
    assert path in refused.value.message


def test_a_bad_entry_of_a_list_is_named_by_its_place():
    payload = changed("installation_repositories__removed", "repositories_removed", [{"id": 1}, 2])
    with pytest.raises(UserError, match=r"repositories_removed\[1\]"):
        read_event("github", "installation_repositories", payload)


def test_nothing_is_demanded_of_an_action_that_nobody_listens_to():
    assert read_event("github", "issues", {"action": "pinned"}) is None


@pytest.mark.parametrize("path", ["repository.private", "repository.visibility"])
def test_a_repository_that_does_not_say_is_taken_for_private(path):
    event = read_event("github", "issue_comment", changed("issue_comment__created", path, None))
    assert isinstance(event, CommentAdded)
    assert event.thread.repository.private


def test_a_login_with_the_bots_suffix_is_a_bot_whatever_its_type():
    payload = changed("issue_comment__created", "comment.user.login", "helper[bot]")
    event = read_event("github", "issue_comment", payload)
    assert isinstance(event, CommentAdded)
    assert event.author.is_bot


def test_what_no_database_stores_is_replaced():
    payload = changed("issue_comment__created", "comment.body", "a\0b \ud800 c \U0001f600")
    event = read_event("github", "issue_comment", payload)
    assert isinstance(event, CommentAdded)
    assert event.text.startswith("a\ufffdb \ufffd")
    assert event.text.endswith(" c \U0001f600")
    event.text.encode()


def test_an_installation_that_lost_its_last_repositories_has_changed():
    payload = changed("installation_repositories__removed", "repositories_removed", [])
    assert read_event("github", "installation_repositories", payload) == replace(
        INSTALLED, action=InstallationAction.CHANGED
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
PAYLOADS = [(name.partition("__")[0], load(name)) for name in sorted(EXPECTED)]


def places(value: object, place: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(value, dict):
        return []
    inner = [found for key in value for found in places(value[key], (*place, key))]
    return [(*place, key) for key in value] + inner


@given(kind=st.sampled_from(sorted(EVENT_KINDS)), payload=st.dictionaries(st.text(), JSON))
def test_no_object_is_too_odd(kind, payload):
    read_or_refused(kind, payload)


@given(data=st.data(), sample=st.sampled_from(PAYLOADS), odd=JSON)
def test_no_odd_value_in_a_real_delivery_is_too_odd(data, sample, odd):
    kind, payload = sample
    payload = copy.deepcopy(payload)
    *outer, last = data.draw(st.sampled_from(places(payload)))
    here = payload
    for key in outer:
        here = here[key]
    here[last] = odd
    read_or_refused(kind, payload)


def read_or_refused(kind: str, payload: dict[str, object]) -> None:
    try:
        read_event("github", kind, payload)
    except UserError as refused:
        assert refused.reason == "unreadable_payload"

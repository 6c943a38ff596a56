"""Deliveries in GitHub's shape, read into our own events.

Pure, from plain dicts: models of SDKs refuse payloads that GitHub really sends. The local
forge's door speaks the same shape. Fields: https://docs.github.com/webhooks/webhook-events-and-payloads

Comments of review threads are not listened to: their ids are of another space than those of
the conversation, and an answer would land in a place where nobody asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.core.events import (
    CheckEnded,
    CommentAdded,
    Event,
    InstallationAction,
    InstallationChanged,
    RepositoryGone,
    TextEdited,
    ThreadOpened,
)
from bot.core.identity import Actor, Repository, Thread, ThreadKind
from bot.forges.fields import Fields


def read_event(forge: str, kind: str, payload: Mapping[str, object]) -> Event | None:
    """What a delivery of that event name says; None where nobody here listens to it.

    Raises:
        UserError: with reason ``unreadable_payload``, naming the field that is absent or of
            another type than it must be.
    """
    reader = _READERS.get(kind)
    if reader is None:
        return None
    delivery = _Delivery(forge=forge, fields=Fields(payload))
    return reader(delivery, delivery.fields.text("action"))


@dataclass(frozen=True, kw_only=True)
class _Delivery:
    forge: str
    fields: Fields

    def actor(self, account: Fields) -> Actor:
        """An account.

        Only its type or the suffix of its login make it a bot. ``performed_via_github_app``
        does not: it is also set where a person writes through an App in their own name.
        """
        login = account.text("login")
        return Actor(
            forge=self.forge,
            account_id=account.number("id"),
            login=login,
            is_bot=account.text_or_empty("type") == "Bot" or login.endswith("[bot]"),
        )

    def editor(self, author: Actor) -> Actor:
        """Whose doing an edit is: the text's author, unless a bot changed it for them."""
        sender = self.fields.part_or_none("sender")
        if sender is None:
            return author
        actor = self.actor(sender)
        return actor if actor.is_bot else author

    def installation(self) -> str:
        part = self.fields.part_or_none("installation")
        return "" if part is None else part.number("id")

    def repository(self) -> Repository:
        part = self.fields.part("repository")
        owner = part.part("owner")
        return Repository(
            forge=self.forge,
            id=part.number("id"),
            owner=owner.text("login"),
            owner_id=owner.number("id"),
            name=part.text("name"),
            owner_is_person=owner.text_or_empty("type") == "User",
            # Taken for private where nothing is said: nothing may be shown by mistake.
            private=part.flag("private", default=True),
            default_branch=part.text_or_empty("default_branch") or "main",
            description=part.text_or_empty("description"),
            installation=self.installation(),
            web_url=part.text_or_empty("html_url"),
            clone_url=part.text_or_empty("clone_url"),
        )

    def thread(self, talk: Fields, kind: ThreadKind) -> Thread:
        return Thread(
            repository=self.repository(),
            number=int(talk.number("number")),
            kind=kind,
            url=talk.text_or_empty("html_url"),
        )


def _read_comment(delivery: _Delivery, action: str) -> Event | None:
    if action not in ("created", "edited"):
        return None
    comment = delivery.fields.part("comment")
    user = comment.part_or_none("user")
    if user is None:
        # The account was deleted meanwhile: a command of nobody is nobody's.
        return None
    author = delivery.actor(user)
    issue = delivery.fields.part("issue")
    kind = ThreadKind.CHANGE if issue.has("pull_request") else ThreadKind.ISSUE
    thread = delivery.thread(issue, kind)
    text = comment.text_or_empty("body")
    if action == "edited":
        return TextEdited(
            thread=thread,
            comment_id=comment.number("id"),
            author=delivery.editor(author),
            text=text,
        )
    return CommentAdded(
        thread=thread,
        comment_id=comment.number("id"),
        author=author,
        text=text,
        url=comment.text_or_empty("html_url"),
    )


def _read_issue(delivery: _Delivery, action: str) -> Event | None:
    return _read_opening(delivery, action, part="issue", kind=ThreadKind.ISSUE)


def _read_change(delivery: _Delivery, action: str) -> Event | None:
    return _read_opening(delivery, action, part="pull_request", kind=ThreadKind.CHANGE)


def _read_opening(delivery: _Delivery, action: str, *, part: str, kind: ThreadKind) -> Event | None:
    if action not in ("opened", "edited") or (action == "edited" and not _text_changed(delivery)):
        return None
    talk = delivery.fields.part(part)
    user = talk.part_or_none("user")
    if user is None:
        return None
    author = delivery.actor(user)
    thread = delivery.thread(talk, kind)
    text = talk.text_or_empty("body")
    if action == "edited":
        return TextEdited(thread=thread, comment_id=None, author=delivery.editor(author), text=text)
    return ThreadOpened(thread=thread, author=author, text=text)


def _text_changed(delivery: _Delivery) -> bool:
    changes = delivery.fields.part_or_none("changes")
    return changes is not None and changes.has("body")


_INSTALLATION_ACTIONS = {
    "created": InstallationAction.CREATED,
    "new_permissions_accepted": InstallationAction.CHANGED,
    "suspend": InstallationAction.SUSPENDED,
    "unsuspend": InstallationAction.RESUMED,
    "deleted": InstallationAction.REMOVED,
}


def _read_installation(delivery: _Delivery, action: str) -> Event | None:
    known = _INSTALLATION_ACTIONS.get(action)
    return None if known is None else _installation_changed(delivery, known)


def _installation_changed(delivery: _Delivery, action: InstallationAction) -> Event:
    account = delivery.fields.part("installation").part("account")
    return InstallationChanged(
        forge=delivery.forge,
        installation=delivery.installation(),
        account_id=account.number("id"),
        # An enterprise has a slug where people and organisations have a login.
        login=account.text_or_empty("login") or account.text("slug"),
        is_person=account.text_or_empty("type") == "User",
        action=action,
    )


def _read_installation_repositories(delivery: _Delivery, action: str) -> Event | None:
    if action == "removed":
        removed = delivery.fields.parts("repositories_removed")
        if removed:
            ids = tuple(repository.number("id") for repository in removed)
            return RepositoryGone(forge=delivery.forge, repository_ids=ids)
    if action in ("added", "removed"):
        return _installation_changed(delivery, InstallationAction.CHANGED)
    return None


def _read_repository(delivery: _Delivery, action: str) -> Event | None:
    if action not in ("deleted", "archived"):
        return None
    gone = delivery.fields.part("repository").number("id")
    return RepositoryGone(forge=delivery.forge, repository_ids=(gone,))


#: https://docs.github.com/rest/checks/runs: of how a check ends, what calls for mending.
_FAILED = frozenset({"failure", "timed_out", "startup_failure"})


def _read_check_run(delivery: _Delivery, action: str) -> Event | None:
    check = delivery.fields.part("check_run") if action == "completed" else None
    suite = check.part_or_none("check_suite") if check is not None else None
    return _check_ended(delivery, check, suite)


def _read_check_suite(delivery: _Delivery, action: str) -> Event | None:
    suite = delivery.fields.part("check_suite") if action == "completed" else None
    return _check_ended(delivery, suite, suite)


def _read_workflow_run(delivery: _Delivery, action: str) -> Event | None:
    run = delivery.fields.part("workflow_run") if action == "completed" else None
    return _check_ended(delivery, run, run)


def _check_ended(
    delivery: _Delivery, ended: Fields | None, placed: Fields | None
) -> CheckEnded | None:
    """None where the check is on no branch of the repository: of a fork, the forge names none."""
    branch = placed.text_or_empty("head_branch") if placed is not None else ""
    if ended is None or not branch:
        return None
    app = ended.part_or_none("app")
    return CheckEnded(
        repository=delivery.repository(),
        commit_id=ended.text("head_sha"),
        branch=branch,
        # Apps act under this login: https://docs.github.com/apps/creating-github-apps
        app=f"{app.text_or_empty('slug')}[bot]" if app is not None else "",
        failed=ended.text_or_empty("conclusion") in _FAILED,
    )


_READERS: Mapping[str, Callable[[_Delivery, str], Event | None]] = {
    "issue_comment": _read_comment,
    "issues": _read_issue,
    "pull_request": _read_change,
    "installation": _read_installation,
    "installation_repositories": _read_installation_repositories,
    "repository": _read_repository,
    "check_run": _read_check_run,
    "check_suite": _read_check_suite,
    "workflow_run": _read_workflow_run,
}

#: The event names that `read_event` listens to.
EVENT_KINDS = frozenset(_READERS)

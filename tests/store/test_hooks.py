"""Hooks: whose they are, what they hear of, and how they are changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from bot.core.hooks import HookDeliveryStatus, HookKind
from bot.core.runs import ExportType, RunStatus
from bot.errors import UserError
from bot.store import events
from bot.store.engines import engines_for
from bot.store.hooks import MOST_HOOKS
from bot.store.models import PlaceRow, ProjectRow
from bot.store.port import EventKind, Organisation, Store, Whose
from bot.store.session import Sessions
from tests.store.hooking import DELIVERED, OFF, hook, now, put_off, settled, taken, told
from tests.store.making import (
    BROKEN,
    all_at_once,
    new_run,
    project_of,
    queued,
    running,
    save,
    text_file,
)

HOME = "account:github:55"


def organisation(store: Store, account_id: str = "10", installation: str = "99") -> Organisation:
    return store.organisations.installed(
        "github", account_id, f"acme-{account_id}", is_person=False, installation=installation
    )


def sessions(url: str, clock: Callable[[], datetime]) -> Sessions:
    return Sessions(engines_for(url), clock)


def happen(
    url: str, clock: Callable[[], datetime], project: str, kind: EventKind, **data: object
) -> None:
    """Something happens to a project that no method of the store does by itself."""
    with sessions(url, clock).write() as tx:
        row = tx.scalars(select(ProjectRow).where(ProjectRow.id == project)).one()
        events.of_project(tx, None, row, kind, tx.now(), **data)


def live_at(url: str, clock: Callable[[], datetime], project: str, home: str) -> None:
    with sessions(url, clock).write() as tx:
        tx.execute(update(ProjectRow).where(ProjectRow.id == project).values(home=home))


def kinds_told(store: Store, of: object) -> list[str]:
    return [delivery.kind for delivery in told(store, of)]  # type: ignore[arg-type]


def test_the_operator_hears_of_everything(store: Store) -> None:
    all_hears = hook(store)
    run = running(store)
    save(store, run, text_file("a.py"))
    store.projects.complete(project_of(run), run_id=run.id, number=1)
    export = store.exports.begin(
        project_of(run),
        ExportType.GITHUB,
        snapshot=1,
        repository_name="acme/orders",
        created_by="github:ada",
        run_id=run.id,
        number=1,
    )
    store.exports.complete(export.id, repository_url="https://x", run_id=run.id, number=1)
    assert kinds_told(store, all_hears) == [
        "project.created",
        "files.saved",
        "project.completed",
        "export.started",
        "export.completed",
    ]


def test_failures_are_told_with_their_reason(store: Store) -> None:
    hears = hook(store, kinds=[HookKind.PROJECT_FAILED, HookKind.EXPORT_FAILED])
    run = running(store)
    save(store, run, text_file("a.py"))
    store.exports.begin(
        project_of(run),
        ExportType.GITHUB,
        snapshot=1,
        repository_name="acme/orders",
        created_by="github:ada",
        run_id=run.id,
        number=1,
    )
    store.runs.finish(run.id, 1, RunStatus.FAILED, failure=BROKEN)
    bodies = [delivery.body for delivery in told(store, hears)]
    assert [body["type"] for body in bodies] == ["project.failed", "export.failed"]
    failure = {"reason": BROKEN.reason, "message": BROKEN.message}
    assert [body["data"]["failure"] for body in bodies] == [failure, failure]  # type: ignore[index]


@pytest.mark.parametrize(
    ("kind", "data", "file"),
    [
        (EventKind.PROJECT_CHANGED, {"name": "new"}, None),
        (EventKind.PROJECT_DELETED, {}, None),
        (
            EventKind.FILE_WRITTEN,
            {"path": "a.py", "size": 3, "content_hash": "ab", "preview": "x = 1"},
            {"path": "a.py", "size": 3, "content_hash": "ab"},
        ),
        (EventKind.FILE_DELETED, {"path": "a.py"}, {"path": "a.py"}),
    ],
)
def test_changes_are_told_without_what_stands_in_files(
    store: Store,
    url: str,
    clock: Callable[[], datetime],
    kind: EventKind,
    data: dict[str, object],
    file: dict[str, object] | None,
) -> None:
    project = project_of(queued(store))
    hears = hook(store)
    happen(url, clock, project, kind, **data)
    (delivery,) = told(store, hears)
    assert delivery.kind == kind.value.replace("_", ".")
    assert delivery.body["data"].get("file") == file  # type: ignore[attr-defined]
    assert "x = 1" not in str(delivery.body)


def test_what_is_nobodys_business_is_not_told(store: Store) -> None:
    hears = hook(store)
    run = running(store)
    store.runs.finish(run.id, 1, RunStatus.FAILED, failure=BROKEN)
    store.runs.retry(run.id)
    assert kinds_told(store, hears) == ["project.created", "project.failed"]


def test_a_hook_of_an_organisation_hears_of_its_projects_alone(store: Store) -> None:
    acme, other = organisation(store), organisation(store, "11", "98")
    hears, silent = hook(store, organisation_id=acme.id), hook(store, organisation_id=other.id)
    at_home = hook(store, home=HOME)
    store.runs.create(new_run(organisation_id=acme.id, project="ours"))
    store.runs.create(new_run(project="nobodys"))
    (delivery,) = told(store, hears)
    project = delivery.body["data"]["project"]  # type: ignore[index]
    assert (project["name"], project["organisation_id"]) == ("ours", acme.id)
    assert not told(store, silent)
    assert not told(store, at_home)


def test_a_hook_of_a_home_hears_of_what_lives_there_alone(
    store: Store, url: str, clock: Callable[[], datetime]
) -> None:
    hears, silent = hook(store, home=HOME), hook(store, home="account:github:56")
    project = project_of(queued(store))
    live_at(url, clock, project, HOME)
    happen(url, clock, project, EventKind.PROJECT_COMPLETED)
    happen(url, clock, project_of(queued(store)), EventKind.PROJECT_COMPLETED)
    assert kinds_told(store, hears) == ["project.completed"]
    assert not told(store, silent)


def test_a_hook_hears_only_of_the_kinds_it_wants_and_while_it_is_active(store: Store) -> None:
    hears = hook(store, kinds=[HookKind.PROJECT_FAILED, HookKind.PROJECT_CREATED])
    off = hook(store)
    store.hooks.change(off.id, active=False)
    save(store, running(store), text_file("a.py"))
    assert kinds_told(store, hears) == ["project.created"]
    assert not told(store, off)


def test_nothing_is_told_of_what_did_not_happen(
    store: Store, url: str, clock: Callable[[], datetime]
) -> None:
    project = project_of(queued(store))
    hears = hook(store)
    with pytest.raises(KeyError), sessions(url, clock).write() as tx:
        row = tx.scalars(select(ProjectRow).where(ProjectRow.id == project)).one()
        events.of_project(tx, None, row, EventKind.PROJECT_COMPLETED, tx.now())
        raise KeyError("undone")
    assert not told(store, hears)


def test_hooks_are_listed_by_whose_they_are_the_newest_first(store: Store) -> None:
    acme = organisation(store)
    of_acme = hook(store, organisation_id=acme.id)
    at_home, of_all = hook(store, home=HOME), hook(store)

    def listed(whose: Whose, **more: int) -> list[str]:
        return [found.id for found in store.hooks.listed(whose, **more)]

    assert listed(Whose()) == []
    assert listed(Whose(organisation_ids=frozenset([acme.id]))) == [of_acme.id]
    assert listed(Whose(homes=frozenset([HOME, "other"]))) == [at_home.id]
    both = Whose(organisation_ids=frozenset([acme.id]), homes=frozenset([HOME]))
    assert listed(both) == [at_home.id, of_acme.id]
    everybody = Whose(everybody=True)
    assert listed(everybody, limit=2) == [of_all.id, at_home.id]
    assert listed(everybody, before=at_home.serial) == [of_acme.id]


def test_one_cannot_have_any_number_of_hooks(store: Store) -> None:
    for _ in range(MOST_HOOKS):
        hook(store, home=HOME)
    with pytest.raises(UserError) as caught:
        hook(store, home=HOME)
    assert caught.value.reason == "too_many_hooks"
    hook(store, home="account:github:56")
    for _ in range(MOST_HOOKS):
        hook(store)
    with pytest.raises(UserError):
        hook(store)


def test_a_hook_belongs_to_one_alone(store: Store) -> None:
    acme = organisation(store)
    with pytest.raises(ValueError, match="belongs to"):
        hook(store, organisation_id=acme.id, home=HOME)
    with pytest.raises(ValueError, match="belongs to"):
        hook(store, home="")
    with pytest.raises(LookupError):
        hook(store, organisation_id=str(uuid4()))


def test_a_hook_is_changed_in_what_is_given(store: Store) -> None:
    made = hook(store, kinds=[HookKind.FILES_SAVED])
    changed = store.hooks.change(made.id, url="https://hooks.example/y")
    assert changed is not None
    assert (changed.url, changed.kinds) == ("https://hooks.example/y", (HookKind.FILES_SAVED,))
    again = store.hooks.change(made.id, kinds=[])
    assert again is not None
    assert (again.url, again.kinds) == ("https://hooks.example/y", ())
    assert store.hooks.change(str(uuid4()), active=True) is None
    assert store.hooks.get(made.id) == again


def test_what_is_on_its_way_ends_when_a_hook_is_switched_off(store: Store) -> None:
    made = hook(store)
    queued(store)
    off = store.hooks.change(made.id, active=False)
    assert off is not None
    assert (off.is_active, off.off_reason) == (False, "It was switched off by hand.")
    (delivery,) = told(store, made)
    assert (delivery.status, delivery.due_at) == (HookDeliveryStatus.FAILED, None)
    assert delivery.note == "The hook was switched off."
    on = store.hooks.change(made.id, active=True)
    assert on is not None
    assert (on.is_active, on.off_reason) == (True, "")
    assert not store.hook_deliveries.due()


@pytest.mark.parametrize("change", [{"active": True}, {"url": "https://hooks.example/new"}])
def test_a_hook_that_was_mended_is_not_failing_any_more(
    store: Store, change: dict[str, object]
) -> None:
    made = hook(store)
    queued(store)
    settled(store, made, OFF if "active" in change else put_off())
    assert now(store, made).failing_since is not None
    changed = store.hooks.change(made.id, **change)  # type: ignore[arg-type]
    assert changed is not None
    assert (changed.is_active, changed.failing_since) == (True, None)


def test_the_old_secret_signs_for_a_while_beside_the_new_one(
    store: Store, advance: Callable[[float], None]
) -> None:
    made = hook(store)
    for _ in range(3):
        queued(store)
    assert store.hooks.replace_secret(made.id, "fresh", old_valid_s=60) is not None
    assert taken(store, made).sealed_secrets == ("fresh", "sealed")
    advance(61)
    assert taken(store, made).sealed_secrets == ("fresh",)
    assert store.hooks.replace_secret(str(uuid4()), "fresh", old_valid_s=60) is None


def test_secrets_and_addresses_show_themselves_nowhere(store: Store) -> None:
    made = hook(store, url="https://hooks.example/s3cret")
    queued(store)
    shown = repr(taken(store, made))
    assert "s3cret" not in shown
    assert "sealed" not in shown.replace("sealed_secrets", "")


def test_a_removed_hook_takes_its_deliveries_along(store: Store) -> None:
    made = hook(store)
    queued(store)
    (delivery,) = told(store, made)
    assert store.hooks.remove(made.id)
    assert not store.hooks.remove(made.id)
    assert store.hooks.get(made.id) is None
    assert store.hook_deliveries.get(delivery.id) is None


def test_events_are_not_undone_by_a_hook_that_is_removed_meanwhile(store: Store) -> None:
    for _ in range(5):
        made = hook(store)
        all_at_once([partial(queued, store), partial(store.hooks.remove, made.id)] * 2)
        assert store.hooks.get(made.id) is None
    assert len(store.projects.recent()) == 10


def test_hooks_go_with_their_organisation_and_so_does_what_others_were_told(
    store: Store, advance: Callable[[float], None]
) -> None:
    acme = organisation(store)
    of_acme, of_all = hook(store, organisation_id=acme.id), hook(store)
    store.runs.create(new_run(organisation_id=acme.id, project="ours"))
    store.runs.create(new_run(project="nobodys"))
    settled(store, of_all, DELIVERED)
    store.organisations.remove("github", "99")
    advance(31 * 86_400)
    assert store.organisations.erase_removed() == 1
    assert store.hooks.get(of_acme.id) is None
    (left,) = told(store, of_all)
    assert left.body["data"]["project"]["name"] == "nobodys"  # type: ignore[index]


def test_hooks_of_repositories_go_with_the_organisation_that_owns_them(
    store: Store, url: str, clock: Callable[[], datetime], advance: Callable[[float], None]
) -> None:
    acme = organisation(store)
    theirs, others = hook(store, home="repository:github:20"), hook(store, home=HOME)
    with sessions(url, clock).write() as tx:
        tx.add(
            PlaceRow(
                home="repository:github:20",
                forge="github",
                repository={},
                organisation_id=acme.id,
                used_at=tx.now(),
            )
        )
    store.organisations.remove("github", "99")
    advance(31 * 86_400)
    assert store.organisations.erase_removed() == 1
    assert store.hooks.get(theirs.id) is None
    assert store.hooks.get(others.id) is not None

"""Accounts, grants, and what is kept of an account that left."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.core.runs import ExportType
from bot.store.port import Organisation, Store
from tests.store.making import (
    all_at_once,
    claim,
    command,
    new_plan,
    new_run,
    project_of,
    queued,
    save,
    text_file,
    thread,
)

DAY_S = 86_400


def seen(store: Store, installation: str = "99", login: str = "acme") -> Organisation:
    return store.organisations.seen(
        "github", "10", login, is_person=False, installation=installation
    )


def installed(store: Store, installation: str = "99", account: str = "10") -> Organisation:
    return store.organisations.installed(
        "github", account, f"acme-{account}", is_person=False, installation=installation
    )


def test_an_account_is_one_organisation_whatever_its_login(store: Store) -> None:
    first, second = seen(store), seen(store, login="acme-corp")
    assert (first.id, first.login, first.suspended, first.removed_at) == (
        second.id,
        "acme",
        False,
        None,
    )
    assert second.login == "acme-corp"
    assert store.organisations.find("github", "10") == second
    assert store.organisations.find("local", "10") is None


def test_of_eight_at_once_one_is_made(store: Store) -> None:
    made = all_at_once([lambda: seen(store)] * 8)
    assert len({each.id for each in made}) == 1
    assert len(store.organisations.all()) == 1


def test_a_suspended_grant_is_in_force_again_when_resumed(store: Store) -> None:
    seen(store)
    store.organisations.suspend("github", "99", suspended=True)
    assert seen(store).suspended
    store.organisations.suspend("github", "98", suspended=False)
    store.organisations.suspend("local", "99", suspended=False)
    assert seen(store).suspended
    store.organisations.suspend("github", "99", suspended=False)
    assert not seen(store).suspended


def test_seeing_restores_nothing_and_installing_does(store: Store) -> None:
    seen(store)
    store.organisations.suspend("github", "99", suspended=True)
    store.organisations.remove("github", "99")
    gone = seen(store)
    assert gone.suspended
    assert gone.removed_at is not None
    back = installed(store)
    assert (back.id, back.suspended, back.removed_at) == (gone.id, False, None)


def test_a_second_removal_does_not_put_off_the_first(
    store: Store, advance: Callable[[float], None]
) -> None:
    installed(store)
    store.organisations.remove("github", "99")
    advance(20 * DAY_S)
    store.organisations.remove("github", "99")
    advance(11 * DAY_S)
    assert store.organisations.erase_removed() == 1


def test_a_new_grant_replaces_the_old_one(store: Store) -> None:
    installed(store, "99")
    store.organisations.remove("github", "99")
    assert installed(store, "100").installation == "100"
    late = seen(store, "99")
    assert (late.installation, late.removed_at) == ("100", None)
    store.organisations.remove("github", "99")
    assert seen(store, "100").removed_at is None


def test_an_event_without_a_grant_keeps_the_known_one(store: Store) -> None:
    installed(store, "99")
    assert seen(store, "").installation == "99"


def test_organisations_are_listed_by_forge_and_login(store: Store) -> None:
    for forge, login in (("local", "b"), ("github", "z"), ("github", "Y")):
        store.organisations.seen(forge, login, login, is_person=True, installation="")
    listed = [(found.forge, found.login) for found in store.organisations.all()]
    assert listed == [("github", "Y"), ("github", "z"), ("local", "b")]


@pytest.mark.parametrize("days, erased", [(29, 0), (31, 1)])
def test_data_goes_thirty_days_after_the_grant(
    store: Store, advance: Callable[[float], None], days: int, erased: int
) -> None:
    installed(store)
    store.organisations.remove("github", "99")
    advance(days * DAY_S)
    assert store.organisations.erase_removed() == erased
    assert len(store.organisations.all()) == 1 - erased


def test_erasing_takes_everything_of_that_organisation_only(
    store: Store, advance: Callable[[float], None]
) -> None:
    leaving, staying = installed(store), installed(store, "77", account="11")
    theirs = filled(store, leaving, "10", "gone")
    ours = filled(store, staying, "11", "kept")
    silent = command(store, "no run", at=thread(owner="10"))
    store.ledger.intend(f"command:{silent.id}", "reply", kind="comment")
    store.organisations.remove("github", "99")
    advance(31 * DAY_S)

    assert store.organisations.erase_removed() == 1

    assert store.organisations.all() == [staying]
    assert store.runs.get(theirs) is None
    assert store.runs.events(theirs) == []
    assert store.ledger.of(f"run:{theirs}") == []
    assert store.runs.attempts(theirs) == []
    assert store.plans.of_run(theirs) == []
    assert store.ledger.of(f"command:{silent.id}") == []
    assert command(store, "no run").id != silent.id
    kept = store.runs.get(ours)
    assert kept is not None
    assert [project.id for project in store.projects.recent()] == [project_of(kept)]
    assert len(store.exports.of_project(project_of(kept))) == 1
    assert store.ledger.of(f"run:{ours}")
    assert len(store.runs.attempts(ours)) == len(store.plans.of_run(ours)) == 1


def test_contents_go_a_day_after_the_last_reference(
    store: Store, advance: Callable[[float], None]
) -> None:
    leaving, staying = installed(store), installed(store, "77", account="11")
    filled(store, leaving, "10", "gone", "shared")
    ours = store.runs.get(filled(store, staying, "11", "kept", "shared"))
    store.organisations.remove("github", "99")
    advance(31 * DAY_S)
    store.organisations.erase_removed()
    assert store.projects.collect_blobs() == 0
    advance(DAY_S + 1)
    assert store.projects.collect_blobs() == 1
    assert store.projects.collect_blobs() == 0
    assert ours is not None
    hashes = [file.content_hash for file in store.projects.files(project_of(ours))]
    assert sorted(store.projects.contents(hashes).values()) == [b"kept", b"shared"]


def test_contents_taken_up_again_stay(store: Store, advance: Callable[[float], None]) -> None:
    filled(store, installed(store), "10", "text")
    store.organisations.remove("github", "99")
    advance(31 * DAY_S)
    store.organisations.erase_removed()
    advance(2 * DAY_S)
    filled(store, installed(store, "77", account="11"), "11", "text")
    assert store.projects.collect_blobs() == 0


def test_collecting_beside_a_saver_loses_nothing(
    store: Store, advance: Callable[[float], None]
) -> None:
    staying = installed(store, "77", account="11")
    texts = [f"text {number}" for number in range(40)]
    for attempt in range(4):
        filled(store, installed(store), "10", *texts, key=f"old {attempt}")
        store.organisations.remove("github", "99")
        advance(31 * DAY_S)
        store.organisations.erase_removed()
        advance(2 * DAY_S)
        run_id, _ = all_at_once(
            [
                lambda attempt=attempt: filled(  # type: ignore[misc]
                    store, staying, "11", *texts, key=f"new {attempt}"
                ),
                lambda: str(store.projects.collect_blobs()),
            ]
        )
        run = store.runs.get(run_id)
        assert run is not None
        hashes = [file.content_hash for file in store.projects.files(project_of(run))]
        assert len(store.projects.contents(hashes)) == 40


def test_a_run_without_an_organisation_goes_with_its_command(
    store: Store, advance: Callable[[float], None]
) -> None:
    installed(store)
    row = command(store, at=thread(owner="10"))
    store.runs.create(new_run(command_id=row.id, at=thread(owner="10")))
    other = queued(store)
    claim(store)
    store.organisations.remove("github", "99")
    advance(31 * DAY_S)
    assert store.organisations.erase_removed() == 1
    assert [run.id for run in store.runs.recent()] == [other.id]
    assert len(store.deliveries.recent()) == 1


def filled(
    store: Store, organisation: Organisation, owner: str, *texts: str, key: str = "k"
) -> str:
    """The id of a run of that organisation with all that can hang on one."""
    at = thread(owner=owner, installation=organisation.installation)
    row = command(store, f"{owner} {key}", at=at)
    new = new_run(at=at, command_id=row.id, organisation_id=organisation.id)
    store.runs.create(new)
    run = store.runs.lease(new.id, worker="w", lease_s=15)
    assert run is not None
    save(store, run, *(text_file(f"{number}.py", text) for number, text in enumerate(texts)))
    store.exports.begin(
        project_of(run),
        ExportType.GITHUB,
        snapshot=1,
        repository_name="acme/orders",
        created_by="github:ada",
        run_id=run.id,
        number=1,
    )
    store.ledger.intend(f"run:{run.id}", "comment", kind="comment", number=1)
    store.runs.add_parts(run.id, 1, "checks", 1)
    store.runs.step_started(run.id, 1, "checks[0]")
    store.plans.propose(new_plan(run), number=1)
    return run.id

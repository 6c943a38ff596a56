"""Evidence: recorded once, found by what it is about, and gone with its run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.runs import Run
from bot.errors import UserError
from bot.store.port import NewVerification, Store
from tests.store.making import all_at_once, running


def new(run: Run, *, digest: str = "ab", **changes: object) -> NewVerification:
    made = NewVerification(
        run_id=run.id,
        step_id="checks",
        round=0,
        project_id=str(run.project_id),
        snapshot=1,
        digest=digest.ljust(64, "0"),
        document={"passed": True, "checks": [{"name": "tests", "exit_code": None}]},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_evidence_is_kept_as_it_was_gathered(store: Store) -> None:
    run = running(store)
    saved = store.verifications.save(new(run))
    assert (saved.run_id, saved.snapshot, saved.digest) == (run.id, 1, "ab" + "0" * 62)
    assert saved.document == new(run).document
    assert store.verifications.found(run.id, "checks", 0, str(run.project_id), 1) == saved
    assert store.verifications.of_run(run.id) == [saved]
    assert store.verifications.newest(str(run.project_id), 1) == saved


def test_the_first_of_a_round_counts(store: Store) -> None:
    run = running(store)
    first = store.verifications.save(new(run))
    assert store.verifications.save(new(run, digest="cd")) == first
    assert store.verifications.of_run(run.id) == [first]


def test_of_several_at_once_all_are_given_the_same(store: Store) -> None:
    run = running(store)
    saved = all_at_once(
        [
            lambda digest=digest: store.verifications.save(new(run, digest=digest))
            for digest in ("ab", "cd", "ef")
        ]
    )
    assert len({one.id for one in saved}) == 1


def test_another_round_step_or_snapshot_has_evidence_of_its_own(store: Store) -> None:
    run = running(store)
    for changes in ({}, {"round": 1}, {"step_id": "again"}, {"snapshot": 2}):
        store.verifications.save(new(run, **changes))
    assert len(store.verifications.of_run(run.id)) == 4
    found = store.verifications.newest(str(run.project_id), 1)
    assert found is not None
    assert found.step_id == "again"


def test_what_is_not_there_is_not_found(store: Store) -> None:
    run = running(store)
    store.verifications.save(new(run))
    assert store.verifications.found(run.id, "checks", 1, str(run.project_id), 1) is None
    assert store.verifications.newest(str(run.project_id), 2) is None
    assert store.verifications.of_run("nobody") == []


def test_nothing_is_kept_of_a_run_that_is_not_there(store: Store) -> None:
    run = running(store)
    with pytest.raises(UserError) as refused:
        store.verifications.save(new(run, run_id="00000000-0000-4000-8000-000000000000"))
    assert refused.value.reason == "unknown_run"

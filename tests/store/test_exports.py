"""Publications of projects."""

from __future__ import annotations

import pytest

from bot.core.runs import ExportStatus, ExportType, Run, RunStatus
from bot.errors import LeaseLost, UserError
from bot.store.port import BUILT, Archive, Export, Store
from tests.store.making import (
    BROKEN,
    all_at_once,
    kinds,
    project_of,
    running,
    save,
    text_file,
)

ARCHIVE = Archive(size=1_234, sha256="ab" * 32, built={"folder": "orders", "zlib": "1.3"})


def begin(store: Store, run: Run, name: str = "demo/orders") -> Export:
    return store.exports.begin(
        project_of(run),
        ExportType.LOCAL,
        snapshot=1,
        repository_name=name,
        created_by="local:you",
        run_id=run.id,
        number=run.lease_number,
    )


def request(store: Store, run: Run, *, snapshot: int = 1, **config: object) -> Export:
    return store.exports.request(
        project_of(run),
        ExportType.ZIP,
        snapshot=snapshot,
        created_by="local:you",
        run_id=run.id,
        config=config,
    )


def found(store: Store, export: Export) -> Export:
    again = store.exports.get(export.id)
    assert again is not None
    return again


@pytest.fixture
def run(store: Store) -> Run:
    made = running(store)
    save(store, made, text_file("a.py"))
    return made


def test_an_export_is_made_once_per_run_and_repository(store: Store, run: Run) -> None:
    first, second, other = begin(store, run), begin(store, run), begin(store, run, "demo/other")
    assert first == second
    assert (first.status, first.type, first.snapshot) == (
        ExportStatus.EXPORTING,
        ExportType.LOCAL,
        1,
    )
    assert [export.id for export in store.exports.of_project(project_of(run))] == [
        other.id,
        first.id,
    ]
    assert kinds(store, run.id).count("export_started") == 2


def test_a_completed_export_tells_where_it_landed(store: Store, run: Run) -> None:
    export = begin(store, run)
    url = "http://localhost:8000/demo/orders"
    store.exports.complete(export.id, repository_url=url, run_id=run.id, number=1)
    store.exports.complete(export.id, repository_url=url, run_id=run.id, number=1)
    store.runs.finish(run.id, 1, RunStatus.COMPLETED)
    (found,) = store.exports.of_project(project_of(run))
    assert (found.status, found.repository_url) == (ExportStatus.COMPLETED, url)
    assert found.completed_at is not None
    assert kinds(store, run.id).count("export_completed") == 1


def test_an_unfinished_export_fails_with_its_run_and_is_begun_again(store: Store, run: Run) -> None:
    export = begin(store, run)
    store.runs.finish(run.id, 1, RunStatus.FAILED, BROKEN)
    (failed,) = store.exports.of_project(project_of(run))
    assert (failed.status, failed.error_message) == (ExportStatus.FAILED, BROKEN.message)
    store.runs.retry(run.id)
    taken = store.runs.lease(run.id, worker="w2", lease_s=15)
    assert taken is not None
    again = begin(store, taken)
    assert (again.id, again.status, again.error_message) == (
        export.id,
        ExportStatus.EXPORTING,
        None,
    )


def test_an_export_that_landed_stays_completed(store: Store, run: Run) -> None:
    export = begin(store, run)
    store.exports.complete(export.id, repository_url="u", run_id=run.id, number=1)
    assert begin(store, run).status is ExportStatus.COMPLETED
    store.runs.finish(run.id, 1, RunStatus.FAILED, BROKEN)
    (found,) = store.exports.of_project(project_of(run))
    assert found.status is ExportStatus.COMPLETED


def test_an_unknown_export_is_a_mistake(store: Store, run: Run) -> None:
    with pytest.raises(LookupError):
        store.exports.complete("nobody", repository_url="u", run_id=run.id, number=1)


def test_an_archive_is_asked_for_once_made_and_measured(store: Store, run: Run) -> None:
    asked = request(store, run)
    assert asked == request(store, run)
    assert (asked.status, asked.snapshot, asked.config) == (ExportStatus.PENDING, 1, {})
    assert (asked.run_id, asked.repository_name, asked.archive_size) == (run.id, None, None)
    begun = store.exports.start(asked.id, run_id=run.id, number=1)
    assert begun.status is ExportStatus.EXPORTING
    assert store.exports.start(asked.id, run_id=run.id, number=1) == begun
    for _ in range(2):
        store.exports.complete(asked.id, archive=ARCHIVE, run_id=run.id, number=1)
    made = found(store, asked)
    assert made == request(store, run) == store.exports.start(asked.id, run_id=run.id, number=1)
    assert (made.status, made.archive_size, made.archive_hash) == (
        ExportStatus.COMPLETED,
        ARCHIVE.size,
        ARCHIVE.sha256,
    )
    assert (made.config, made.repository_url) == ({BUILT: ARCHIVE.built}, None)
    assert made.completed_at is not None
    told = [event for event in store.runs.events(run.id) if event.kind.startswith("export_")]
    assert [event.kind for event in told] == [
        "export_requested",
        "export_started",
        "export_completed",
    ]
    assert told[-1].data == {
        "export": asked.id,
        "project": project_of(run),
        "archive_size": ARCHIVE.size,
        "archive_hash": ARCHIVE.sha256,
    }


def test_whoever_asks_at_the_same_time_is_given_the_same_archive(store: Store, run: Run) -> None:
    exports = all_at_once([lambda: request(store, run)] * 4)
    assert len({export.id for export in exports}) == 1
    assert kinds(store, run.id).count("export_requested") == 1


def test_another_snapshot_or_another_wish_is_another_archive(store: Store, run: Run) -> None:
    save(store, run, text_file("b.py"))
    exports = [
        request(store, run),
        request(store, run, snapshot=2),
        request(store, run, folder="shop"),
    ]
    assert len({export.id for export in exports}) == 3
    store.exports.start(exports[2].id, run_id=run.id, number=1)
    store.exports.complete(exports[2].id, archive=ARCHIVE, run_id=run.id, number=1)
    assert request(store, run, folder="shop").id == exports[2].id


def test_an_archive_is_no_publication_of_the_same_run(store: Store, run: Run) -> None:
    assert begin(store, run).id != request(store, run).id


def test_an_archive_that_cannot_be_made_has_failed_and_is_tried_again(
    store: Store, run: Run
) -> None:
    asked = request(store, run)
    for _ in range(2):
        store.exports.fail(asked.id, BROKEN, run_id=run.id, number=1)
    failed = found(store, asked)
    assert (failed.status, failed.error_message) == (ExportStatus.FAILED, BROKEN.message)
    assert kinds(store, run.id).count("export_failed") == 1
    again = store.exports.start(request(store, run).id, run_id=run.id, number=1)
    assert (again.id, again.status, again.error_message) == (
        asked.id,
        ExportStatus.EXPORTING,
        None,
    )


def test_what_is_completed_cannot_fail(store: Store, run: Run) -> None:
    asked = request(store, run)
    store.exports.complete(asked.id, archive=ARCHIVE, run_id=run.id, number=1)
    store.exports.fail(asked.id, BROKEN, run_id=run.id, number=1)
    assert found(store, asked).status is ExportStatus.COMPLETED


@pytest.mark.parametrize("started", [False, True])
def test_a_run_that_fails_takes_the_archives_with_it_that_it_has_not_made(
    store: Store, run: Run, started: bool
) -> None:
    asked = request(store, run)
    if started:
        store.exports.start(asked.id, run_id=run.id, number=1)
    store.runs.finish(run.id, 1, RunStatus.FAILED, BROKEN)
    assert found(store, asked).status is ExportStatus.FAILED
    assert found(store, asked).error_message == BROKEN.message


def test_what_is_asked_of_a_run_that_has_ended_has_failed(store: Store, run: Run) -> None:
    store.runs.finish(run.id, 1, RunStatus.COMPLETED)
    asked = request(store, run)
    assert asked.status is ExportStatus.FAILED
    assert asked.error_message


def test_an_older_lease_makes_no_archive(store: Store, run: Run) -> None:
    asked = request(store, run)
    with pytest.raises(LeaseLost):
        store.exports.start(asked.id, run_id=run.id, number=0)
    with pytest.raises(LeaseLost):
        store.exports.complete(asked.id, archive=ARCHIVE, run_id=run.id, number=0)
    with pytest.raises(LeaseLost):
        store.exports.fail(asked.id, BROKEN, run_id=run.id, number=0)


def test_an_archive_that_comes_to_other_bytes_is_measured_anew(store: Store, run: Run) -> None:
    asked = request(store, run, folder="shop")
    store.exports.complete(asked.id, archive=ARCHIVE, run_id=run.id, number=1)
    store.runs.finish(run.id, 1, RunStatus.COMPLETED)
    other = Archive(size=1_300, sha256="cd" * 32, built={"folder": "shop", "zlib": "2.0"})
    measured = store.exports.measured(asked.id, other)
    assert measured == found(store, asked)
    assert (measured.archive_size, measured.archive_hash) == (other.size, other.sha256)
    assert measured.config == {"folder": "shop", BUILT: other.built}
    assert measured.status is ExportStatus.COMPLETED
    assert kinds(store, run.id)[-1] == "export_measured"


def test_exports_are_listed_from_the_newest_a_page_at_a_time(store: Store, run: Run) -> None:
    ids = [begin(store, run, f"demo/{n}").id for n in range(5)][::-1]
    project = project_of(run)

    def page(before: str | None = None) -> list[str]:
        return [one.id for one in store.exports.listed(project, before=before, limit=2)]

    assert page() == ids[:2]
    assert page(ids[1]) == ids[2:4]
    assert page(ids[3]) == ids[4:]
    assert page(ids[4]) == page("nobody") == []
    assert store.exports.listed("nothing") == []


def test_nobody_is_found_and_nothing_is_asked_of_no_run(store: Store, run: Run) -> None:
    assert store.exports.get("nobody") is None
    with pytest.raises(LookupError):
        store.exports.start("nobody", run_id=run.id, number=1)
    with pytest.raises(LookupError):
        store.exports.measured("nobody", ARCHIVE)
    with pytest.raises(LookupError):
        store.exports.request(
            "nothing",
            ExportType.ZIP,
            snapshot=1,
            created_by="local:you",
            run_id=run.id,
            config={},
        )
    with pytest.raises(UserError) as caught:
        store.exports.request(
            project_of(run),
            ExportType.ZIP,
            snapshot=1,
            created_by="local:you",
            run_id="0b3e1c9a-7a58-4a52-9a44-0c2f7d3e8b11",
            config={},
        )
    assert caught.value.reason == "unknown_run"

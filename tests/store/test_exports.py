"""Publications of projects."""

from __future__ import annotations

import pytest

from bot.core.runs import ExportStatus, ExportType, Run, RunStatus
from bot.store.port import Export, Store
from tests.store.making import BROKEN, kinds, project_of, running, save, text_file


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

"""``export``: one archive, measured once, whatever happens in between."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from bot.core.identity import Repository
from bot.core.runs import ExportStatus, ExportType, Run, RunStatus
from bot.core.workflow import to_data
from bot.exports import EXPORTERS, exporter
from bot.exports.downloads import open_download
from bot.store.port import Export, NewRun, Project
from bot.workflows import load_workflow
from tests.exports.archives import by_python
from tests.jobs.engine import start, start_sealed
from tests.spine import GENERATE, Bot, Killed

EXPORT = {"id": "archive", "uses": "export"}


@pytest.fixture
def project(bot: Bot) -> Project:
    """A project that a run of the current thread has made."""
    bot.do(GENERATE)
    return project_of(bot)


def project_of(bot: Bot) -> Project:
    found = bot.store.projects.get(str(bot.run.project_id))
    assert found is not None
    return found


def as_value(project: Project, **changes: object) -> dict[str, object]:
    """A project as workflows hand it on."""
    return {
        "id": project.id,
        "snapshot": project.snapshot,
        "name": project.name,
        "pack": "library@1.0.0",
        "summary": "",
        "files": project.total_files,
        "size": project.total_size,
        **changes,
    }


def export(bot: Bot, project: Project, type: str = "zip", **more: object) -> Run:
    """Have a run of the current thread export a project."""
    given = {"project": as_value(project), "type": type, **more}
    start(bot, [{**EXPORT, "with": given}])
    bot.drain()
    return bot.run


def archives(bot: Bot, project: Project) -> list[Export]:
    """The archives of a project, the oldest first."""
    found = bot.store.exports.of_project(project.id)
    return [one for one in reversed(found) if one.repository_name is None]


def failure(bot: Bot) -> str:
    assert bot.run.failure is not None, bot.run.status
    return bot.run.failure.reason


@pytest.mark.parametrize("maker", EXPORTERS, ids=lambda maker: maker.suffix[1:])
def test_it_is_measured_and_can_be_downloaded(bot: Bot, project: Project, maker: Any) -> None:
    run = export(bot, project, maker.type.value)
    assert run.status is RunStatus.COMPLETED, run.failure
    (made,) = archives(bot, project)
    assert run.step("archive").outputs == {
        "export": made.id,
        "project": project.id,
        "name": f"orders{maker.suffix}",
        "size": made.archive_size,
        "sha256": made.archive_hash,
    }
    assert (made.status, made.run_id) == (ExportStatus.COMPLETED, run.id)
    data = b"".join(open_download(bot.store, made).chunks)
    assert hashlib.sha256(data).hexdigest() == made.archive_hash
    stored = bot.store.projects.files(project.id)
    assert [name.removeprefix("orders/") for name in by_python(maker, data)] == [
        file.path for file in stored
    ]


def test_two_runs_make_the_same_bytes(bot: Bot, project: Project) -> None:
    first = export(bot, project).step("archive").outputs
    second = export(bot, project).step("archive").outputs
    assert first and second
    assert first["export"] != second["export"]
    assert first["sha256"] == second["sha256"]


def test_the_folder_can_be_called_otherwise(bot: Bot, project: Project) -> None:
    export(bot, project, config={"folder": "shop"})
    (made,) = archives(bot, project)
    data = b"".join(open_download(bot.store, made).chunks)
    assert {name.partition("/")[0] for name in by_python(exporter("zip"), data)} == {"shop"}


@pytest.mark.parametrize(
    ("config", "reason"), [({"folder": "../up"}, "bad_path"), ({"level": 9}, "bad_config")]
)
def test_what_cannot_be_done_is_refused(
    bot: Bot, project: Project, config: object, reason: str
) -> None:
    export(bot, project, config=config)
    assert failure(bot) == reason
    assert not archives(bot, project)


@pytest.mark.parametrize("after", [False, True], ids=["before it is recorded", "after"])
@pytest.mark.parametrize("method", ["request", "start", "complete"])
def test_a_worker_that_dies_leaves_one_archive(
    bot: Bot, project: Project, method: str, after: bool
) -> None:
    store = bot.store
    bot.change(store=replace(store, exports=Dying(store.exports, method, after=after)))
    with pytest.raises(Killed):
        export(bot, project)
    bot.change(store=store)
    bot.later(20)
    assert bot.run.status is RunStatus.COMPLETED, bot.run.failure
    (made,) = archives(bot, project)
    assert made.status is ExportStatus.COMPLETED
    outputs = bot.run.step("archive").outputs
    assert outputs is not None
    assert (outputs["export"], outputs["sha256"]) == (made.id, made.archive_hash)


class Dying:
    """The store's exports, at one of whose methods the worker is killed."""

    def __init__(self, exports: object, method: str, *, after: bool) -> None:
        self._exports = exports
        self._method = method
        self._after = after

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._exports, name)

        def die(*args: Any, **kwargs: Any) -> None:
            if self._after:
                method(*args, **kwargs)
            raise Killed

        return die if name == self._method else method


def test_doing_the_step_again_gives_the_same_archive(bot: Bot, project: Project) -> None:
    before = export(bot, project).step("archive").outputs
    bot.do("/retry step=archive")
    assert bot.run.step("archive").outputs == before
    assert len(archives(bot, project)) == 1


def test_a_content_that_is_gone_fails_the_export_and_its_run(bot: Bot, project: Project) -> None:
    store = bot.store
    bot.change(store=replace(store, projects=Emptied(store.projects)))
    export(bot, project)
    assert failure(bot) == "content_gone"
    (made,) = archives(bot, project)
    assert made.status is ExportStatus.FAILED
    assert made.error_message and "no longer stored" in made.error_message
    bot.change(store=store)
    bot.do("/retry")
    (again,) = archives(bot, project)
    assert (again.id, again.status, again.error_message) == (
        made.id,
        ExportStatus.COMPLETED,
        None,
    )


class Emptied:
    """The store's projects without any content."""

    def __init__(self, projects: object) -> None:
        self._projects = projects

    def contents(self, hashes: object) -> Mapping[str, bytes]:
        return {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._projects, name)


@pytest.mark.parametrize("method", ["request", "start", "complete"])
def test_a_project_that_is_deleted_meanwhile_is_told_of(
    bot: Bot, project: Project, method: str
) -> None:
    store = bot.store

    def delete() -> None:
        store.projects.drop(project.id)

    bot.change(store=replace(store, exports=Before(store.exports, method, delete)))
    export(bot, project)
    assert failure(bot) == "project_gone"
    assert store.projects.get(project.id) is None


class Before:
    """The store's exports, before one of whose methods something happens."""

    def __init__(self, exports: object, method: str, happen: Callable[[], object]) -> None:
        self._exports = exports
        self._method = method
        self._happen = happen

    def __getattr__(self, name: str) -> Any:
        if name == self._method:
            self._happen()
        return getattr(self._exports, name)


def test_each_type_in_a_loop_is_an_archive(bot: Bot, project: Project) -> None:
    given = {"project": as_value(project), "type": "${{ item }}"}
    start(bot, [{**EXPORT, "for_each": ["zip", "tar", "tar.gz"], "with": given}])
    bot.drain()
    assert bot.run.status is RunStatus.COMPLETED, bot.run.failure
    assert {made.type for made in archives(bot, project)} == {
        ExportType.ZIP,
        ExportType.TAR,
        ExportType.TAR_GZ,
    }


def test_an_archive_needs_no_approval(bot: Bot, project: Project) -> None:
    """Nothing leaves the server; whoever downloads it is asked who he is then."""
    bot.commit(".github/firstcommit.yml", b"version: 1\napproval: always\nverify: require\n")
    bot.do(f"/generate workflow=export project={short(project)}")
    assert bot.run.status is RunStatus.COMPLETED, bot.run.failure


def test_the_workflow_that_ships_knows_every_type() -> None:
    spec = load_workflow("export").inputs["type"]
    assert spec.choices == tuple(maker.type.value for maker in EXPORTERS)
    assert spec.default == EXPORTERS[0].type.value


def test_it_is_run_from_a_thread(bot: Bot, project: Project) -> None:
    bot.do(f"/generate workflow=export project={short(project)} type=tar.gz")
    assert bot.run.status is RunStatus.COMPLETED, bot.run.failure
    (made,) = archives(bot, project)
    assert made.type is ExportType.TAR_GZ
    assert "orders: done" in bot.comments[-1].body


def short(project: Project) -> str:
    return str(project.run_id)[:8]


def asked_for(bot: Bot, project: Project, place: Repository | None) -> Run:
    """A run of no thread that was started for a project, as the API starts one."""
    workflow = load_workflow("export")
    run = bot.store.runs.create(
        NewRun(
            id=str(uuid4()),
            workflow=to_data(workflow),
            inputs={"project": as_value(project)},
            steps=[(plan.id, plan.uses) for plan in workflow.steps],
            requester=bot.person("ann"),
            thread=None,
            command_id=None,
            comment_id=None,
            organisation_id=None,
            project_name=None,
            place=place,
        )
    )
    bot.queue.run(run.id)
    bot.drain()
    found = bot.store.runs.get(run.id)
    assert found is not None
    return found


def test_a_run_without_a_thread_exports_what_it_was_started_for(bot: Bot, project: Project) -> None:
    run = asked_for(bot, project, bot.shop)
    assert run.status is RunStatus.COMPLETED, run.failure
    assert len(archives(bot, project)) == 1


@pytest.mark.parametrize("place", ["acme/other", None])
def test_but_nothing_of_another_home(bot: Bot, project: Project, place: str | None) -> None:
    run = asked_for(bot, project, bot.forge.people.add_repository(place) if place else None)
    assert run.failure is not None
    assert run.failure.reason == "bad_input"
    assert not archives(bot, project)


def test_nor_what_only_looks_like_a_project(bot: Bot, project: Project) -> None:
    """An object is written by whoever writes the command; nobody has asked whether he may."""
    bot.thread = bot.open("Another")
    given = {"project": as_value(project), "type": "zip"}
    start(bot, [{**EXPORT, "with": given}], inputs={"thing": as_value(project)})
    bot.drain()
    assert failure(bot) == "bad_input"
    assert not archives(bot, project)


@pytest.mark.parametrize("what", ["id", "snapshot"])
def test_nor_another_project_or_snapshot_than_the_one_asked_for(
    bot: Bot, project: Project, what: str
) -> None:
    bot.thread = bot.open("Another")
    other = {"id": str(uuid4()), "snapshot": project.snapshot + 1}
    data = {
        "name": "made-up",
        "inputs": {"project": {"type": "project"}},
        "steps": [{**EXPORT, "with": {"project": as_value(project), "type": "zip"}}],
    }
    start_sealed(bot, data, {"project": as_value(project, **{what: other[what]})})
    bot.drain()
    assert failure(bot) == "bad_input"
    assert not archives(bot, project)

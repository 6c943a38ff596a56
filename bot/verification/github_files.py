"""Files that GitHub reads: workflows, actions, and the orders to its update service.

Their shape is checked, and the names they use; what only shows when they run is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import yaml

from bot.verification.yaml_nodes import (
    Wrong,
    entries,
    has_expression,
    is_mapping,
    items,
    keys_among,
    scalar,
    texts,
)

# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
_WORKFLOW_KEYS = "name run-name on permissions env defaults concurrency jobs"
_JOB_KEYS = (
    "name needs permissions runs-on environment concurrency outputs env defaults if steps "
    "timeout-minutes strategy continue-on-error container services uses with secrets snapshot"
)
_STEP_KEYS = (
    "id if name uses run shell working-directory with env continue-on-error timeout-minutes"
)
_EVENTS = frozenset(
    """branch_protection_rule check_run check_suite create delete deployment deployment_status
    discussion discussion_comment fork gollum image_version issue_comment issues label
    merge_group milestone page_build project project_card project_column public pull_request
    pull_request_comment pull_request_review pull_request_review_comment pull_request_target push
    registry_package release repository_dispatch schedule status watch workflow_call
    workflow_dispatch workflow_run""".split()  # noqa: SIM905 - as one reads it
)
_SCOPES = frozenset(
    """actions artifact-metadata attestations checks contents deployments discussions id-token
    issues models packages pages pull-requests repository-projects security-events
    statuses""".split()  # noqa: SIM905
)
_JOB_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_USES = re.compile(r"\./.*|docker://.+|[\w.-]+/[\w.-]+(?:/[\w./-]+)?@\S+")
_ECOSYSTEM_KEYS = ("package-ecosystem", "schedule")
# https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax
_ACTION_KEYS = "name author description inputs outputs runs branding"
_RUNS = {"composite": "steps", "docker": "image"}
_NODE = re.compile(r"node(?:12|16|20|22|24)")


def workflow_faults(root: yaml.Node) -> Iterator[Wrong]:
    """What is wrong with a file of ``.github/workflows``."""
    top = entries(root)
    yield from keys_among(root, _WORKFLOW_KEYS, "a workflow")
    if "on" in top:
        yield from _events(top["on"])
    if "permissions" in top:
        yield from _permissions(top["permissions"])
    jobs = entries(top.get("jobs"))
    for name, job in jobs.items():
        yield from _job(name, job, set(jobs))


def _events(node: yaml.Node) -> Iterator[Wrong]:
    named = [(key, value) for key, value in entries(node).items()] or list(texts(node))
    if not named:
        yield Wrong(node, "'on' has to name at least one event")
    for name, at in named:
        if name not in _EVENTS:
            yield Wrong(at, f"there is no event {name[:60]!r}")
    schedule = entries(node).get("schedule")
    for one in items(schedule):
        cron = scalar(entries(one).get("cron"))
        if cron is None or len(cron.split()) != 5:
            yield Wrong(one, "a schedule needs a 'cron' of five fields")


def _permissions(node: yaml.Node) -> Iterator[Wrong]:
    if is_mapping(node):
        for scope, value in entries(node).items():
            if scope not in _SCOPES:
                yield Wrong(value, f"there is no permission {scope[:60]!r}")
            elif scalar(value) not in ("read", "write", "none"):
                yield Wrong(value, f"the permission {scope!r} is one of read, write and none")
    elif scalar(node) not in ("read-all", "write-all"):
        yield Wrong(node, "'permissions' are read-all, write-all or a mapping")


def _job(name: str, job: yaml.Node, jobs: set[str]) -> Iterator[Wrong]:
    told = f"the job {name[:60]!r}"
    if not _JOB_ID.fullmatch(name):
        yield Wrong(job, f"{told} has a name of other than letters, digits, '-' and '_'")
    yield from keys_among(job, _JOB_KEYS, told)
    keys = entries(job)
    for needed, at in texts(keys.get("needs")):
        if needed not in jobs:
            yield Wrong(at, f"{told} needs {needed[:60]!r}, which is no job")
    if "permissions" in keys:
        yield from _permissions(keys["permissions"])
    if "uses" in keys:
        yield from _uses(keys["uses"])
        return
    steps = keys.get("steps")
    if not items(steps):
        yield Wrong(job, f"{told} has no steps")
    yield from _steps(items(steps), needs_shell=False)


def _steps(steps: Sequence[yaml.Node], *, needs_shell: bool) -> Iterator[Wrong]:
    seen: set[str] = set()
    for step in steps:
        if not is_mapping(step):
            yield Wrong(step, "a step is a mapping")
            continue
        yield from keys_among(step, _STEP_KEYS, "a step")
        keys = entries(step)
        if ("uses" in keys) == ("run" in keys):
            yield Wrong(step, "a step has either 'uses' or 'run'")
        if "uses" in keys:
            yield from _uses(keys["uses"])
        if needs_shell and "run" in keys and "shell" not in keys:
            yield Wrong(step, "a step of an action that has 'run' needs a 'shell'")
        name = scalar(keys.get("id"))
        if name is not None and name in seen:
            yield Wrong(keys["id"], f"two steps are called {name[:60]!r}")
        seen.add(name or "")


def _uses(node: yaml.Node) -> Iterator[Wrong]:
    told = scalar(node)
    if not has_expression(node) and not _USES.fullmatch(told or ""):
        yield Wrong(node, "'uses' is OWNER/NAME@REF, ./PATH or docker://IMAGE")


def action_faults(root: yaml.Node) -> Iterator[Wrong]:
    """What is wrong with an ``action.yml``."""
    top = entries(root)
    yield from keys_among(root, _ACTION_KEYS, "an action")
    for key in ("name", "description", "runs"):
        if key not in top:
            yield Wrong(root, f"an action needs {key!r}")
    runs = entries(top.get("runs"))
    if not runs:
        return
    using = scalar(runs.get("using")) or ""
    wanted = "main" if _NODE.fullmatch(using) else _RUNS.get(using)
    if wanted is None:
        yield Wrong(top["runs"], "'runs.using' is composite, docker or a version of Node (node24)")
    elif wanted not in runs:
        yield Wrong(top["runs"], f"an action that is {using} needs 'runs.{wanted}'")
    if using == "composite":
        yield from _steps(items(runs.get("steps")), needs_shell=True)


def dependabot_faults(root: yaml.Node) -> Iterator[Wrong]:
    """What is wrong with ``.github/dependabot.yml``."""
    top = entries(root)
    if scalar(top.get("version")) != "2":
        yield Wrong(root, "'version' has to be 2")
    if not items(top.get("updates")):
        yield Wrong(root, "'updates' has to list at least one")
    for update in items(top.get("updates")):
        keys = entries(update)
        for key in _ECOSYSTEM_KEYS:
            if key not in keys:
                yield Wrong(update, f"an update needs {key!r}")
        if not {"directory", "directories"} & keys.keys():
            yield Wrong(update, "an update needs a 'directory'")
        if "schedule" in keys and "interval" not in entries(keys["schedule"]):
            yield Wrong(keys["schedule"], "a schedule needs an 'interval'")

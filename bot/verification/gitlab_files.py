"""``.gitlab-ci.yml``: its shape, and the names of stages and jobs that it uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import yaml

from bot.verification.yaml_nodes import Wrong, entries, is_mapping, items, keys_among, scalar, texts

# https://docs.gitlab.com/ci/yaml/
_GLOBAL = "default include stages variables workflow spec image services cache before_script"
_GLOBAL_KEYS = frozenset(f"{_GLOBAL} after_script".split())
_JOB_KEYS = (
    "after_script allow_failure artifacts before_script cache coverage dast_configuration "
    "dependencies environment extends hooks id_tokens identity image inherit inputs interruptible "
    "manual_confirmation needs only except pages parallel publish release resource_group retry "
    "rules run script secrets services stage start_in tags timeout trigger variables when"
)
_DOES = frozenset({"script", "run", "trigger", "extends", "pages"})
_STAGES = (".pre", "build", "test", "deploy", ".post")


def gitlab_faults(root: yaml.Node) -> Iterator[Wrong]:
    """What is wrong with a pipeline."""
    if not is_mapping(root):
        yield Wrong(root, "a pipeline is a mapping")
        return
    top = entries(root)
    jobs = {name: node for name, node in top.items() if name not in _GLOBAL_KEYS}
    if "include" not in top and not any(_is_shown(name) for name in jobs):
        yield Wrong(root, "a pipeline needs at least one job")
    stages = {name for name, _ in texts(top.get("stages"))} | {".pre", ".post"}
    if "stages" not in top:
        stages |= set(_STAGES)
    for name, job in jobs.items():
        yield from _job(name, job, jobs, stages, closed="include" not in top)


def _is_shown(name: str) -> bool:
    return not name.startswith(".")


def _job(
    name: str,
    job: yaml.Node,
    jobs: Mapping[str, yaml.Node],
    stages: set[str],
    *,
    closed: bool,
) -> Iterator[Wrong]:
    """``closed``: nothing is included, so that every name is known here."""
    told = f"the job {name[:60]!r}"
    if not is_mapping(job):
        if _is_shown(name):
            yield Wrong(job, f"{told} is no mapping")
        return
    keys = entries(job)
    if _is_shown(name):
        yield from keys_among(job, _JOB_KEYS, told)
        if not _DOES & keys.keys():
            yield Wrong(job, f"{told} has no 'script'")
    if not closed:
        return
    stage = scalar(keys.get("stage"))
    if stage is not None and "$" not in stage and stage not in stages:
        yield Wrong(keys["stage"], f"{told} is of the stage {stage[:60]!r}, which is not listed")
    for other, at in (*texts(keys.get("extends")), *_needed(keys.get("needs"))):
        if other not in jobs:
            yield Wrong(at, f"{told} names {other[:60]!r}, which is no job")


def _needed(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    yield from texts(node)
    for one in items(node):
        keys = entries(one)
        name = scalar(keys.get("job"))
        if name is not None and not {"project", "pipeline"} & keys.keys():
            yield name, one

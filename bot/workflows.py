"""The workflows that ship, read from ``config/workflows`` and checked against the steps."""

from __future__ import annotations

from functools import lru_cache

import yaml

from bot.core.workflow import Workflow, read_workflow
from bot.errors import ConfigurationError, UserError
from bot.resources import config_dir
from bot.steps import STEP_TYPES


@lru_cache(maxsize=32)
def load_workflow(name: str) -> Workflow:
    """The shipped workflow of that name.

    Raises:
        UserError: ``unknown_workflow``.
        ConfigurationError: ``bad_workflow`` where the file is wrong.
    """
    path = config_dir() / "workflows" / f"{name}.yaml"
    if not name.isidentifier() or not path.is_file():
        raise UserError(f"There is no workflow {name}.", reason="unknown_workflow")
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as exc:
        raise ConfigurationError(f"{path.name} is no YAML: {exc}", reason="bad_workflow") from exc
    return checked(data, source=path.name)


def shipped_names() -> tuple[str, ...]:
    """The names of the workflows that ship, in order."""
    return tuple(sorted(path.stem for path in (config_dir() / "workflows").glob("*.yaml")))


def checked(data: object, *, source: str) -> Workflow:
    """A workflow from plain data: a file's, or the snapshot that a run keeps."""
    fields = {step_type.name: step_type.fields for step_type in STEP_TYPES}
    return read_workflow(data, fields, source=source)

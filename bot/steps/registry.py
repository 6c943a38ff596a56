"""All step types of this installation: ours, and those that installed packages bring.

A package brings one by an entry point of the group ``firstcommit.steps`` that names a `StepType`
value. It runs in our workers' own processes with all that they may do, so whoever installs the
package trusts it as they trust us.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points

from bot.core.workflow import Fields
from bot.errors import ConfigurationError
from bot.steps.spec import StepType

GROUP = "firstcommit.steps"

#: Step types that other versions have, and what of this one comes nearest. No package may take
#: such a name: its files would change their meaning on the day on which we get ours.
ABSENT: Mapping[str, str] = {}

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A step type, and the installed package that brings it; empty where it is ours."""

    step_type: StepType
    package: str = ""


@lru_cache(maxsize=1)
def registered() -> tuple[Registered, ...]:
    """Ours in the order of our list, then those of packages in the order of their names.

    Raises:
        ConfigurationError: ``bad_step_package`` where a package's entry point cannot be loaded,
            names no step type, or takes a name that is taken; its sentence names the package.
    """
    # Our own list lies in the package that this module is a part of.
    from bot.steps import STEP_TYPES

    found = {known.name: Registered(step_type=known) for known in STEP_TYPES}
    for one in _installed():
        _refuse_name(one, found)
        found[one.step_type.name] = one
    return tuple(found.values())


@lru_cache(maxsize=1)
def step_types() -> Mapping[str, StepType]:
    """All step types by name.

    Raises:
        ConfigurationError: As `registered` does.
    """
    return {one.step_type.name: one.step_type for one in registered()}


@lru_cache(maxsize=1)
def fields() -> Mapping[str, Fields]:
    """What the loader of workflows must know of each step type."""
    return {name: known.fields for name, known in step_types().items()}


def step_type(name: str) -> StepType:
    """The step type of that name.

    Raises:
        ConfigurationError: ``no_step`` where this installation has none.
    """
    known = step_types().get(name)
    if known is None:
        why = f": {ABSENT[name]}" if name in ABSENT else ""
        raise ConfigurationError(
            f"There is no step type {name} in this version{why}.",
            reason="no_step",
            remedy="Install the package that brings it, or use another step.",
        )
    return known


def forget() -> None:
    """Look anew for installed packages at the next question: what is installed has changed."""
    for kept in (registered, step_types, fields):
        kept.cache_clear()


def _installed() -> Iterator[Registered]:
    points = sorted(entry_points(group=GROUP), key=lambda point: (_package(point), point.name))
    for point in points:
        yield Registered(step_type=_loaded(point), package=_package(point))


def _loaded(point: EntryPoint) -> StepType:
    try:
        value: object = point.load()
    # What somebody else's module raises when it is imported can be anything.
    except Exception as exc:
        problem = f"{point.value} cannot be loaded ({type(exc).__name__}: {exc})"
        raise _broken(_package(point), problem) from exc
    if not isinstance(value, StepType):
        words = f"{point.value} is of type {type(value).__name__}, not StepType"
        raise _broken(_package(point), words)
    return value


def _refuse_name(one: Registered, taken: Mapping[str, Registered]) -> None:
    name = one.step_type.name
    if not _NAME.fullmatch(name):
        words = f"the step name {name!r} is not made of lower-case letters, digits and _"
        raise _broken(one.package, words)
    if name in ABSENT:
        raise _broken(one.package, f"the step name {name!r} is kept for a step of ours")
    if name in taken:
        owner = taken[name].package or "Firstcommit itself"
        raise _broken(one.package, f"the step name {name!r} is taken by {owner}")


def _package(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else "a nameless package"


def _broken(package: str, problem: str) -> ConfigurationError:
    return ConfigurationError(
        f"The installed package {package} brings no usable step: {problem}.",
        reason="bad_step_package",
        remedy="Mend or remove the package; docs/workflows.md tells how a step is written.",
    )

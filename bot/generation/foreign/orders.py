"""What a child is asked, and in which words it answers. Both sides read this, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

from bot.core.git_values import TreeFile


class Action(StrEnum):
    """What a child does with a pack."""

    #: Say what is in it.
    DESCRIBE = "describe"
    #: Say what is in it, and whether each of its templates can be read.
    CHECK = "check"
    #: Work out the answers.
    RESOLVE = "resolve"
    #: Work out the answers and make the files.
    MAKE = "make"


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be done with the pack that comes along.

    Attributes:
        name: What the pack is called, which is its folder's name for the child.
        address: Where it came from; some templates write that into what they make.
        commit: At which commit, and ``ref`` at which tag or branch, if that is known.
        trusted: Whether its own code may be run: hooks, tasks, extensions.
        given: Answers as somebody gave them.
        suggested: What the place suggests for questions that are not answered.
        veiled: Make it of stand-ins for what is secret.
        limits: The operator's ceilings, as of `ProjectLimits`.
        shared: Texts of ours that it may include, by name.
    """

    action: Action
    kind: str
    name: str
    address: str = ""
    commit: str = ""
    ref: str = ""
    trusted: bool = False
    given: Mapping[str, object] = field(default_factory=dict, repr=False)
    suggested: Mapping[str, object] = field(default_factory=dict)
    veiled: bool = False
    limits: Mapping[str, int] = field(default_factory=dict)
    shared: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """Answers worked out: those of the questions that were asked, typed.

    ``kept`` are the names of those that may be kept and shown.
    """

    values: Mapping[str, object] = field(repr=False)
    kept: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Made:
    """The files of a project, and what they were made of."""

    resolved: Resolved
    files: tuple[TreeFile, ...]


def order_to_data(order: Order) -> dict[str, Any]:
    """Plain data."""
    return asdict(order)


def order_from_data(data: Mapping[str, Any]) -> Order:
    """The reverse of `order_to_data`."""
    known = {each.name for each in fields(Order)}
    values = {name: value for name, value in data.items() if name in known}
    return Order(**{**values, "action": Action(values["action"])})

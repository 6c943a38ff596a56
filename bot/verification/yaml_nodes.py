"""YAML as its text has it: keys and values with their lines, and nothing constructed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import yaml

from bot.generation.yaml_extent import LOADER

_MERGE = "tag:yaml.org,2002:merge"


class Wrong(Exception):
    """A file is not what it should be: at which line, and how."""

    def __init__(self, node: yaml.Node | None, message: str) -> None:
        super().__init__(message)
        self.line = node.start_mark.line + 1 if node is not None and node.start_mark else 1
        self.message = message


def compose(text: str) -> yaml.Node | None:
    """The last document: a header may stand before it. The caller has found that it is fit to be
    read (`bot.generation.yaml_extent`).

    Raises:
        Wrong: Where an anchor is there twice, which not everything that reads YAML takes.
    """
    try:
        roots = list(yaml.compose_all(text, LOADER))
    except yaml.MarkedYAMLError as error:
        wrong = Wrong(None, "is not YAML that we read: an anchor is there twice")
        wrong.line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        raise wrong from error
    return roots[-1] if roots else None


def entries(node: yaml.Node | None) -> Mapping[str, yaml.Node]:
    """The entries of a mapping whose keys are plain, merged ones included; empty for others."""
    found: dict[str, yaml.Node] = {}
    merged: dict[str, yaml.Node] = {}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.tag == _MERGE:
                for one in items(value) if isinstance(value, yaml.SequenceNode) else (value,):
                    for name, merged_value in entries(one).items():
                        merged.setdefault(name, merged_value)
            elif isinstance(key, yaml.ScalarNode):
                found[key.value] = value
    return {**merged, **found}


def items(node: yaml.Node | None) -> Sequence[yaml.Node]:
    """The items of a list; empty for anything else."""
    return node.value if isinstance(node, yaml.SequenceNode) else ()


def scalar(node: yaml.Node | None) -> str | None:
    """What a plain value says; None for anything else."""
    return node.value if isinstance(node, yaml.ScalarNode) else None


def texts(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    """A text, or each of a list of texts, with its node."""
    for one in (node,) if isinstance(node, yaml.ScalarNode) else items(node):
        if isinstance(one, yaml.ScalarNode):
            yield one.value, one


def keys_among(node: yaml.Node, known: str, what: str) -> Iterator[Wrong]:
    """Every key that is not known there."""
    allowed = known.split()
    if isinstance(node, yaml.MappingNode):
        for key, _ in node.value:
            if key.tag != _MERGE and scalar(key) not in allowed:
                yield Wrong(key, f"{what} has no key {str(scalar(key))[:60]!r}")


def is_mapping(node: yaml.Node | None) -> bool:
    """Whether it has entries at all."""
    return isinstance(node, yaml.MappingNode)


def has_expression(node: yaml.Node | None) -> bool:
    """Whether it is only known when it is run."""
    return "${{" in (scalar(node) or "")

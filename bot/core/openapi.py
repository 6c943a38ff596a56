"""Operations of an API as its OpenAPI document (3.0 or 3.1) lists them.

A document may come from a stranger: nothing of it says where calls go but a path on its own
origin, its words are bounded and shown as data, and what cannot be called safely is left out.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bot.core.data_words import one_line
from bot.core.openapi_inputs import Inputs, read_inputs
from bot.errors import UserError

#: How a workflow names the description of our own API.
OURS = "firstcommit"
#: The most bytes of a document.
MOST_BYTES = 4_194_304
MOST_OPERATIONS = 1_000
#: The header by which a call is known again.
KEY = "Idempotency-Key"
_LONGEST_NAME = 64
_LONGEST_SUMMARY = 200

_METHODS = ("get", "head", "post", "put", "patch", "delete")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: Letters of RFC 3986 that mean the same to everybody, and parameters in braces.
_PATH = re.compile(r"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|\{[A-Za-z0-9_.-]{1,64}\})*)+")
_VERSION = re.compile(r"3\.[01](?:\.\d+)?(?:-.*)?")


@dataclass(frozen=True, kw_only=True)
class ApiOperation:
    """An operation that can be called.

    ``path`` has its parameters in braces and stands below the document's base. ``once``: the API
    promises that the same ``Idempotency-Key`` does nothing twice. ``document`` is the address of
    the document, or `OURS`.
    """

    name: str
    method: str
    path: str
    summary: str
    inputs: Inputs
    document: str = OURS
    base: str = ""
    scope: str = ""
    once: bool = False

    @property
    def is_ours(self) -> bool:
        """Whether it is of our own API."""
        return self.document == OURS


@dataclass(frozen=True, kw_only=True)
class ApiDocument:
    """A document that was read as far as its list of operations."""

    data: Mapping[str, Any] = field(repr=False)
    address: str = OURS
    #: What stands in front of every path: ``https://host/v2``; empty for ours.
    base: str = ""
    #: What every path of the document begins with and ours are written without.
    prefix: str = ""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all operations, in the document's order."""
        return tuple(self._listed)

    def operation(self, name: str) -> ApiOperation:
        """One operation with what it takes.

        Raises:
            UserError: ``unknown_operation``, with the nearest name; ``not_callable``.
        """
        found = self._listed.get(name)
        if found is None:
            raise unknown_operation(name, self.names, self.address)
        method, path, said, shared = found
        return ApiOperation(
            name=name,
            method=method.upper(),
            path=path.removeprefix(self.prefix) if self.prefix else path,
            summary=one_line(said.get("summary") or said.get("description"), _LONGEST_SUMMARY),
            inputs=self._inputs(name, path, said, shared),
            document=self.address,
            base=self.base,
            scope=one_line(said.get("x-scope"), 20) if self.address == OURS else "",
            once=self.address == OURS and _heeds_keys(said),
        )

    def _inputs(
        self, name: str, path: str, said: Mapping[str, Any], shared: tuple[object, ...]
    ) -> Inputs:
        ours = self.address == OURS
        inputs = read_inputs(self.data, path, said, shared, ours=ours)
        if isinstance(inputs, str):
            raise UserError(
                f"The operation {name} of {self.address} cannot be called: {inputs}.",
                reason="not_callable",
            )
        return inputs

    @cached_property
    def _listed(self) -> Mapping[str, tuple[str, str, Mapping[str, Any], tuple[object, ...]]]:
        found: dict[str, tuple[str, str, Mapping[str, Any], tuple[object, ...]]] = {}
        twice: set[str] = set()
        for count, (method, path, said, shared) in enumerate(_operations(self.data)):
            if count >= MOST_OPERATIONS:
                break
            name = _name(method, path, said)
            # Nobody could say which of two is meant.
            twice |= {name} & found.keys()
            found[name] = (method, path, said, shared)
        return {name: each for name, each in found.items() if name not in twice}


def unknown_operation(name: str, names: tuple[str, ...], address: str) -> UserError:
    """There is none of that name; the nearest is told."""
    near = difflib.get_close_matches(name[:80], names, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(names[:40])}."
    return UserError(
        f"{address} has no operation {one_line(name, 80)!r} that you may call.",
        reason="unknown_operation",
        remedy=hint if names else "It lists none.",
    )


def check_version(data: object, address: str) -> Mapping[str, Any]:
    """The document, where it is one that can be read.

    Raises:
        UserError: ``bad_document``.
    """
    if not isinstance(data, Mapping):
        raise bad_document(address, "is no JSON object")
    if not _VERSION.fullmatch(str(data.get("openapi", ""))[:20]):
        raise bad_document(address, "does not say openapi: 3.0 or 3.1")
    if not isinstance(data.get("paths"), Mapping):
        raise bad_document(address, "has no paths")
    return data


def bad_document(address: str, problem: str) -> UserError:
    """A document that cannot be used."""
    return UserError(
        f"The document {one_line(address, 200)} {problem}.",
        reason="bad_document",
        remedy="Name the address of an OpenAPI document, version 3.0 or 3.1, written in JSON.",
    )


def _operations(
    data: Mapping[str, Any],
) -> Iterator[tuple[str, str, Mapping[str, Any], tuple[object, ...]]]:
    for path, item in data["paths"].items():
        # Servers of its own would lead somewhere else than the document's.
        if not isinstance(item, Mapping) or "servers" in item or not _is_path(path):
            continue
        shared = _listed(item.get("parameters"))
        for method in _METHODS:
            said = item.get(method)
            if isinstance(said, Mapping) and "servers" not in said:
                yield method, path, said, shared


def _is_path(path: object) -> bool:
    if not isinstance(path, str) or len(path) > 500 or not _PATH.fullmatch(path):
        return False
    return not {".", ".."} & set(path.split("/")) and "//" not in path


def _name(method: str, path: str, said: Mapping[str, Any]) -> str:
    """Its own where models take it as the name of a tool, else one that is made of where it is."""
    given = said.get("operationId")
    text = given if isinstance(given, str) and given else f"{method}{path}"
    name = re.sub(r"[^A-Za-z0-9_]+", "_", text[:200]).strip("_")[:_LONGEST_NAME]
    return name if _NAME.fullmatch(name) else f"op_{name}"[:_LONGEST_NAME]


def _heeds_keys(said: Mapping[str, Any]) -> bool:
    """Whether asking again with the same key does nothing again."""
    parameters = _listed(said.get("parameters"))
    return any(isinstance(one, Mapping) and one.get("name") == KEY for one in parameters)


def _listed(value: object) -> tuple[object, ...]:
    return tuple(value[:50]) if isinstance(value, list) else ()

"""Loaded by schemathesis itself: half of its calls are about what is there, by ids from outside.

Left alone it makes ids up, finds nothing under any of them, and never comes past that.
"""

from __future__ import annotations

import json
import os
import zlib
from typing import Any

import schemathesis
from schemathesis.specs.openapi.checks import ignored_auth

#: By the first word of an address: ids that are there, and files that each project has.
THERE: dict[str, list[str]] = json.loads(os.environ.get("CONTRACT_THERE", "{}"))
#: A person's token with which fuzzed calls are repeated, and what that person has made.
PERSON = os.environ.get("CONTRACT_PERSON", "")
HERS: dict[str, list[str]] = json.loads(os.environ.get("CONTRACT_HERS", "{}"))
TIMEOUT_S = 60
#: Expressions that count further are not built.
COUNTED = 10_000


@schemathesis.hook
def before_load_schema(_context: Any, raw_schema: dict[str, Any]) -> None:
    """Say of the longest texts only what is in them: one with both a pattern and a length becomes
    an expression that counts, for which each validator takes half a second. Nothing that long is
    made up here.
    """
    _without_long_counts(raw_schema)


def _without_long_counts(node: Any) -> None:
    if isinstance(node, dict):
        if "pattern" in node and node.get("maxLength", 0) > COUNTED:
            del node["maxLength"]
        for each in node.values():
            _without_long_counts(each)
    elif isinstance(node, list):
        for each in node:
            _without_long_counts(each)


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Put what is there in the place of what was made up, where that has the right form."""
    given = case.path_parameters
    if not given:
        return
    kind = case.path.removeprefix("/api/v1/").partition("/")[0]
    for name, pool in (("id", THERE.get(kind, [])), *_NAMES.get(kind, ())):
        value = given.get(name)
        if isinstance(value, str) and pool and value not in _OF_SOMEBODY:
            # The same value is always the same thing: a case that failed can be done again.
            chance = zlib.crc32(f"{case.method} {case.path} {value}".encode("utf-8", "replace"))
            if chance % 2 and _fits(name, value):
                given[name] = pool[chance // 2 % len(pool)]


@schemathesis.hook
def after_call(_context: Any, case: Any, response: Any) -> None:
    """An organisation may have a workflow called ``check``, which is read at the address where
    files are checked: that can be done there, too, and is described elsewhere."""
    if case.path == "/api/v1/workflows/check" and "allow" in response.headers:
        told = ", ".join(response.headers["allow"])
        response.headers["allow"] = [told.replace("GET", "HEAD")]


@schemathesis.check
def by_a_person(context: Any, _response: Any, case: Any) -> None:
    """The same promises to somebody who operates nothing: the same call, about what is hers."""
    if not PERSON or context.phase != "fuzzing":
        return
    again = case.derive()
    for name, value in again.path_parameters.items():
        if isinstance(value, str) and value in _HERS_FOR:
            again.path_parameters[name] = _HERS_FOR[value]
    told = again.call(headers={"Authorization": f"Bearer {PERSON}"}, timeout=TIMEOUT_S)
    again.validate_response(told, excluded_checks=[by_a_person, ignored_auth])


_HERS_FOR = {
    id_: HERS[kind][number % len(HERS[kind])]
    for kind, ids in THERE.items()
    if HERS.get(kind)
    for number, id_ in enumerate(ids)
}
_OF_SOMEBODY = _HERS_FOR.keys() | set(_HERS_FOR.values())
_NAMES: dict[str, tuple[tuple[str, list[str]], ...]] = {
    "projects": (("path", THERE.get("paths", [])),),
    "packs": (("name", THERE.get("names", [])),),
    "workflows": (("name", ["generate", "export"]),),
}


def _fits(name: str, value: str) -> bool:
    return name != "id" or (len(value) == 36 and value.count("-") == 4)

"""Loaded by schemathesis itself: half of its calls are about what is there, by ids from outside.

Left alone it makes ids up, finds nothing under any of them, and never comes past that.
"""

from __future__ import annotations

import json
import os
import zlib
from typing import Any

import schemathesis

#: By the first word of an address: ids that are there, and files that each project has.
THERE: dict[str, list[str]] = json.loads(os.environ.get("CONTRACT_THERE", "{}"))


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Put what is there in the place of what was made up, where that has the right form."""
    given = case.path_parameters
    if not given:
        return
    kind = case.path.removeprefix("/api/v1/").partition("/")[0]
    for name, pool in (("id", THERE.get(kind, [])), *_NAMES.get(kind, ())):
        value = given.get(name)
        if isinstance(value, str) and pool:
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


_NAMES: dict[str, tuple[tuple[str, list[str]], ...]] = {
    "projects": (("path", THERE.get("paths", [])),),
    "packs": (("name", THERE.get("names", [])),),
    "workflows": (("name", ["generate", "export"]),),
}


def _fits(name: str, value: str) -> bool:
    return name != "id" or (len(value) == 36 and value.count("-") == 4)

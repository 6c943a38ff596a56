"""Whether the licence that a project names is the one that lies in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from bot.generation.files import GeneratedFile
from bot.generation.parsing import toml_of

#: What only that licence's text says, near its beginning. The first that fits counts.
_TEXTS: tuple[tuple[str, str], ...] = (
    ("Apache-2.0", r"apache license\s+version 2\.0"),
    ("AGPL-3.0", r"gnu affero general public license\s+version 3"),
    ("LGPL-3.0", r"gnu lesser general public license\s+version 3"),
    ("LGPL-2.1", r"gnu lesser general public license\s+version 2\.1"),
    ("GPL-3.0", r"gnu general public license\s+version 3"),
    ("GPL-2.0", r"gnu general public license\s+version 2"),
    ("MPL-2.0", r"mozilla public license,? version 2\.0"),
    ("BSL-1.0", r"boost software license - version 1\.0"),
    ("EPL-2.0", r"eclipse public license - v 2\.0"),
    ("CC-BY-4.0", r"attribution 4\.0 international"),
    ("CC0-1.0", r"cc0 1\.0 universal|creative commons legal code\s+cc0"),
    ("Unlicense", r"this is free and unencumbered software"),
    ("MIT-0", r"mit no attribution"),
    ("MIT", r"permission is hereby granted, free of charge.*to deal in the software without"),
    ("ISC", r"permission to use, copy, modify, and(?:/or)? distribute this software for any"),
    ("BSD-3-Clause", r"redistribution and use in source and binary forms.*neither the name"),
    ("BSD-2-Clause", r"redistribution and use in source and binary forms"),
)
_LOOKED_AT = 6_000
_FILE = re.compile(
    r"(?:licen[cs]e|copying|unlicense)(?:[-_.][\w.-]+)?(?:\.(?:md|txt|rst))?", re.IGNORECASE
)
#: Words of an SPDX expression that name no licence of their own.
_NO_LICENCE = re.compile(r"\b(?:AND|OR|WITH)\b|[()]")
#: Said of what nobody may use without asking.
_RESERVED = ("UNLICENSED", "PROPRIETARY", "LICENSEREF-PROPRIETARY", "SEE LICENSE IN LICENSE")
_PRIVATE = "Private :: Do Not Upload"
Fault = tuple[str, int | None, str]


def licence_faults(files: Sequence[GeneratedFile]) -> Iterator[Fault]:
    """Path, line and message of each licence that does not fit what the project says.

    Only what lies in one folder is compared: a project may bring parts under other licences.
    """
    texts = {file.path: file.text for file in files if file.text is not None}
    folders: dict[str, list[str]] = {}
    for path in texts:
        folders.setdefault(str(PurePosixPath(path).parent), []).append(path)
    for paths in folders.values():
        yield from _folder_faults({PurePosixPath(path).name: (path, texts[path]) for path in paths})


def licence_of(text: str) -> str | None:
    """Which licence a text is, by its SPDX name without ``-only``; None for one not known."""
    shown = re.sub(r"\s+", " ", text[:_LOOKED_AT]).lower()
    return next((name for name, pattern in _TEXTS if re.search(pattern, shown)), None)


def _folder_faults(files: Mapping[str, tuple[str, str]]) -> Iterator[Fault]:
    lying = {
        path: licence_of(text) for name, (path, text) in files.items() if _FILE.fullmatch(name)
    }
    for manifest in ("pyproject.toml", "package.json"):
        if manifest not in files:
            continue
        path, text = files[manifest]
        named, line = _named(manifest, text)
        if named is None:
            continue
        wanted = _licences(named)
        if wanted and not lying and str(PurePosixPath(path).parent) == ".":
            yield path, line, f"names the licence {named}, and there is no file with its text"
        for licence_path, found in lying.items():
            if found is None:
                continue
            if not wanted:
                yield licence_path, None, f"holds {found}, and {path} keeps all rights"
            elif found not in wanted:
                yield licence_path, None, f"holds {found}, and {path} names {named}"


def _licences(named: str) -> frozenset[str]:
    """The licences of an SPDX expression; none where all rights are kept."""
    if named.upper() in _RESERVED:
        return frozenset()
    words = _NO_LICENCE.sub(" ", named).split()
    return frozenset(re.sub(r"(?:-only|-or-later|\+)$", "", word) for word in words)


def _named(manifest: str, text: str) -> tuple[str | None, int | None]:
    """What a manifest names, and the line; None where it says nothing of it."""
    try:
        named = _of_toml(text) if manifest.endswith(".toml") else json.loads(text).get("license")
    except (ValueError, RecursionError, AttributeError):
        # That it does not parse is told elsewhere.
        return None, None
    if not isinstance(named, str) or not named:
        return None, None
    line = next((n for n, said in enumerate(text.splitlines(), 1) if '"' + named in said), None)
    return named, line


def _of_toml(text: str) -> object:
    project = toml_of(text).get("project")
    if not isinstance(project, Mapping):
        return None
    named = project.get("license")
    if isinstance(named, Mapping):
        # An older form, of a text or a file: only a name can be compared.
        named = named.get("text")
        named = named if isinstance(named, str) and " " not in named.strip() else None
    classifiers = project.get("classifiers")
    if named is None and isinstance(classifiers, list) and _PRIVATE in classifiers:
        return "UNLICENSED"
    return named

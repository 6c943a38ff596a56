"""What a workflow gets to see of an answer: plain data, and no secret of ours in it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from bot.core.api_values import ApiAnswer
from bot.core.hidden import MASK, masker

_CHARSET = re.compile(r"charset=\"?([A-Za-z0-9._-]{1,40})", re.IGNORECASE)
#: Others of Python's are slow beyond measure for an answer that is made for that.
_READ = re.compile(
    r"utf-?8|us-ascii|ascii|latin-?1|iso-8859-1|utf-16(?:le|be|-le|-be)?|windows-125\d", re.I
)
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json\b", re.IGNORECASE)
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
#: Databases keep neither.
_NOT_KEPT = re.compile("[\x00\ud800-\udfff]")
_DEEPEST = 64
_EXCERPT = 160


def outputs(answer: ApiAnswer, secrets: Iterable[str]) -> Mapping[str, object]:
    """Status, headers, body and, where that is JSON, its data."""
    mask = masker(secrets)
    clean = partial(_clean, mask)
    kind = answer.headers.get("content-type", "")
    body = _decoded(answer.body, kind)
    found = _parsed(body, clean) if _JSON.match(kind.strip()) else None
    return {
        "status": answer.status,
        "headers": {clean(name): clean(value) for name, value in answer.headers.items()},
        "body": clean(body),
        "json": found,
    }


def excerpt(shown: Mapping[str, object]) -> str:
    """The beginning of a body, on one line, for people; what others wrote is quoted as code."""
    words = " ".join(re.sub(r"[^\w\s!-~•…]", " ", str(shown["body"])[: 4 * _EXCERPT]).split())
    words = words.replace("`", "'")
    if not words:
        return ""
    return f"`{words[:_EXCERPT]}{'…' if len(words) > _EXCERPT else ''}`"


def _decoded(body: bytes, kind: str) -> str:
    named = _CHARSET.search(kind)
    known = named is not None and _READ.fullmatch(named[1])
    try:
        return body.decode(known[0] if known else "utf-8", "replace")
    except LookupError:
        # One of a number that there is none of, such as windows-1259.
        return body.decode("utf-8", "replace")


def _parsed(body: str, clean: Callable[[str], str]) -> object:
    """The data; null where it is none, or none that could be kept."""
    try:
        return _kept(json.loads(body, parse_constant=_refused), clean, 0)
    except (ValueError, RecursionError):
        return None


def _kept(value: object, clean: Callable[[str], str], depth: int) -> object:
    if depth > _DEEPEST:
        raise ValueError("nested too deep")
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("no number of JSON")
    if isinstance(value, list):
        return [_kept(part, clean, depth + 1) for part in value]
    if isinstance(value, dict):
        return {clean(name): _kept(part, clean, depth + 1) for name, part in value.items()}
    if isinstance(value, int | float) and not isinstance(value, bool):
        # A secret of digits may come back as a number.
        shown = json.dumps(value)
        return value if clean(shown) == shown else clean(shown)
    return value


def _clean(mask: Callable[[str], str], text: str) -> str:
    shown = mask(_NOT_KEPT.sub("\ufffd", text))
    spelled_out = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    # JSON may write any letter of a secret by its number.
    other = mask(_NOT_KEPT.sub("\ufffd", spelled_out))
    return other if other.count(MASK) > shown.count(MASK) else shown


def _refused(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON")

"""Secrets in the text of a file, found before anything is published.

Every pattern is anchored at the start of a word and bounded, so a scan takes time linear in
the text. A finding says where and what kind; the value itself is in no finding, so that it
reaches no comment, log or page.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from bot.core.token_text import is_token


@dataclass(frozen=True, kw_only=True)
class SecretFinding:
    """A likely secret: the file, the line (from 1) and its kind in words."""

    path: str
    line: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """A kind of secret: ``hint`` must occur for ``pattern`` to be tried; group 1 is the value."""

    kind: str
    hint: tuple[str, ...]
    pattern: re.Pattern[str]
    is_real: Callable[[str], bool]
    in_file: Callable[[str], bool] | None = None


_PLACEHOLDER = re.compile(
    r"example|sample|placeholder|change.?me|replace|your|dummy|fake|insert|redacted|"
    r"xxxx|\*\*\*|\.\.\.|<|>|\$\{|\{\{|%\(|0123456789|123456|abcdef",
    re.IGNORECASE,
)
# Words that stand in what people make up or refer to, and hardly ever in what is random.
_WORDS = re.compile(r"passw|secret|token|test|demo|todo|qwert|[$]\(|%[A-Z_]+%|\{\w", re.IGNORECASE)
# Where something lies, or what it is called: no secret itself.
_REFERENCE = re.compile(r"\.{0,2}/|~/|[a-z][a-z0-9+.-]*://|arn:|[a-z][\w-]*(?:\.[a-z][\w-]*)+$")
# Files whose long random words are checksums by design.
_LOCK_FILE = re.compile(
    r"(?:^|/)(?:[^/]*\.lock|[^/]*-lock\.(?:json|ya?ml)|[^/]*\.lockb?|go\.sum|npm-shrinkwrap\.json|"
    r"\.firstcommit/project\.yml)$"
)
# Files in which values stand without quotes. In programs, a word without quotes is a name.
_SETTINGS_FILE = re.compile(
    r"(?:^|/)(?:[^/]*\.env(?:\.[^/]*)?|[^/]*\.(?:ini|cfg|conf|cnf|properties|ya?ml|tfvars|envrc)|"
    r"\.(?:npmrc|pypirc|netrc|pgpass)|credentials|config|(?:Docker|Container)file[^/]*)$"
)
# Markup in which a backslash before a sign gives the sign.
_MARKUP = re.compile(r"\.(?:md|mdx|markdown|rst)$", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def scan_text(path: str, text: str) -> tuple[SecretFinding, ...]:
    """Likely secrets in one file, by line, each place once."""
    places = _places(path, text)
    if _MARKUP.search(path) and "\\" in text:
        # People read it without what a template has put before ``_`` and its like.
        places |= _places(path, _ESCAPED.sub(r"\1", text))
    return tuple(SecretFinding(path=path, line=line, kind=kind) for line, kind in sorted(places))


def _places(path: str, text: str) -> set[tuple[int, str]]:
    # By where the value begins: what two rules find is told once.
    found: dict[int, tuple[int, str]] = {}
    for rule in _RULES:
        if rule.in_file is not None and not rule.in_file(path):
            continue
        if any(hint in text for hint in rule.hint):
            for match in rule.pattern.finditer(text):
                if rule.is_real(match[1]):
                    found.setdefault(match.start(1), (match.start(), rule.kind))
    return {(text.count("\n", 0, start) + 1, kind) for start, kind in _first(found)}


def without_secrets(text: str, mask: str) -> str:
    """A text of no file in which likely secrets are masked."""
    found: list[tuple[int, int]] = []
    for rule in _RULES:
        if any(hint in text for hint in rule.hint):
            matches = rule.pattern.finditer(text)
            found += [match.span(1) for match in matches if rule.is_real(match[1])]
    pieces, last = [], 0
    for start, end in sorted(found):
        if end > last:
            pieces += [text[last : max(start, last)], mask]
            last = end
    return "".join([*pieces, text[last:]])


def _first(found: dict[int, tuple[int, str]], most: int = 100) -> list[tuple[int, str]]:
    # Counting lines once a finding would be quadratic for a file full of them.
    return sorted(found.values())[:most]


def _entropy_bits(value: str) -> float:
    """Bits a character, by how often each occurs in the value."""
    return -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())


def _is_random(value: str) -> bool:
    """Whether a token of a known form is filled in rather than shown as an example."""
    return _entropy_bits(value) >= 3.0 and not _PLACEHOLDER.search(value)


def _is_mixed_random(value: str) -> bool:
    return _is_random(value) and _has_digit(value) and any(c.isupper() for c in value)


def _is_password(value: str) -> bool:
    """Whether an assigned value looks made by a machine: words and names are let pass."""
    kinds = sum(
        (_has_digit(value), any(c.islower() for c in value), any(c.isupper() for c in value))
    )
    needed = 3.5 if kinds == 3 else 3.7
    return kinds >= 2 and _has_digit(value) and _entropy_bits(value) >= needed and _is_own(value)


def _is_short_password(value: str) -> bool:
    """Whether a password in an address is one: there it stands for nothing else."""
    kinds = (_has_digit(value), any(map(str.islower, value)), any(map(str.isupper, value)))
    return sum(kinds) == 3 and _entropy_bits(value) >= 2.75 and _is_own(value)


def _is_own(value: str) -> bool:
    """Whether a value is neither made up to be replaced nor refers to something else."""
    return not (_PLACEHOLDER.search(value) or _WORDS.search(value) or _REFERENCE.match(value))


def _is_no_lock_file(path: str) -> bool:
    return not _LOCK_FILE.search(path)


def _is_settings_file(path: str) -> bool:
    return bool(_SETTINGS_FILE.search(path)) and _is_no_lock_file(path)


def _is_key_block(value: str) -> bool:
    return not _PLACEHOLDER.search(value)


def _has_digit(value: str) -> bool:
    return any(character.isdigit() for character in value)


def _rule(kind: str, hint: str, pattern: str, is_real: Callable[[str], bool] = _is_random) -> _Rule:
    return _Rule(
        kind=kind, hint=tuple(hint.split("|")), pattern=re.compile(pattern), is_real=is_real
    )


_WORD = r"(?<![A-Za-z0-9_-])"
_KEY_NAME = (
    r"(?:password|passwd|pwd|secret|secret[_-]?key|api[_-]?key|auth[_-]?token|access[_-]?token|"
    r"access[_-]?key|private[_-]?key|client[_-]?secret|token|credential)s?"
)

_ASSIGNED = _Rule(
    kind="password or key",
    hint=("=", ":"),
    pattern=re.compile(
        rf"(?<![A-Za-z0-9])(?:[A-Za-z0-9]{{1,30}}[_.-]){{0,4}}{_KEY_NAME}[\"']?"
        r"[ \t]{0,8}(?::=|=>|=|:)[ \t]{0,8}[\"']([^\"'\s]{12,200})[\"']",
        re.IGNORECASE,
    ),
    is_real=_is_password,
    in_file=_is_no_lock_file,
)

_SET = _Rule(
    kind="password or key",
    hint=("=", ":"),
    pattern=re.compile(
        rf"^[ \t]{{0,32}}(?:(?:export|ENV|ARG|-)[ \t]{{1,8}})?(?:[A-Za-z0-9/:]{{1,60}}[_.-]){{0,6}}"
        rf"(?:{_KEY_NAME}|_?authToken|_password)[ \t]{{0,8}}[=:][ \t]{{0,8}}"
        r"([^\"'\s#]{12,200})[ \t]*\r?$",
        re.IGNORECASE | re.MULTILINE,
    ),
    is_real=_is_password,
    in_file=_is_settings_file,
)

_RULES = (
    _rule(
        "private key",
        "PRIVATE KEY",
        r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
        r"(?:\\r|\\n|[\s\"'+,]){0,16}(Proc-Type|Version|Comment|[A-Za-z0-9+/]{16,80})",
        _is_key_block,
    ),
    _rule("AWS access key", "AKIA|ASIA", rf"{_WORD}((?:AKIA|ASIA)[A-Z2-7]{{16}})(?![A-Z0-9])"),
    _rule("GitHub token", "gh", rf"{_WORD}(gh[pousr]_[A-Za-z0-9]{{36,255}})"),
    _rule("GitHub token", "github_pat_", rf"{_WORD}(github_pat_[A-Za-z0-9_]{{36,255}})"),
    _rule(
        "GitLab token",
        "gl",
        rf"{_WORD}(gl(?:pat|dt|rt|ptt|soat|cbt|rtr|ft|imt|agent|ffct)-[A-Za-z0-9_.-]{{20,255}})",
    ),
    _rule("Firstcommit token", "fc_", rf"{_WORD}(fc_[A-Za-z0-9_-]{{49}})(?![\w-])", is_token),
    _rule("Slack token", "xox", rf"{_WORD}(xox[abeoprs]-[A-Za-z0-9-]{{20,255}})"),
    _rule("Slack token", "xapp-", rf"{_WORD}(xapp-[0-9]-[A-Za-z0-9-]{{20,255}})"),
    _rule(
        "Slack webhook",
        "hooks.slack.com",
        r"hooks\.slack\.com/services/(T[A-Z0-9]{6,14}/B[A-Z0-9]{6,14}/[A-Za-z0-9]{20,40})",
    ),
    _rule("Google API key", "AIza", rf"{_WORD}(AIza[A-Za-z0-9_-]{{35}})(?![A-Za-z0-9_-])"),
    _rule("Google client secret", "GOCSPX-", rf"{_WORD}(GOCSPX-[A-Za-z0-9_-]{{28}})(?![\w-])"),
    _rule("Stripe key", "_live_", rf"{_WORD}([sr]k_live_[A-Za-z0-9]{{20,255}})"),
    _rule("webhook secret", "whsec_", rf"{_WORD}(whsec_[A-Za-z0-9+/=]{{32,100}})"),
    _rule("Anthropic key", "sk-ant-", rf"{_WORD}(sk-ant-[A-Za-z0-9_-]{{20,255}})"),
    _rule("OpenAI key", "sk-", rf"{_WORD}(sk-(?!ant-)[A-Za-z0-9_-]{{20,255}})", _is_mixed_random),
    _rule("key of a model", "gsk_|xai-", rf"{_WORD}((?:gsk_|xai-)[A-Za-z0-9]{{50,100}})(?![\w-])"),
    _rule("Hugging Face token", "hf_", rf"{_WORD}(hf_[A-Za-z0-9]{{34}})(?![\w-])"),
    _rule("Vault token", "hvs.", rf"{_WORD}(hvs\.[A-Za-z0-9_-]{{24,255}})", _is_mixed_random),
    _rule(
        "Terraform token",
        ".atlasv1.",
        rf"{_WORD}([A-Za-z0-9]{{14}}\.atlasv1\.[A-Za-z0-9]{{60,80}})",
    ),
    _rule("DigitalOcean token", "_v1_", rf"{_WORD}(do[opr]_v1_[a-f0-9]{{64}})(?![\w-])"),
    _rule("Docker token", "dckr_pat_", rf"{_WORD}(dckr_pat_[A-Za-z0-9_-]{{27}})(?![\w-])"),
    _rule(
        "SendGrid key", "SG.", rf"{_WORD}(SG\.[A-Za-z0-9_-]{{22}}\.[A-Za-z0-9_-]{{43}})(?![\w-])"
    ),
    _rule("Telegram token", ":AA", rf"{_WORD}([0-9]{{8,10}}:AA[A-Za-z0-9_-]{{33}})(?![\w-])"),
    _rule("age key", "AGE-SECRET", rf"{_WORD}(AGE-SECRET-KEY-1[A-Z0-9]{{58}})(?![\w-])"),
    _rule("npm token", "npm_", rf"{_WORD}(npm_[A-Za-z0-9]{{36}})(?![A-Za-z0-9])"),
    _rule("PyPI token", "pypi-", rf"{_WORD}(pypi-[A-Za-z0-9_-]{{50,512}})", _is_mixed_random),
    _rule(
        "signed token (JWT)",
        "eyJ",
        rf"{_WORD}(eyJ[A-Za-z0-9_-]{{10,4096}}\.eyJ[A-Za-z0-9_-]{{10,4096}}\.[A-Za-z0-9_-]{{20,1024}})",
    ),
    _rule(
        "password in an address",
        "://",
        r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}://[^\s/:@\"']{0,64}:([^\s/:@\"']{8,128})@",
        lambda value: _is_password(value) or _is_short_password(value),
    ),
    _rule(
        "password in a connection string",
        "assword=|wd=|AccountKey=|AccessKey=",
        r"(?i:;[ ]?(?:password|pwd|accountkey|sharedaccesskey))=([^;\s\"']{8,200})",
        lambda value: _is_password(value) or _is_short_password(value),
    ),
    _ASSIGNED,
    _SET,
)

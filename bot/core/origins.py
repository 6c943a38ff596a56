"""Origins and the addresses on them, written in one way only.

Whatever two programs could read differently (credentials, odd spellings of numbers, a dot at the
end, letters outside ASCII in a host) is refused, so that what is checked is what is called.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote, urlencode

from bot.errors import UserError

_URL = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?")
_AUTHORITY = re.compile(
    r"(?:\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+))(?::(?P<port>[0-9]+))?"
)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
#: A last label of this kind makes some programs read the whole host as a number.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_REFUSED = re.compile(r"[\x00-\x20\x7f\\]")
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
_PORTS = {"http": 80, "https": 443}
_PRIVATE = "private:"
_LONGEST = 4096


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Scheme, host and port, in small letters; an IPv6 address without its brackets."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


@dataclass(frozen=True, kw_only=True)
class ApiUrl:
    """An origin and what is asked for there: path and query, in ASCII."""

    origin: Origin
    target: str

    def __str__(self) -> str:
        return f"{self.origin}{self.target}"


@dataclass(frozen=True, kw_only=True)
class AllowedOrigin:
    """An entry of the operator's list. ``private``: it may lie in the operator's own network."""

    origin: Origin
    private: bool = False

    def __str__(self) -> str:
        return f"{_PRIVATE if self.private else ''}{self.origin}"


def read_url(text: str) -> ApiUrl:
    """The one reading of an address.

    Raises:
        UserError: ``bad_url``, saying what is odd about it.
    """
    try:
        return _read(text)
    except ValueError as exc:
        raise UserError(
            f"The address {exc}.",
            reason="bad_url",
            remedy="Write it as https://api.example.com/path.",
        ) from None


def read_origin(text: str) -> Origin:
    """The origin that a text is, without a path.

    Raises:
        ValueError: with the end of a sentence.
    """
    url = _read(text)
    if url.target != "/" or text.rstrip().endswith("/"):
        raise ValueError("must end with the host or port: it says an origin, no path or query")
    return url.origin


def read_allowed(text: str) -> AllowedOrigin:
    """An entry of the operator's list.

    Raises:
        ValueError: with the end of a sentence.
    """
    private = text.startswith(_PRIVATE)
    if "*" in text:
        raise ValueError("must name one origin: there are no wildcards")
    origin = read_origin(text.removeprefix(_PRIVATE))
    if origin.scheme == "http" and not private:
        raise ValueError("must begin with https:// (http:// only behind private:)")
    return AllowedOrigin(origin=origin, private=private)


def with_query(url: ApiUrl, pairs: list[tuple[str, str]]) -> ApiUrl:
    """The same address with more in its query."""
    if not pairs:
        return url
    joint = "&" if "?" in url.target else "?"
    return ApiUrl(origin=url.origin, target=f"{url.target}{joint}{urlencode(pairs)}")


def _read(text: str) -> ApiUrl:
    if len(text) > _LONGEST:
        raise ValueError(f"has more than {_LONGEST} characters")
    if _REFUSED.search(text):
        raise ValueError("holds a space, a backslash or a control character")
    scheme, separator, rest = text.partition("://")
    if "#" in rest:
        raise ValueError("has a part behind #, which no server is ever sent")
    whole = _URL.fullmatch(f"{scheme.lower()}{separator}{rest}")
    if whole is None:
        raise ValueError("must begin with https:// (or http://) and a host")
    target = (whole["path"] or "/") + (whole["query"] or "")
    return ApiUrl(
        origin=_origin(whole["scheme"], whole["authority"]), target=quote(target, safe=_PRINTABLE)
    )


def _origin(scheme: str, authority: str) -> Origin:
    if "@" in authority:
        raise ValueError("holds credentials in front of an @")
    if not authority.isascii():
        raise ValueError("has letters outside ASCII in its host: write its xn-- form")
    parts = _AUTHORITY.fullmatch(authority.lower())
    if parts is None:
        raise ValueError("has no host that can be read in one way only")
    host = _address_6(parts["six"]) if parts["six"] else _name(parts["name"])
    return Origin(scheme=scheme, host=host, port=_port(scheme, parts["port"]))


def _port(scheme: str, text: str | None) -> int:
    if text is None:
        return _PORTS[scheme]
    if text.startswith("0") or len(text) > 5 or not 1 <= int(text) <= 65535:
        raise ValueError("has no port from 1 to 65535")
    return int(text)


def _address_6(text: str) -> str:
    try:
        return IPv6Address(text).compressed
    except ValueError:
        raise ValueError("has no IPv6 address between its brackets") from None


def _name(text: str) -> str:
    labels = text.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(text))
        except ValueError:
            raise ValueError("has an odd spelling of a number for its host") from None
    if labels[-1] == "":
        raise ValueError("has a dot at the end of its host")
    if len(text) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("has no host that can be read in one way only")
    return text

"""Where a document's operations are: on the document's own origin, or nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urljoin

from bot.core.openapi import bad_document
from bot.core.origins import read_url
from bot.errors import UserError


def base_of(data: Mapping[str, Any], address: str) -> str:
    """What stands in front of the paths of a document, without a slash at its end.

    Raises:
        UserError: ``foreign_server`` where its first server is of another origin;
            ``bad_document``, ``bad_url``.
    """
    read = read_url(address)
    servers = data.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else {}
    url = first.get("url", "/") if isinstance(first, Mapping) else "/"
    if not isinstance(url, str) or "{" in url:
        raise bad_document(address, "has a server whose address is to be filled in")
    try:
        server = read_url(urljoin(str(read), url))
    except (UserError, ValueError) as exc:
        raise bad_document(address, "has a server whose address cannot be read") from exc
    if server.origin != read.origin:
        raise UserError(
            f"The document at {read.origin} is of an API on {server.origin}, which is not called.",
            reason="foreign_server",
            remedy="Name a document that lies on the API's own origin.",
        )
    path = server.target.rstrip("/")
    if "?" in path or {".", ".."} & set(unquote(path).split("/")):
        raise bad_document(address, "has a server whose address cannot be read")
    return f"{server.origin}{path}"

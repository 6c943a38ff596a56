"""Pages as responses: rendered, guarded by headers, and 304 where nothing changed."""

from __future__ import annotations

import hashlib

from flask import Response, render_template, request

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

# The referrer stays among our own pages: with none at all, browsers send forms with an Origin
# of "null", and what is ours could not be told from what is not.
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def page(template: str, status: int = 200, **values: object) -> Response:
    """A page. The script that keeps it live asks with the ETag of what it shows already."""
    html = render_template(template, **values).encode("utf-8", "replace")
    etag = f'"{hashlib.sha256(html).hexdigest()[:32]}"'
    if status == 200 and request.headers.get("If-None-Match") == etag:
        html, status = b"", 304
    headers = HEADERS | {"ETag": etag}
    return Response(html, status, content_type="text/html; charset=utf-8", headers=headers)


def go_to(address: str) -> Response:
    """Onwards by GET, after a form or for want of a session."""
    answer = Response(status=303, headers=HEADERS)
    answer.headers["Location"] = address
    return answer


def wants_page() -> bool:
    """Whether a page is asked for, and not data or a part of a page by a script."""
    if "X-Live" in request.headers or "HX-Request" in request.headers:
        return False
    accepted = request.headers.get("Accept", "*/*")
    return "text/html" in accepted or "*/*" in accepted

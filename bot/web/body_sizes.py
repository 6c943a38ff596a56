"""How large the body of which request may be; what is larger is answered 413.

Asked twice: by our own server before a body is gathered, and by Flask for servers that leave
reading to the application.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from wsgiref.types import WSGIEnvironment

from bot.settings import Settings
from bot.web.door import MAX_BODY_BYTES

MAX_FORM_BYTES = 1_048_576
MAX_JSON_BYTES = 1_048_576

_API = "/api/v1/"
_FILE = re.compile(r"/api/v1/projects/[^/]+/files/.", re.DOTALL)
_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, kw_only=True)
class BodySizes:
    """By method and address."""

    max_file_bytes: int

    @classmethod
    def of(cls, settings: Settings) -> BodySizes:
        """A file of a project may be as large as one that is generated, and no larger than
        the largest body that there is room for."""
        return cls(max_file_bytes=min(settings.max_file_bytes, MAX_BODY_BYTES))

    def allowed(self, environ: WSGIEnvironment) -> int:
        """The most bytes that the body may have; 0 where nobody reads one."""
        method: str = environ["REQUEST_METHOD"]
        path: str = environ.get("PATH_INFO", "")
        if not path.startswith(_API):
            return MAX_FORM_BYTES if method == "POST" else 0
        if method not in _WITH_BODY:
            return 0
        is_file = method == "PUT" and _FILE.match(path)
        return self.max_file_bytes if is_file else MAX_JSON_BYTES

    def most_bytes(self, environ: WSGIEnvironment) -> int:
        """How much of it to gather: one byte more than allowed shows that it is too large,
        and where its announced length shows that, nothing."""
        allowed = self.allowed(environ)
        return 0 if not allowed or self.is_announced_larger(environ) else allowed + 1

    def is_announced_larger(self, environ: WSGIEnvironment) -> bool:
        """Whether the announced length of a body that is read is too much."""
        length, allowed = announced_bytes(environ), self.allowed(environ)
        return length is not None and 0 < allowed < length


def announced_bytes(environ: WSGIEnvironment) -> int | None:
    """The announced length of the body; None where it comes in chunks, until the server's end."""
    announced = environ.get("CONTENT_LENGTH", "")
    if announced and "HTTP_TRANSFER_ENCODING" not in environ:
        return int(announced) if announced.isascii() and announced.isdecimal() else 0
    # Without the server's word for it, nobody knows where such a body ends.
    return None if "wsgi.input_terminated" in environ else 0

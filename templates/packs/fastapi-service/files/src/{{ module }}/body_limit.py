"""A limit on what a request may carry, counted as it comes in."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import problem

TOO_LARGE = 413


class BodyLimit:
    """Refuses a request whose body is too large, whatever it says of its length."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        """Args:
        app: What answers the requests.
        max_bytes: The most that a body may have.
        """
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, as long as its body fits."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        detail = f"The body has more than {self._max_bytes} bytes."
        told = Headers(scope=scope).get("content-length", "")
        if told.isdecimal() and int(told) > self._max_bytes:
            await problem(TOO_LARGE, detail)(scope, receive, send)
            return
        size_bytes = 0

        async def counted() -> Message:
            nonlocal size_bytes
            message = await receive()
            size_bytes += len(message.get("body", b""))
            if size_bytes > self._max_bytes:
                raise HTTPException(TOO_LARGE, detail)
            return message

        await self._app(scope, counted, send)

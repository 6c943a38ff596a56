"""An application with long answers, served as the true one is by ``python -m``.

``/seen`` tells which of its answers were begun and closed, since that happens in a process of
its own.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from flask import Flask, Response, jsonify, request

from bot.serving.lifeline import die_with_parent
from bot.serving.web import serve_web
from bot.settings import Settings
from bot.web import failures, streams
from bot.web.body_sizes import BodySizes
from bot.web.front import Front
from bot.web.streams import Pause, Source, Streams

MIB = 1_048_576
ARCHIVE_BYTES = 50 * MIB
CHUNK_BYTES = 10_000
FILE_BYTES = 100_000
MOST_STREAMS = 220


class Seen:
    """What has become of the answers."""

    def __init__(self) -> None:
        self.made_bytes = 0
        self.closed: Counter[str] = Counter()

    def chunks(self, name: str, size: int, *, breaks_at: int | None = None) -> Iterator[bytes]:
        """So many bytes, or an error on the way."""
        made = 0
        try:
            while made < size:
                if breaks_at is not None and made >= breaks_at:
                    raise ValueError("the disk is gone")
                part = b"x" * min(CHUNK_BYTES, size - made)
                made += len(part)
                self.made_bytes += len(part)
                yield part
        finally:
            self.closed[name] += 1

    def events(self) -> Source:
        """One event, and then silence."""
        try:
            yield streams.event("begun", id="1")
            while True:
                yield Pause(seconds=0.2)
        finally:
            self.closed["events"] += 1


def application() -> tuple[Flask, BodySizes]:
    """Its answers, long and short."""
    app, seen, places = Flask(__name__), Seen(), Streams(most=MOST_STREAMS, per_person=1_000)

    @app.get("/archive")
    def archive() -> Response:
        return Response(seen.chunks("archive", ARCHIVE_BYTES))

    @app.get("/broken")
    def broken() -> Response:
        return Response(seen.chunks("broken", MIB, breaks_at=MIB // 2))

    @app.get("/api/v1/events")
    def follow() -> Response:
        return streams.answer(places.open(seen.events(), person="ada"))

    @app.get("/seen")
    def state() -> Response:
        return jsonify(
            open=places.count,
            closed=dict(seen.closed),
            made_bytes=seen.made_bytes,
            process=os.getpid(),
        )

    @app.put("/api/v1/projects/<project>/files/<path:path>")
    @app.post("/api/v1/<path:path>")
    def taken(path: str, project: str = "") -> Response:
        return jsonify(bytes=len(request.get_data()), path=path, raw=request.environ["RAW_URI"])

    sizes = BodySizes(max_file_bytes=FILE_BYTES)
    failures.register(app, sizes)
    return app, sizes


def front() -> Front:
    """What the server imports."""
    die_with_parent()
    app, sizes = application()
    return Front(app, sizes.most_bytes)


if __name__ == "__main__":
    serve_web(Settings(data_dir=Path(), port=int(sys.argv[1])), "tests.web.streaming:front")

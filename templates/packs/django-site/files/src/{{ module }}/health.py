"""Whether the process works, and whether it can serve, as a platform asks."""

import logging
from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponseBase, JsonResponse

Answer = Callable[[HttpRequest], HttpResponseBase]

_log = logging.getLogger(__name__)


def health(answer: Answer) -> Answer:
    """Answer probes, and leave everything else to the site."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path == "/healthz":
            # Nothing but the process itself: a database that is away is no reason to restart it.
            return JsonResponse({"status": "ok"})
        if request.path == "/readyz":
            ready = _database_answers()
            status = "ok" if ready else "unavailable"
            return JsonResponse({"status": status}, status=200 if ready else 503)
        return answer(request)

    return middleware


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        _log.warning("not ready", extra={"check": "database"}, exc_info=True)
        return False
    return True

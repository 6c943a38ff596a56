"""What a worker takes from Redis: the name of one of our tasks, and an id.

Whoever can write to Redis must not be able to have a worker do anything else, so nothing that
lies there is unpickled, looked up by its name in a module, called back or called by HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from redis import Redis
from rq.job import Job
from rq.serializers import JSONSerializer

from bot.jobs import tasks

TASKS: Mapping[str, Callable[[str], None]] = {
    "bot.jobs.tasks.intake": tasks.intake,
    "bot.jobs.tasks.run": tasks.run,
    "bot.jobs.tasks.report": tasks.report,
    "bot.jobs.tasks.verify": tasks.verify,
    "bot.jobs.tasks.hook": tasks.hook,
}


class OrderRefused(Exception):
    """A job that none of us has written."""


class Order(Job):
    """rq's job, which can be nothing but one of our tasks on one id."""

    def __init__(
        self, id: str | None = None, connection: Redis | None = None, serializer: object = None
    ) -> None:
        super().__init__(id, connection, serializer=JSONSerializer)

    def restore(self, raw_data: Any) -> None:
        """Read what Redis holds, without the calls that rq would make at its end."""
        super().restore(raw_data)
        self._success_callback_name = None
        self._failure_callback_name = None
        self._stopped_callback_name = None
        self.webhooks = []

    def _execute(self) -> None:
        task = TASKS.get(self.func_name) if isinstance(self.func_name, str) else None
        if task is None or self.instance is not None or self.kwargs:
            raise OrderRefused("The job is none of our tasks.")
        task(_only_id(self.args))


def _only_id(arguments: object) -> str:
    """The id that is a job's only argument, in the one way in which we write ids."""
    if isinstance(arguments, (list, tuple)) and len(arguments) == 1:
        (only,) = arguments
        try:
            if isinstance(only, str) and str(UUID(only)) == only:
                return only
        except ValueError:
            pass
    raise OrderRefused("The job's only argument has to be an id.")

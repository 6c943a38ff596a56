"""Who is still there of those that Redis knows of: a worker that is killed takes no leave."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import cast

from rq import Queue
from rq.executions import Execution
from rq.job import Job
from rq.utils import as_text
from rq.worker_registration import get_keys

#: A worker tells every five seconds that what it does is still being done.
SILENT_S = 15.0
#: How long Redis keeps a job that its worker has left.
_KEPT_S = 3600


def living_workers(queue: Queue) -> int:
    """How many workers listen to a queue, and have told so of late."""
    # rq strikes a worker off only where another one listens to the same queue.
    keys = get_keys(queue)
    return int(queue.connection.exists(*keys)) if keys else 0


def take_abandoned(queue: Queue) -> Iterator[str]:
    """The ids of the jobs that were begun by workers which say nothing more, each once."""
    redis = queue.connection
    begun = queue.started_job_registry.key
    for entry in cast("list[bytes]", redis.zrange(begun, 0, -1)):
        execution = Execution.from_composite_key(as_text(entry), redis)
        # Of several that look at once, one takes it.
        if _is_silent(execution) and redis.zrem(begun, entry):
            redis.expire(Job.key_for(execution.job_id), _KEPT_S)
            yield execution.job_id


def _is_silent(execution: Execution) -> bool:
    heard = execution.connection.hget(execution.key, "last_heartbeat")
    return heard is None or time.time() - float(heard) > SILENT_S

"""The queues, carried by Redis: ``intake`` for milliseconds, ``runs`` for the long work, and
``verify`` for what workers on ``runs`` have no sandbox for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

from bot.jobs.attendance import living_workers, take_abandoned

INTAKE = "intake"
RUNS = "runs"
VERIFY = "verify"

#: A job ends itself long before this: runs are bounded by their steps' own time limits.
LONGEST_JOB_S = {INTAKE: 120, RUNS: 3600, VERIFY: 3600}
#: How long Redis remembers which job carries an id; longer than any job waits.
_REMEMBERED_S = 86_400
_ANSWER_WITHIN_S = 2.0

_log = structlog.get_logger(__name__)


def connect(redis_url: str, *, patient: bool = False) -> Redis:
    """A connection that gives up quickly, or, for a worker that blocks on it, a patient one."""
    if patient:
        return Redis.from_url(redis_url, socket_connect_timeout=_ANSWER_WITHIN_S)
    return Redis.from_url(
        redis_url,
        socket_timeout=_ANSWER_WITHIN_S,
        socket_connect_timeout=_ANSWER_WITHIN_S,
        retry=Retry(NoBackoff(), 0),
    )


class RqQueue:
    """The port `Queue` on rq."""

    def __init__(self, redis_url: str) -> None:
        self._redis = connect(redis_url)
        self._queues = {
            name: Queue(name, connection=self._redis, serializer=JSONSerializer)
            for name in (INTAKE, RUNS, VERIFY)
        }

    def intake(self, delivery: str) -> bool:
        """Have a delivery taken in; False where Redis does not answer."""
        return self._put(INTAKE, "intake", delivery)

    def run(self, run_id: str) -> bool:
        """Have a run carried on; False where Redis does not answer."""
        return self._put(RUNS, "run", run_id)

    def report(self, run_id: str) -> bool:
        """Have a run's last report made; False where Redis does not answer."""
        return self._put(INTAKE, "report", run_id)

    def hook(self, hook_id: str) -> bool:
        """Have what is due to a hook sent; False where Redis does not answer."""
        return self._put(INTAKE, "hook", hook_id)

    def verify(self, run_id: str) -> bool:
        """Have what a run waits with verified elsewhere; False where Redis does not answer."""
        return self._put(VERIFY, "verify", run_id)

    def verifiers(self) -> int:
        """How many workers listen for that; 0 where Redis does not answer."""
        try:
            return living_workers(self._queues[VERIFY])
        except (RedisError, OSError):
            return 0

    def abandoned(self) -> Sequence[str]:
        """The runs for which a worker had begun to verify, and then died; each is told once."""
        try:
            return [_id_in(job_id) for job_id in take_abandoned(self._queues[VERIFY])]
        except (RedisError, OSError):
            return ()

    def problem(self) -> str | None:
        """None where Redis answers, else a sentence."""
        try:
            self._redis.ping()
        except (RedisError, OSError) as exc:
            return f"Redis does not answer ({type(exc).__name__})."
        return None

    def depths(self) -> Mapping[str, int]:
        """How many jobs wait in each queue; empty where Redis does not answer."""
        try:
            return {name: queue.count for name, queue in self._queues.items()}
        except (RedisError, OSError):
            return {}

    def _put(self, queue_name: str, task: str, id: str) -> bool:
        try:
            queue = self._queues[queue_name]
            if not self._is_waiting(queue, task, id):
                self._push(queue, task, id)
        except (RedisError, OSError) as exc:
            _log.warning("queue_away", queue=queue_name, error=type(exc).__name__)
            return False
        return True

    def _is_waiting(self, queue: Queue, task: str, id: str) -> bool:
        """Whether a job for this id stands in the queue: the sweep must not pile them up."""
        known = self._redis.get(_carrier(task, id))
        if known is None:
            return False
        job_id = known.decode() if isinstance(known, bytes) else str(known)
        return self._redis.lpos(queue.key, job_id) is not None

    def _push(self, queue: Queue, task: str, id: str) -> None:
        # A new job id each time: an older job of the same work may still be written about by a
        # worker that is dying.
        job_id = f"{task}-{id}-{uuid.uuid4().hex[:8]}"
        self._redis.set(_carrier(task, id), job_id, ex=_REMEMBERED_S)
        queue.enqueue_call(
            f"bot.jobs.tasks.{task}",
            args=(id,),
            job_id=job_id,
            timeout=LONGEST_JOB_S[queue.name],
            result_ttl=0,
            failure_ttl=3600,
        )


def _id_in(job_id: str) -> str:
    """What a job of ours is about; see `RqQueue._push`."""
    return job_id.partition("-")[2].rpartition("-")[0]


def _carrier(task: str, id: str) -> str:
    return f"firstcommit:carrier:{task}:{id}"

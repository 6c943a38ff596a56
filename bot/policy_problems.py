"""What is wrong with policy files, told once where somebody can mend it."""

from __future__ import annotations

import hashlib

import structlog

from bot.core.identity import Thread
from bot.errors import Transient, UserError
from bot.policies import FileInForce, InForce
from bot.remarks import reply_once
from bot.services import Services

_log = structlog.get_logger(__name__)


def tell_problems(services: Services, thread: Thread, found: InForce) -> None:
    """Say once what is wrong with a policy file: in the thread whose command met it first.

    Raises:
        Transient: Where the forge did not answer.
    """
    for file in found.problems:
        body = services.replies.render(
            "policy_problem", file=file, quoted=_may_be_quoted(file, thread)
        )
        try:
            reply_once(services, thread, _owner(file), body)
        except UserError as exc:
            # The thread is locked, or we may not write there: nobody can be told.
            _log.info("policy_problem_untold", reason=exc.reason)
        except Transient as exc:
            if exc.reason != "being_written":
                raise


def _may_be_quoted(file: FileInForce, thread: Thread) -> bool:
    """Whether whoever sees the thread may see what stands in the file."""
    return not file.repository.private or file.repository.id == thread.repository.id


def _owner(file: FileInForce) -> str:
    """The ledger's owner of what is said of a file: another one once something else is wrong.

    Its own commit is no part of it: the same mistake is not told again after each push, but it is
    once the file has been good in between.
    """
    said = "\n".join([file.path, file.last_good, *(str(problem) for problem in file.problems)])
    told = hashlib.sha256(said.encode()).hexdigest()[:16]
    return f"policy:{file.repository.forge}:{file.repository.id}:{told}"

"""What a run tells its thread: a reaction, one living comment, a check beside the commit.

Telling never fails a run: whatever goes wrong here is logged, and the last word is said again
by the sweep until it is heard.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog

from bot.core.amiss import told as told_amiss
from bot.core.git_values import Check, CheckState, Reaction
from bot.core.identity import Repository, repository_from_dict
from bot.core.runs import Run, RunStatus, Step
from bot.errors import BotError, Transient, UserError
from bot.living import living_text, plain_text
from bot.proofs import Proof, annotations_of, proof_of
from bot.remarks import COMMENT, marker, reply_once
from bot.services import Services
from bot.store.port import EffectStatus

#: While a run is under way its comment is edited at most this often.
EDIT_EVERY_S = 10.0

_log = structlog.get_logger(__name__)
#: A last word that could not be said for so long is not said any more.
_HEARD_WITHIN = timedelta(days=1)


def first(services: Services, run: Run) -> None:
    """Feedback within a second: a reaction to the command, and the living comment."""
    react_to_command(services, run)
    _tell(services, run)


def react_to_command(services: Services, run: Run) -> None:
    """Show on the command of a run that it was seen; once, however often this is called."""
    if run.thread is None:
        return
    try:
        services.forge(run.thread.repository.forge).react(run.thread, run.comment_id, Reaction.SEEN)
    except BotError as exc:
        _log.info("reaction_failed", run=run.id, reason=exc.reason)
    except Exception:
        _log.exception("reaction_broken", run=run.id)


def progress(services: Services, run_id: str) -> None:
    """Bring the living comment up to date."""
    try:
        run = services.store.runs.get(run_id)
        if run is not None:
            _tell(services, run)
    except BotError as exc:
        _log.warning("progress_not_told", run=run_id, reason=exc.reason)


def final(services: Services, run_id: str) -> bool:
    """The last word on a finished run: comment, check. True where it has been said whole."""
    try:
        run = services.store.runs.get(run_id)
        if run is None or not run.status.is_final or run.thread is None:
            return True
        told = _tell(services, run) and _check(services, run)
        if told or _is_hopeless(services, run):
            services.store.runs.reported(run_id)
    except BotError as exc:
        _log.warning("report_failed", run=run_id, reason=exc.reason)
        return False
    except Exception:
        _log.exception("report_broken", run=run_id)
        return False
    return told


def _is_hopeless(services: Services, run: Run) -> bool:
    ended = run.finished_at
    return ended is not None and services.clock() - ended > _HEARD_WITHIN


def _tell(services: Services, run: Run) -> bool:
    if run.thread is None:
        return True
    owner = f"run:{run.id}"
    try:
        body = _text(services, run)
        if reply_once(services, run.thread, owner, body) is None:
            known = services.store.ledger.find(owner, COMMENT)
            forge = services.forge(run.thread.repository.forge)
            # Somebody else may have written it, and the run have gone on, while we tried to.
            now = services.store.runs.get(run.id) or run
            forge.edit_comment(
                run.thread,
                str(known.external_id if known else ""),
                f"{_text(services, now)}\n{marker(owner)}\n",
                # That a run waits is said although what it waits for may be the next write.
                first=now.status is RunStatus.WAITING,
            )
    except UserError as exc:
        # Deleted by somebody, or no longer ours to edit: they do not want to hear it.
        _log.info("comment_refused", run=run.id, reason=exc.reason)
    except BotError as exc:
        _log.warning("comment_failed", run=run.id, reason=exc.reason)
        return False
    except Exception:
        _log.exception("comment_broken", run=run.id)
        return False
    return True


def _text(services: Services, run: Run) -> str:
    """The living comment; a plain one where ours cannot be made, so that every run is heard of."""
    try:
        return living_text(services, run)
    except BotError:
        raise
    except Exception:
        _log.exception("comment_not_rendered", run=run.id)
        return plain_text(services, run)


def _check(services: Services, run: Run) -> bool:
    """A check beside the commit, where the run has made one."""
    commit = _outputs(run.steps, "commit")
    repository = commit.get("repository")
    if not isinstance(repository, Mapping) or run.status is RunStatus.CANCELLED:
        return True
    proof = proof_of(services, run)
    check = Check(
        name="Firstcommit",
        state=CheckState.PASSED if _is_good(run, proof) else CheckState.FAILED,
        title=_check_title(run, proof),
        summary=services.replies.render("check", run=run, commit=commit, proof=proof),
        url=_page(services, run),
        text=services.replies.render("evidence", proof=proof) if proof else "",
        annotations=annotations_of(proof, run) if proof else (),
    )
    return _report_check(services, run, repository_from_dict(repository), commit, check)


def _is_good(run: Run, proof: Proof | None) -> bool:
    return run.status is RunStatus.COMPLETED and (proof is None or proof.evidence.passed)


def _check_title(run: Run, proof: Proof | None) -> str:
    if run.status is not RunStatus.COMPLETED:
        return "The run failed"
    if proof is None or (proof.evidence.passed and proof.evidence.complete):
        return "Generated and verified"
    if proof.failed or proof.findings:
        return f"Generated; {told_amiss(failed=proof.failed, findings=proof.findings)}"
    return f"Generated; {proof.idle} check{'' if proof.idle == 1 else 's'} not run"


def _report_check(
    services: Services,
    run: Run,
    repository: Repository,
    commit: Mapping[str, object],
    check: Check,
) -> bool:
    ledger = services.store.ledger
    key = f"check:{commit['commit']}:{check.state}"
    try:
        effect = ledger.intend(f"run:{run.id}", key, kind="check")
        if effect.status is EffectStatus.INTENDED:
            forge = services.forge(repository.forge)
            check_id = forge.report_check(repository, str(commit["commit"]), check)
            ledger.confirm(effect.id, external_id=check_id)
    except Transient as exc:
        _log.warning("check_failed", run=run.id, reason=exc.reason)
        return False
    except BotError as exc:
        # A check is an ornament: a forge that refuses it has the commit all the same.
        _log.info("check_refused", run=run.id, reason=exc.reason)
    return True


def _page(services: Services, run: Run) -> str:
    public_url = services.settings.public_url
    return f"{public_url}/runs/{run.id}" if public_url else ""


def _outputs(steps: Sequence[Step], uses: str) -> Mapping[str, object]:
    for step in steps:
        if step.uses == uses and step.outputs is not None:
            return step.outputs
    return {}

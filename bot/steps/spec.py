"""What a step type is, and what a step is given to work with."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.core.git_values import Commit
from bot.core.kinds import Field
from bot.core.runs import Run
from bot.core.workflow import Fields
from bot.errors import Transient, UserError
from bot.services import Services
from bot.steps.stopping import Stop
from bot.store.port import Effect, EffectStatus

#: Refusals that say: nothing was sent, or the forge threw it away unread.
_NOT_CARRIED_OUT = frozenset({"pace", "rate_limited"})
_LOOK_EVERY_S = 1.0
#: What an outside call takes at most.
_OUTSIDE_CALL_S = 10.0


@dataclass(frozen=True, kw_only=True)
class Done:
    """What an outside effect came to: the forge's id for it, and what is worth keeping."""

    id: str
    result: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class StepContext:
    """The run, the lease under which this worker acts, and everything outside.

    ``step_id`` is the step's, or ``ID[0]`` for a part of it; ``round`` rises when somebody asks
    for this very step again. ``rehearsal``: nothing outside is touched, whatever is called.
    """

    services: Services
    run: Run
    step_id: str
    number: int
    stop: Stop
    round: int = 0
    rehearsal: bool = False

    @property
    def owner(self) -> str:
        """The run as owner of ledger rows."""
        return f"run:{self.run.id}"

    def log(self, line: str) -> None:
        """Tell in the run's stream what is going on."""
        self.services.store.runs.add_event(self.run.id, "log", {"step": self.step_id, "line": line})

    def stop_if_cancelled(self) -> None:
        """Raises `Cancelled` where the run is to stop, or this step's time is over.

        To be called by everything that takes long, between one bit of work and the next.
        """
        self.stop.check(self._is_cancelled)

    def _is_cancelled(self) -> bool:
        return self.services.store.runs.cancel_requested(self.run.id)

    def hold(self, seconds: float) -> None:
        """Keep the run for an outside call that takes longer than others (two minutes at most)."""
        self.services.store.runs.renew(self.run.id, self.number, lease_s=seconds)

    def once(
        self,
        key: str,
        *,
        kind: str,
        look: Callable[[Effect], Done | None],
        do: Callable[[Effect], Done],
        lag_s: float | None = None,
    ) -> Done:
        """Do an outside effect once, however often this is called and wherever it was killed.

        Args:
            key: The effect's natural key within the run.
            look: Finds the effect on the forge if it is there and is ours.
            do: Does it; both are given the row that the ledger keeps of it.
            lag_s: For how long it may be missing where one looks; None: as the destination's
                forge says.
        """
        self.stop.check()
        ledger = self.services.store.ledger
        effect = ledger.intend(self.owner, key, kind=kind, number=self.number)
        if effect.status is EffectStatus.CONFIRMED:
            return Done(id=effect.external_id or "", result=effect.result)
        if lag_s is None:
            lag_s = self._lag_s()
        done = None if effect.fresh else self._look_again(effect, look, lag_s)
        if done is None:
            self.stop.check(self._is_cancelled, every_s=0.0)
            if not effect.fresh:
                # Looking may have taken longer than this worker held the run.
                self.hold(_OUTSIDE_CALL_S)
            done = self._do(effect, look, do, lag_s)
        ledger.confirm(effect.id, external_id=done.id, result=done.result)
        return done

    def announcer(self, effect: Effect) -> Callable[[Commit], None]:
        """Writes down every commit that an effect is about to put on a branch.

        A branch is taken for this run's work only where it stands at one of them: a trailer can
        be written by anybody.
        """
        announced = list(announced_commits(effect))

        def announce(commit: Commit) -> None:
            announced.append(commit.id)
            self.services.store.ledger.note(effect.id, {"commits": announced})

        return announce

    def _do(
        self,
        effect: Effect,
        look: Callable[[Effect], Done | None],
        do: Callable[[Effect], Done],
        lag_s: float,
    ) -> Done:
        try:
            return do(effect)
        except Transient as exc:
            if exc.reason in _NOT_CARRIED_OUT:
                self.services.store.ledger.forget(effect.id)
            raise
        except UserError:
            # Refused, perhaps because it was there already: ours, from before a lost answer?
            done = None if effect.fresh else self._look_again(effect, look, lag_s)
            if done is None:
                self.services.store.ledger.forget(effect.id)
                raise
            return done

    def _look_again(
        self, effect: Effect, look: Callable[[Effect], Done | None], lag_s: float
    ) -> Done | None:
        """Look for it until the answers of whoever has it have had time to catch up."""
        until = time.monotonic() + lag_s
        while True:
            done = look(effect)
            if done is not None or time.monotonic() >= until:
                return done
            time.sleep(min(_LOOK_EVERY_S, lag_s))

    def _lag_s(self) -> float:
        into = self.run.inputs.get("into")
        name = into["forge"] if isinstance(into, Mapping) else ""
        if not name and self.run.repository is not None:
            name = self.run.repository.forge
        # What stays here is there at once.
        return self.services.forge(str(name)).lag_s if name else 0.0


def announced_commits(effect: Effect) -> Sequence[str]:
    """The ids of the commits that were written for an effect so far."""
    commits = effect.result.get("commits", ())
    return [str(commit) for commit in commits] if isinstance(commits, list) else []


#: The texts among a step's inputs that no record may show.
SecretsIn = Callable[[Services, Run, Mapping[str, object]], Collection[str]]


class Rights(StrEnum):
    """What a step needs its requester, or the operator, to allow."""

    NONE = "none"
    THREAD = "thread"
    WRITE = "write"
    CREATE = "create"
    APPROVE = "approve"
    ORIGIN = "origin"


#: How people read of each right.
RIGHTS_WORDS: Mapping[Rights, str] = {
    Rights.NONE: "none",
    Rights.THREAD: "write access to the thread's repository",
    Rights.WRITE: "write access to the destination",
    Rights.CREATE: "the organisation's say that repositories may be made there",
    Rights.APPROVE: "nothing to ask; whoever approves needs what policy says",
    Rights.ORIGIN: "an origin on the operator's list",
}


@dataclass(frozen=True, kw_only=True)
class StepType:
    """A step type: its words, what it takes and gives, the rights it needs, what it does.

    Documentation, schema and forms are made from this value. ``publishes``: it is not begun
    without what policy demands (an approved plan, passed verification). ``rehearses``: it may
    run in a dry run, where every port that it is given only records; one that reaches the
    outside by other ways has to say False, and is then only named. ``longest_s``: after that it
    has failed, unless the workflow's file says otherwise. ``secrets_in`` finds what of its inputs
    is secret though it came as plain text: the history then shows none of it. ``titled`` is for
    one of which there are many kinds, by what the workflow's file gives it.
    """

    name: str
    summary: str
    takes: Mapping[str, Field]
    gives: Mapping[str, Field]
    run: Callable[[StepContext, Mapping[str, object]], Mapping[str, object]]
    description: str = ""
    rights: Rights = Rights.NONE
    publishes: bool = False
    rehearses: bool = True
    longest_s: float = 600.0
    secrets_in: SecretsIn | None = None
    titled: Callable[[Mapping[str, object]], str] | None = None

    def title(self, arguments: Mapping[str, object]) -> str:
        """How people read of one such step, by what its workflow gives it."""
        return self.titled(arguments) if self.titled is not None else self.summary

    @property
    def fields(self) -> Fields:
        """What the loader of workflows must know."""
        return Fields(
            takes=self.takes,
            gives=self.gives,
            publishes=self.publishes,
            summary=self.summary,
        )

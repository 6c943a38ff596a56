"""What a step type is, and what a step is given to work with."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.git_values import Commit
from bot.core.runs import Run
from bot.core.workflow import Fields
from bot.errors import Cancelled, Transient, UserError
from bot.services import Services
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
    """The run, the lease under which this worker acts, and everything outside."""

    services: Services
    run: Run
    step_id: str
    number: int

    @property
    def owner(self) -> str:
        """The run as owner of ledger rows."""
        return f"run:{self.run.id}"

    def log(self, line: str) -> None:
        """Tell in the run's stream what is going on."""
        self.services.store.runs.add_event(self.run.id, "log", {"step": self.step_id, "line": line})

    def stop_if_cancelled(self) -> None:
        """Raises `Cancelled` where somebody has asked the run to stop."""
        if self.services.store.runs.cancel_requested(self.run.id):
            raise Cancelled("The run was cancelled.")

    def once(
        self,
        key: str,
        *,
        kind: str,
        look: Callable[[Effect], Done | None],
        do: Callable[[Effect], Done],
    ) -> Done:
        """Do an outside effect once, however often this is called and wherever it was killed.

        Args:
            key: The effect's natural key within the run.
            look: Finds the effect on the forge if it is there and is ours.
            do: Does it; both are given the row that the ledger keeps of it.
        """
        ledger = self.services.store.ledger
        effect = ledger.intend(self.owner, key, kind=kind, number=self.number)
        if effect.status is EffectStatus.CONFIRMED:
            return Done(id=effect.external_id or "", result=effect.result)
        done = None if effect.fresh else self._look_again(effect, look)
        if done is None:
            self.stop_if_cancelled()
            if not effect.fresh:
                # Looking may have taken longer than this worker held the run.
                self.services.store.runs.renew(self.run.id, self.number, lease_s=_OUTSIDE_CALL_S)
            done = self._do(effect, look, do)
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
        self, effect: Effect, look: Callable[[Effect], Done | None], do: Callable[[Effect], Done]
    ) -> Done:
        try:
            return do(effect)
        except Transient as exc:
            if exc.reason in _NOT_CARRIED_OUT:
                self.services.store.ledger.forget(effect.id)
            raise
        except UserError:
            # Refused, perhaps because it was there already: ours, from before a lost answer?
            done = None if effect.fresh else self._look_again(effect, look)
            if done is None:
                self.services.store.ledger.forget(effect.id)
                raise
            return done

    def _look_again(self, effect: Effect, look: Callable[[Effect], Done | None]) -> Done | None:
        """Look for it until the forge's answers have had time to catch up."""
        forge = self.services.forge(str(self._forge_name()))
        until = time.monotonic() + forge.lag_s
        while True:
            done = look(effect)
            if done is not None or time.monotonic() >= until:
                return done
            time.sleep(min(_LOOK_EVERY_S, forge.lag_s))

    def _forge_name(self) -> object:
        into = self.run.inputs.get("into")
        return into["forge"] if isinstance(into, Mapping) else ""


def announced_commits(effect: Effect) -> Sequence[str]:
    """The ids of the commits that were written for an effect so far."""
    commits = effect.result.get("commits", ())
    return [str(commit) for commit in commits] if isinstance(commits, list) else []


@dataclass(frozen=True, kw_only=True)
class StepType:
    """A step type: its words, what it takes (and whether it must), what it gives, what it does."""

    name: str
    summary: str
    takes: Mapping[str, bool]
    gives: frozenset[str]
    run: Callable[[StepContext, Mapping[str, object]], Mapping[str, object]]

    @property
    def fields(self) -> Fields:
        """What the loader of workflows must know."""
        return Fields(takes=self.takes, gives=self.gives)

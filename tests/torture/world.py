"""Somewhere outside that several processes touch: a file of lines, and steps that write them."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path

from bot.core.kinds import Field, Kind
from bot.errors import Transient
from bot.steps.spec import Done, StepContext, StepType
from bot.store.port import Effect

VALUE = {"value": Field(kind=Kind.ANY, needed=False)}


class World:
    """Effects as lines. Adding one does not look whether it is there: that is the ledger's."""

    def __init__(self, folder: Path) -> None:
        self._lines = folder / "effects"
        self._faults = folder / "faults"
        self._lines.touch()
        self._faults.mkdir(exist_ok=True)

    @property
    def lines(self) -> list[str]:
        """Every effect so far, in order."""
        return self._lines.read_text().splitlines()

    def add(self, line: str) -> None:
        """Do an effect: whole, or not at all, as a forge does."""
        with self._lines.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(line.encode() + b"\n")
            file.flush()

    def fault(self, key: str) -> bool:
        """Whether to fail now: the first time that this is asked, in whatever process."""
        try:
            os.close(os.open(self._faults / key, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True


def step_types(world: World) -> tuple[StepType, ...]:
    """Steps that have one effect, two, one after a fault, or none."""

    def once(context: StepContext, given: Mapping[str, object], which: int) -> str:
        line = json.dumps([context.step_id, which, given.get("value")], sort_keys=True)

        def look(_: Effect) -> Done | None:
            return Done(id=line, result={}) if line in world.lines else None

        def do(_: Effect) -> Done:
            world.add(line)
            return Done(id=line, result={})

        key = f"line:{context.step_id}:{which}"
        return context.once(key, kind="line", look=look, do=do, lag_s=0.0).id

    def echo(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        return {"value": given.get("value")}

    def touch(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        return {"value": once(context, given, 0)}

    def touch_twice(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        return {"value": [once(context, given, which) for which in range(2)]}

    def busy_touch(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        if world.fault(context.step_id):
            raise Transient("Busy.", retry_after_s=0.01)
        return {"value": once(context, given, 0)}

    return tuple(
        StepType(name=run.__name__, summary=run.__name__, takes=VALUE, gives=VALUE, run=run)
        for run in (echo, touch, touch_twice, busy_touch)
    )

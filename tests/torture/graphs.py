"""Random workflows from a seed: any order of needs, loops, conditions, effects and faults."""

from __future__ import annotations

import random
from typing import Any


def graph(seed: int) -> dict[str, Any]:
    """A workflow's file as plain data. The same seed gives the same one."""
    chance = random.Random(seed)
    steps: list[dict[str, Any]] = []
    for number in range(chance.randint(3, 9)):
        steps.append(_step(chance, f"s{number}", [step["id"] for step in steps]))
    last = steps[-1]["id"]
    return {
        "name": f"torture-{seed}",
        "inputs": {"items": {"type": "list"}, "yes": {"type": "boolean"}},
        "steps": steps,
        "outputs": {"last": f"${{{{ steps.{last}.value }}}}"},
    }


def inputs(seed: int) -> dict[str, Any]:
    """What such a workflow is started with."""
    chance = random.Random(~seed)
    return {
        "items": [f"item-{chance.randint(0, 9)}" for _ in range(chance.randint(0, 4))],
        "yes": chance.random() < 0.5,
    }


def _step(chance: random.Random, id: str, before: list[str]) -> dict[str, Any]:
    needs = sorted(chance.sample(before, k=min(len(before), chance.randint(0, 3))))
    value: object = id
    if needs and chance.random() < 0.7:
        value = {"from": f"${{{{ steps.{chance.choice(needs)}.value }}}}", "at": id}
    step: dict[str, Any] = {
        "id": id,
        "uses": chance.choice(["touch", "touch", "touch_twice", "busy_touch", "echo"]),
        "needs": needs,
        "with": {"value": value},
    }
    if step["uses"] == "busy_touch":
        # It is busy once; without a rule the run would wait for two seconds each time.
        step["retry"] = {"count": 2, "backoff": 0.05}
    if chance.random() < 0.3:
        step["for_each"] = chance.choice(["${{ inputs.items }}", ["x", "y", "z"]])
        step["with"] = {"value": {"item": "${{ item }}", "of": id}}
    if chance.random() < 0.2:
        step["if"] = chance.choice(["${{ inputs.yes }}", "${{ not inputs.yes }}"])
    return step

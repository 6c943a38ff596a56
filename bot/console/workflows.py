"""``firstcommit workflows``: the workflows that there are, and whether a file is one."""

from __future__ import annotations

import argparse

from bot.console.parser import Commands
from bot.console.tables import aligned
from bot.settings import Settings


def add_to(commands: Commands) -> None:
    """Tell the parser what there is to do with workflows."""
    group = commands.group("workflows", "List, show, check and draw workflows.")
    group.add("list", _list, "List the workflows that ship, with what they take.")


def _list(settings: Settings, options: argparse.Namespace) -> int:
    from bot.workflows import load_workflow, shipped_names

    rows = []
    for name in shipped_names():
        workflow = load_workflow(name)
        rows.append([name, ", ".join(workflow.inputs)])
    print(aligned(rows, head=["NAME", "INPUTS"]))
    return 0

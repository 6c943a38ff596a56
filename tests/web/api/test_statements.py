"""No list of the API asks the database once for each of its rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from bot.core.runs import ExportType
from bot.store.port import FileEdit, NewFile, NewVerification
from bot.web.api.groups import OPERATIONS
from bot.web.api.operation import Operation
from tests.store.looking import statements
from tests.store.making import new_run
from tests.store.test_budgets import reserved
from tests.web.api.recipes import RECIPES, Target
from tests.web.api.test_rights_matrix import hook_of, target_of
from tests.web.api.two_organisations import OPERATOR, Caller, TwoOrganisations

MANY = 30
More = Callable[[TwoOrganisations, Target, int], Target | None]


def _is_list(operation: Operation) -> bool:
    model = operation.gives.get(200)
    is_model = isinstance(model, type) and issubclass(model, BaseModel)
    return operation.method == "GET" and is_model and "items" in model.model_fields


LISTS = {operation.name: operation for operation in OPERATIONS if _is_list(operation)}


def _run(world: TwoOrganisations, target: Target, number: int) -> None:
    world.bot.store.runs.create(new_run(at=world.bot.thread))


def _steps(world: TwoOrganisations, target: Target, number: int) -> Target:
    steps = [(f"step{each}", "verify") for each in range(number + 1)]
    run = world.bot.store.runs.create(replace(new_run(at=world.bot.thread), steps=steps))
    return replace(target, run=run.id)


def _event(world: TwoOrganisations, target: Target, number: int) -> None:
    world.bot.store.runs.add_event(target.run, "noted", {})


def _file(world: TwoOrganisations, target: Target, number: int) -> None:
    file = NewFile(path=f"more/{number}/a.txt", content=b"a", mode=0o100644, origin="person")
    edit = FileEdit(by="ann", expected=frozenset(), check=lambda files: None)
    world.bot.store.projects.write_file(target.project, file, edit)


def _export(world: TwoOrganisations, target: Target, number: int) -> None:
    world.bot.store.exports.request(
        target.project,
        ExportType.ZIP,
        snapshot=1,
        created_by="ann",
        run_id=target.run,
        config={"number": number},
    )


def _hook(world: TwoOrganisations, target: Target, number: int) -> None:
    if number < 19:  # With that of the target they are as many as an organisation may have.
        hook_of(world, target.organisation, "olga")


def _ping(world: TwoOrganisations, target: Target, number: int) -> None:
    world.bot.store.hook_deliveries.ping(target.hook)


def _organisation(world: TwoOrganisations, target: Target, number: int) -> None:
    login = f"org{number}"
    world.bot.store.organisations.seen(
        "github", f"77{number}", login, is_person=False, installation=login
    )


def _delivery(world: TwoOrganisations, target: Target, number: int) -> None:
    world.bot.store.deliveries.claim(
        forge="github", delivery_id=f"more-{number}", kind="issue_comment", body=b"{}"
    )


def _evidence(world: TwoOrganisations, target: Target, number: int) -> None:
    world.bot.store.verifications.save(
        NewVerification(
            run_id=target.run,
            step_id="checks",
            round=number + 1,
            project_id=target.project,
            snapshot=1,
            digest="0" * 64,
            document={"findings": []},
        )
    )


def _calls(world: TwoOrganisations, target: Target, number: int) -> Target:
    store = world.bot.store
    run = store.runs.lease(
        store.runs.create(new_run(at=world.bot.thread)).id, worker="w", lease_s=60
    )
    assert run is not None
    for _ in range(number + 1):
        reserved(store, run)
    return replace(target, run=run.id)


def _nothing(world: TwoOrganisations, target: Target, number: int) -> None:
    """It does not lie in the database."""


#: What makes one more of what a list has; the target is about another where it gives one.
MORE: Mapping[str, More] = {
    "list_projects": _run,
    "list_files": _file,
    "list_exports": _export,
    "list_runs": _run,
    "list_steps": _steps,
    "list_events": _event,
    "list_calls": _calls,
    "list_evidence": _evidence,
    "list_workflows": _nothing,
    "list_step_types": _nothing,
    "list_packs": _nothing,
    "list_organisations": _organisation,
    "list_deliveries": _delivery,
    "list_tokens": lambda world, target, number: world.token_of("olga") and None,
    "list_hooks": _hook,
    "list_hook_deliveries": _ping,
}


@pytest.fixture
def world(tmp_path: Path, spine_database: Path) -> Iterator[TwoOrganisations]:
    made = TwoOrganisations(tmp_path, spine_database)
    yield made
    made.close()


def _asked(world: TwoOrganisations, login: str, operation: Operation, target: Target) -> int:
    """How many statements an answer takes, once the forge has said what somebody may see."""
    caller = world.operator if login == OPERATOR else world.caller(login)
    _call(caller, operation, target)
    with statements() as sent:
        _call(caller, operation, target)
    return len(sent)


def _call(caller: Caller, operation: Operation, target: Target) -> Any:
    recipe, address = RECIPES[operation.name], operation.address
    for converter, name in re.findall(r"(<(?:\w+:)?(\w+)>)", address):
        address = address.replace(converter, recipe.path(target)[name])
    answer = caller.ask(operation.method, address, **recipe.more(target))
    assert answer.status_code in (200, 403), answer.json
    return answer.json


def test_every_list_is_tried() -> None:
    assert set(MORE) == set(LISTS)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_many_takes_as_many_statements_as_one_of_few(
    world: TwoOrganisations, name: str
) -> None:
    operation = LISTS[name]
    target = target_of(world, world.made("ann"), "olga")
    few = MORE[name](world, target, 0) or target
    before = [_asked(world, login, operation, few) for login in (OPERATOR, "olga")]
    shown = len(_call(world.caller("olga"), operation, few).get("items", ()))
    many = target
    for number in range(1, MANY):
        many = MORE[name](world, target, number) or many
    after = [_asked(world, login, operation, many) for login in (OPERATOR, "olga")]
    assert after == before
    is_longer = len(_call(world.caller("olga"), operation, many).get("items", ())) > shown
    assert is_longer or MORE[name] in (_nothing, _organisation, _delivery)
    # Token, person, what the list is of, whose that is, and the list with what is shown beside it.
    assert max(after) <= 6

"""Who may call what on whose: every operation, by everybody, on one's own, another's and nothing.

The operations come from the tuple that the routes are made of, and what is expected from what each
says it needs. So an operation without a rule, or one whose rule is not heeded, fails here.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from bot.core.access_scopes import PERSONAL
from bot.core.identity import Permission, Repository
from bot.core.runs import Run
from bot.hooks import add_hook
from bot.web.api import limits
from bot.web.api.groups import OPERATIONS
from bot.web.api.operation import Needs, Operation
from bot.web.api.routes import PREFIX
from tests.web.api.recipes import RECIPES, Target
from tests.web.api.two_organisations import Caller, TwoOrganisations

BY_NAME = {operation.name: operation for operation in OPERATIONS}
#: All but the one whose rights are those of a run that they asked for themselves.
PEOPLE = {
    "reader": "rita",
    "writer": "ann",
    "member": "mia",
    "owner": "olga",
    "requester": "rob",
    "foreign": "fay",
}
NOBODY = ("anonymous", "wrong token", "revoked token", "words that are no token")
ROLES = (*NOBODY, "without the scope", *PEOPLE, "operator")
READERS = frozenset({"reader", "writer", "member", "owner", "requester", "operator"})
WRITERS = frozenset({"writer", "member", "owner", "operator"})
#: Who may, of those who know that there is something.
MAY: Mapping[Needs, frozenset[str]] = {
    Needs.IDENTITY: READERS | {"foreign"},
    Needs.SIGNATURE: READERS,
    Needs.READER: READERS,
    Needs.WRITER: WRITERS,
    Needs.REQUESTER: WRITERS | {"requester"},
    # Nobody is the operator of other people's repositories.
    Needs.POLICY: WRITERS - {"operator"},
    Needs.MEMBER: frozenset({"member", "owner", "operator"}),
    Needs.OWNER: frozenset({"owner", "operator"}),
    Needs.SELF: frozenset({"writer"}),
    Needs.OPERATOR: frozenset({"operator"}),
}
#: Headers that count calls or tell the time.
COUNTING = ("date", "ratelimit", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """The world, and what in it calls are about."""

    world: TwoOrganisations
    #: Of acme, by the state of its run; nothing that is refused may change them.
    kept: Mapping[str, Target]
    foreign: Mapping[str, Target]
    missing: Target

    def fresh(self, operation: Operation, role: str) -> Target:
        """Something of acme that nobody has changed yet; by the caller where that matters."""
        kept = self.kept[RECIPES[operation.name].on]
        if operation.method == "GET" or not _is_hidden(operation):
            return kept
        if operation.address.startswith("/hooks/"):
            return replace(kept, **hook_of(self.world, kept.organisation, "olga"))
        if operation.address.startswith("/tokens/"):
            return replace(kept, token=self.world.token_of("ann").id)
        author = "ann"
        if role == "requester" and operation.needs is Needs.REQUESTER:
            author = "rob"
            self.world.permit("rob", Permission.WRITE)
        run = _making(self.world)[RECIPES[operation.name].on](author, None)
        self.world.permit("rob", Permission.READ)
        return replace(kept, **run_of(self.world, run))

    def caller(self, role: str, operation: Operation) -> Caller:
        """Somebody of that role."""
        world = self.world
        match role:
            case "anonymous":
                return world.with_token(None)
            case "wrong token":
                return world.with_token("fc_" + "0" * 40)
            case "words that are no token":
                return world.with_token("operato")
            case "revoked token":
                return world.revoked("ann")
            case "without the scope":
                return world.caller("olga", PERSONAL - {operation.scope})
            case "operator":
                return world.operator
            case _:
                return world.caller(PEOPLE[role])


def _making(world: TwoOrganisations) -> Mapping[str, Callable[[str, Repository | None], Run]]:
    return {"made": world.made, "planned": world.planned, "cancelled": world.cancelled}


def target_of(world: TwoOrganisations, run: Run, owner: str) -> Target:
    """A run with all that hangs on it, a hook of its organisation, and a token of somebody."""
    assert run.organisation_id is not None and run.repository is not None
    return Target(
        **run_of(world, run),
        **hook_of(world, run.organisation_id, owner),
        organisation=run.organisation_id,
        repository=f"{run.repository.forge}:{run.repository.full_name}",
        export=world.exported(str(run.project_id)),
        token=world.token_of(owner).id,
    )


def run_of(world: TwoOrganisations, run: Run) -> dict[str, str]:
    """What a target has of a run, its project and its plan."""
    assert run.project_id is not None
    readme = world.bot.store.projects.file(run.project_id, "README.md")
    assert readme is not None
    plans = world.bot.store.plans.of_run(run.id)
    return {
        "run": run.id,
        "project": run.project_id,
        "etag": readme.content_hash,
        "webhook": world.bot.store.deliveries.recent(limit=1)[0].id,
        "digest": plans[-1].digest if plans else "0" * 12,
    }


def hook_of(world: TwoOrganisations, organisation: str, owner: str) -> dict[str, str]:
    """A new hook of an organisation, and something that it is to be told."""
    hook, _ = add_hook(
        world.bot.services,
        url="https://hooks.example/theirs",
        kinds=(),
        created_by=f"github:{owner}",
        organisation_id=organisation,
    )
    delivery = world.bot.store.hook_deliveries.ping(hook.id)
    assert delivery is not None
    return {"hook": hook.id, "delivery": delivery.id}


@pytest.fixture(scope="module", autouse=True)
def _as_often_as_one_likes() -> Iterator[None]:
    """Nobody is kept out for asking too often: each of these calls is of another test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "STRANGERS", 1_000_000)
        patch.setattr(limits, "PERSONS", 1_000_000)
        yield


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory, spine_database: Path) -> Iterator[Matrix]:
    world = TwoOrganisations(tmp_path_factory.mktemp("matrix"), spine_database)
    states = _making(world)
    world.permit("rob", Permission.READ)
    kept, foreign = (
        {state: target_of(world, make(who, where), who) for state, make in states.items()}
        for who, where in (("ann", None), ("fay", world.vault))
    )
    missing = Target(
        **{
            name: str(uuid.uuid4())
            for name in (
                "project",
                "run",
                "organisation",
                "export",
                "token",
                "hook",
                "delivery",
                "webhook",
            )
        },
        repository="github:globex/vapid",
    )
    yield Matrix(world=world, kept=kept, foreign=foreign, missing=missing)
    world.close()


def _call(caller: Caller, operation: Operation, target: Target) -> TestResponse:
    recipe = RECIPES[operation.name]
    address, values = operation.address, recipe.path(target)
    for converter, name in re.findall(r"(<(?:\w+:)?(\w+)>)", operation.address):
        address = address.replace(converter, values[name])
    return caller.ask(operation.method, address, **recipe.more(target))


def _is_hidden(operation: Operation) -> bool:
    """Whether the address names something, which is not there for whoever may not see it."""
    return "<" in operation.address and not RECIPES[operation.name].shared


def _is_about_something(operation: Operation) -> bool:
    return _is_hidden(operation) or RECIPES[operation.name].names


def _may(operation: Operation) -> frozenset[str]:
    recipe = RECIPES[operation.name]
    return (MAY[operation.needs] | recipe.also) - recipe.but


def _wanted(operation: Operation) -> int:
    return RECIPES[operation.name].gives or next(iter(operation.gives))


def test_every_rule_of_the_application_is_an_operation_and_each_has_a_recipe(
    matrix: Matrix,
) -> None:
    rules = {
        (method, rule.rule.removeprefix(PREFIX))
        for rule in matrix.world.app.url_map.iter_rules()
        if rule.rule.startswith("/api")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert rules == {(operation.method, operation.address) for operation in OPERATIONS}
    assert set(RECIPES) == set(BY_NAME)
    assert set(MAY) == set(Needs)


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("role", [*NOBODY, "without the scope"])
def test_who_is_nobody_or_has_not_the_scope_learns_nothing(
    matrix: Matrix, name: str, role: str
) -> None:
    operation = BY_NAME[name]
    recipe = RECIPES[name]
    caller = matrix.caller(role, operation)
    told = [
        _call(caller, operation, target)
        for target in (matrix.kept[recipe.on], matrix.foreign[recipe.on], matrix.missing)
    ]
    expected = 401 if role in NOBODY else 403
    assert [answer.status_code for answer in told] == [expected] * 3
    assert told[0].data == told[1].data == told[2].data


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("role", [*PEOPLE, "operator"])
def test_everybody_may_do_with_what_is_theirs_what_the_rule_says(
    matrix: Matrix, name: str, role: str
) -> None:
    operation, recipe = BY_NAME[name], RECIPES[name]
    caller = matrix.caller(role, operation)
    if role in _may(operation):
        answer = _call(caller, operation, matrix.fresh(operation, role))
        assert answer.status_code == _wanted(operation), answer.get_data(as_text=True)
        return
    kept = matrix.kept[recipe.on]
    before = _state(matrix, kept)
    answer = _call(caller, operation, kept)
    assert answer.status_code in _refusals(operation, role)
    assert _state(matrix, kept) == before


@pytest.mark.parametrize("name", [each for each in BY_NAME if _is_about_something(BY_NAME[each])])
@pytest.mark.parametrize("role", [each for each in PEOPLE if each != "foreign"])
def test_what_belongs_to_others_is_answered_as_what_does_not_exist(
    matrix: Matrix, name: str, role: str
) -> None:
    operation, recipe = BY_NAME[name], RECIPES[name]
    caller = matrix.caller(role, operation)
    foreign, missing = matrix.foreign[recipe.on], matrix.missing
    before = _state(matrix, foreign)
    caller.get("/me")
    (hidden, asked), (absent, asked_too) = (
        _watched(matrix, caller, operation, target) for target in (foreign, missing)
    )
    assert hidden.status_code in _hidden(operation)
    assert _blurred(hidden, foreign) == _blurred(absent, missing)
    assert asked == asked_too
    assert _state(matrix, foreign) == before


@pytest.mark.parametrize("name", [each for each in BY_NAME if _is_about_something(BY_NAME[each])])
def test_a_process_that_knows_nothing_yet_asks_the_same_for_what_is_hidden_and_what_is_not(
    matrix: Matrix, name: str
) -> None:
    operation, recipe = BY_NAME[name], RECIPES[name]
    asked = []
    for target in (matrix.foreign[recipe.on], matrix.missing):
        matrix.world.restart()
        caller = matrix.world.caller("ann")
        asked.append(_watched(matrix, caller, operation, target)[1])
    assert asked[0] == asked[1]


@pytest.mark.parametrize("name", [each for each in BY_NAME if BY_NAME[each].method == "GET"])
@pytest.mark.parametrize("role", PEOPLE)
def test_no_answer_holds_anything_of_the_other_organisation(
    matrix: Matrix, name: str, role: str
) -> None:
    operation, recipe = BY_NAME[name], RECIPES[name]
    ours, theirs = matrix.kept, matrix.foreign
    names = ("globex", "vault", "fay")
    if role == "foreign":
        ours, theirs, names = theirs, ours, ("acme", "shop", "ann")
    answer = _call(matrix.caller(role, operation), operation, ours[recipe.on])
    # An archive is packed; what is in it is one project that was asked for.
    described = ("get_description", "get_docs", "get_agents_text")
    if operation.needs is not Needs.SIGNATURE and name not in described:
        text = answer.get_data(as_text=True)
        words = {word for target in theirs.values() for word in target.words}
        assert not [word for word in (*words, *names) if word in text]


def _refusals(operation: Operation, role: str) -> tuple[int, ...]:
    """How somebody is refused who may not, by whether they know that it is there."""
    if role != "foreign" and not RECIPES[operation.name].hides:
        return (403,)
    return _hidden(operation)


def _hidden(operation: Operation) -> tuple[int, ...]:
    """How somebody is answered who may not know that it is there."""
    is_of_somebody = _is_hidden(operation) and operation.needs is not Needs.OPERATOR
    return (404,) if is_of_somebody else (403, 404)


def _watched(
    matrix: Matrix, caller: Caller, operation: Operation, target: Target
) -> tuple[TestResponse, list[str]]:
    """The answer, and what the forge was asked for it."""
    asked = matrix.world.bot.forge.script.all
    before = len(asked)
    answer = _call(caller, operation, target)
    return answer, [call.method for call in asked[before:]]


def _blurred(answer: TestResponse, target: Target) -> tuple[int, object, str]:
    """All of an answer but what names the target, which the caller has named first."""
    text = answer.data.decode("utf-8", "replace")
    for word in sorted(target.words, key=len, reverse=True):
        text = text.replace(word, "…")
    headers = {key.lower(): value for key, value in answer.headers.items()}
    return answer.status_code, {k: v for k, v in headers.items() if k not in COUNTING}, text


def _state(matrix: Matrix, target: Target) -> object:
    """What is kept of a target."""
    store = matrix.world.bot.store
    run, project = store.runs.get(target.run), store.projects.get(target.project)
    files = store.projects.files(target.project)
    hook, token = store.hooks.get(target.hook), store.tokens.get(target.token)
    return run, project, files, store.runs.recent(limit=1), hook, token

"""Workers are shared fairly, crowds are kept small, and one run at a time has a destination."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from bot.core.identity import Actor, Thread
from bot.core.runs import Run, RunStatus
from bot.store.port import Crowd, Store
from tests.store.making import ADA, all_at_once, new_run, thread

Advance = Callable[[float], None]
ANY = Crowd(per_thread=99, per_repository=99, per_organisation=99)
BOB = Actor(forge="github", account_id="2", login="bob")


@pytest.fixture
def organisations(store: Store) -> dict[str, str]:
    """The ids of three organisations, by name."""
    return {
        name: store.organisations.seen(
            "github", account, name, is_person=False, installation=account
        ).id
        for name, account in (("acme", "10"), ("zeta", "11"), ("beta", "12"))
    }


@pytest.fixture
def ask(store: Store, advance: Advance) -> Callable[..., Run]:
    """Queues a run, a second after the one before."""

    def queue(
        organisation: str | None = None,
        *,
        at: Thread | None = None,
        by: Actor = ADA,
        destination: str = "",
        limits: Mapping[str, int] | None = None,
    ) -> Run:
        advance(1)
        return store.runs.create(
            new_run(
                at=at,
                organisation_id=organisation,
                requester=by,
                destination=destination,
                limits=limits,
                project=None,
            )
        )

    return queue


Ask = Callable[..., Run]


def take(store: Store, run: Run, crowd: Crowd | None = None) -> bool:
    return store.runs.lease(run.id, worker="w", lease_s=120, crowd=crowd) is not None


def next_of(store: Store, crowd: Crowd = ANY, *, asked: str = "nobody") -> str | None:
    return store.runs.choose(asked, crowd=crowd)


def order(store: Store, crowd: Crowd = ANY) -> list[str]:
    """The runs in the order in which free workers would take them, none of which ends."""
    taken = []
    while (chosen := next_of(store, crowd)) is not None:
        run = store.runs.lease(chosen, worker="w", lease_s=120, crowd=crowd)
        assert run is not None, "what was chosen could not be taken"
        taken.append(run.id)
    return taken


def test_nothing_is_chosen_where_nothing_is_due(store: Store, ask: Ask) -> None:
    assert next_of(store) is None
    waiting, done, held = ask(), ask(), ask()
    for run in (waiting, done, held):
        assert take(store, run)
    store.runs.wait(waiting.id, 1, resume_in_s=None, waiting_for="x")
    store.runs.finish(done.id, 1, RunStatus.COMPLETED)
    assert next_of(store, asked=held.id) is None


def test_of_one_organisation_the_run_that_was_first_comes_first(store: Store, ask: Ask) -> None:
    runs = [ask().id for _ in range(4)]
    assert next_of(store, asked=runs[3]) == runs[0]
    assert order(store) == runs


def test_of_runs_that_are_due_since_the_same_moment_the_one_asked_for_is_taken(
    store: Store,
) -> None:
    made = [store.runs.create(new_run(project=None)).id for _ in range(3)]
    assert next_of(store, asked=made[0]) == made[0]


def test_an_organisation_that_asks_for_little_need_not_queue_behind_one_that_asks_for_much(
    store: Store, ask: Ask, organisations: dict[str, str]
) -> None:
    many = [ask(organisations["acme"]).id for _ in range(5)]
    few = [ask(organisations["zeta"]).id, ask(organisations["beta"]).id]
    late = ask(organisations["zeta"]).id
    assert order(store) == [many[0], few[0], few[1], many[1], late, many[2], many[3], many[4]]


def test_requesters_without_an_organisation_stand_for_themselves(store: Store, ask: Ask) -> None:
    many = [ask(by=ADA).id for _ in range(3)]
    one = ask(by=BOB).id
    # Of another forge: the same number is another account there.
    other = ask(by=replace(ADA, forge="local")).id
    assert order(store) == [many[0], one, other, many[1], many[2]]


def test_a_person_is_the_same_under_any_login(store: Store, ask: Ask) -> None:
    ask(by=ADA)
    renamed = ask(by=replace(ADA, login="lovelace"))
    one = ask(by=BOB)
    assert order(store)[1:] == [one.id, renamed.id]


def test_a_run_whose_wait_is_over_is_chosen_like_any_other(
    store: Store, ask: Ask, advance: Advance
) -> None:
    waited = ask()
    assert take(store, waited)
    store.runs.wait(waited.id, 1, resume_in_s=30, waiting_for="x")
    queued = ask()
    assert order(store) == [queued.id]
    advance(31)
    assert next_of(store) == waited.id


def test_a_run_left_behind_is_chosen_before_new_ones_of_the_same_organisation(
    store: Store, ask: Ask, advance: Advance
) -> None:
    left = ask()
    assert store.runs.lease(left.id, worker="w", lease_s=5)
    advance(6)
    new = ask()
    assert order(store) == [left.id, new.id]


def test_a_dead_worker_does_not_count_against_its_organisation(
    store: Store, ask: Ask, advance: Advance, organisations: dict[str, str]
) -> None:
    left = [ask(organisations["acme"]) for _ in range(3)]
    for run in left:
        assert store.runs.lease(run.id, worker="w", lease_s=5)
    advance(6)
    other = ask(organisations["zeta"])
    assert next_of(store) == left[0].id
    assert order(store)[1] == other.id


CROWDS = {
    "thread": (Crowd(per_thread=2), lambda n: thread(7)),
    "repository": (Crowd(per_thread=9, per_repository=2), thread),
    "organisation": (
        Crowd(per_thread=9, per_repository=9, per_organisation=2),
        lambda n: thread(n, repository=str(n)),
    ),
}


@pytest.mark.parametrize("kind", CROWDS)
def test_a_crowd_is_kept_to_its_size(store: Store, ask: Ask, kind: str) -> None:
    crowd, place = CROWDS[kind]
    first, second, third = [ask(at=place(number)) for number in range(3)]
    assert order(store, crowd) == [first.id, second.id]
    assert third.id in store.runs.due(queued_for_s=0)
    assert next_of(store, crowd, asked=third.id) is None
    assert not take(store, third, crowd)
    store.runs.wait(first.id, 1, resume_in_s=None, waiting_for="x")
    assert next_of(store, crowd) == third.id
    assert take(store, third, crowd)


@pytest.mark.parametrize("kind", CROWDS)
@pytest.mark.parametrize("crowd", [Crowd(per_thread=1, per_repository=1, per_organisation=1), ANY])
def test_what_a_runs_own_policy_says_comes_first(
    store: Store, ask: Ask, kind: str, crowd: Crowd
) -> None:
    place = CROWDS[kind][1]
    limits = {"thread": 9, "repository": 9, "organisation": 9} | {kind: 2}
    first, second, third = [ask(at=place(number), limits=limits) for number in range(3)]
    assert order(store, crowd) == [first.id, second.id]
    assert not take(store, third, crowd)
    # Who may have more goes past them.
    larger = ask(at=place(3), limits=limits | {kind: 3})
    assert next_of(store, crowd, asked=third.id) == larger.id
    assert take(store, larger, crowd)


@pytest.mark.parametrize("kind", CROWDS)
def test_a_crowd_keeps_nobody_else_out(store: Store, ask: Ask, kind: str) -> None:
    crowd, place = CROWDS[kind]
    for number in range(3):
        ask(at=place(number))
    order(store, crowd)
    elsewhere = ask(at=thread(70, repository="21"), by=BOB)
    homeless = ask(by=BOB)
    assert order(store, crowd) == [elsewhere.id, homeless.id]


def test_the_same_number_in_another_repository_is_another_thread(store: Store, ask: Ask) -> None:
    crowd = Crowd(per_thread=1)
    here, there = ask(at=thread(7)), ask(at=thread(7, repository="21"))
    assert order(store, crowd) == [here.id, there.id]


def test_a_run_in_a_crowd_that_lost_its_worker_is_taken_over(
    store: Store, ask: Ask, advance: Advance
) -> None:
    crowd = Crowd(per_thread=2)
    left, other, third = [ask(at=thread(7)) for _ in range(3)]
    assert store.runs.lease(left.id, worker="w", lease_s=5, crowd=crowd)
    assert take(store, other, crowd)
    advance(6)
    # It keeps its place: its worker may only have been slow.
    assert not take(store, third, crowd)
    assert next_of(store, crowd) == left.id
    assert take(store, left, crowd)


def test_without_a_crowd_any_number_may_be_taken(store: Store, ask: Ask) -> None:
    runs = [ask(at=thread(7)) for _ in range(12)]
    assert all(take(store, run) for run in runs)


@pytest.mark.parametrize("crowd", [None, ANY])
def test_one_run_at_a_time_is_worked_on_for_a_destination(
    store: Store, ask: Ask, crowd: Crowd | None
) -> None:
    first, second = [ask(destination="github:20:main") for _ in range(2)]
    other = ask(destination="github:20:next")
    nowhere = [ask() for _ in range(2)]
    assert take(store, first, crowd)
    assert not take(store, second, crowd)
    for run in (other, *nowhere):
        assert take(store, run, crowd)
    assert next_of(store, asked=second.id) is None
    store.runs.finish(first.id, 1, RunStatus.COMPLETED)
    assert next_of(store) == second.id
    assert take(store, second, crowd)


def test_every_destination_of_a_run_is_its_own(store: Store, ask: Ask) -> None:
    first = ask(destination="github:20:main github:21:main")
    second, third = ask(destination="github:21:main"), ask(destination="github:22:x github:20:main")
    near = [ask(destination="github:21:mai"), ask(destination="github:1:main github:21:main_")]
    assert take(store, first)
    assert next_of(store, asked=second.id) == near[0].id
    for run in near:
        assert take(store, run)
    assert next_of(store, asked=second.id) is None
    assert not take(store, second)
    assert not take(store, third)
    store.runs.finish(first.id, 1, RunStatus.COMPLETED)
    assert order(store) == [second.id, third.id]


def test_a_run_that_waits_lets_others_at_its_destination(store: Store, ask: Ask) -> None:
    first, second = [ask(destination="github:20:main") for _ in range(2)]
    assert take(store, first)
    store.runs.wait(first.id, 1, resume_in_s=None, waiting_for="approval")
    assert take(store, second)
    store.runs.wake(first.id)
    assert not take(store, first)
    store.runs.finish(second.id, 1, RunStatus.COMPLETED)
    assert take(store, first)


def test_a_destination_stays_with_a_run_until_it_is_taken_over(
    store: Store, ask: Ask, advance: Advance
) -> None:
    first, second = [ask(destination="github:20:main") for _ in range(2)]
    assert store.runs.lease(first.id, worker="w", lease_s=5)
    advance(60)
    assert not take(store, second)
    assert next_of(store, asked=second.id) == first.id
    assert take(store, first)


@pytest.mark.parametrize("destination", ["github:20:main", ""])
def test_of_eight_workers_as_many_get_a_run_as_there_is_room_for(
    store: Store, ask: Ask, destination: str
) -> None:
    crowd = Crowd(per_thread=3)
    runs = [ask(at=thread(7), destination=destination) for _ in range(8)]
    taken = all_at_once(
        [lambda run=run: take(store, run, crowd) for run in runs]  # type: ignore[misc]
    )
    assert sum(taken) == (1 if destination else 3)


def test_workers_that_choose_until_they_get_one_work_on_everything(
    store: Store, ask: Ask, organisations: dict[str, str]
) -> None:
    crowd = Crowd(per_thread=2, per_repository=3, per_organisation=4)
    asked = [
        ask(
            organisations[name],
            at=thread(number % 3, repository=name),
            destination=f"{name}:{number}" if number % 4 else f"{name}:main",
        ).id
        for number in range(9)
        for name in organisations
    ]

    def work() -> list[str]:
        done = []
        while (chosen := next_of(store, crowd)) is not None:
            run = store.runs.lease(chosen, worker="w", lease_s=120, crowd=crowd)
            if run is not None:
                store.runs.finish(run.id, run.lease_number, RunStatus.COMPLETED)
                done.append(run.id)
        return done

    done = [run_id for share in all_at_once([work] * 5) for run_id in share]
    # Where all that was left stood back for others, its own call comes later.
    assert sorted([*done, *work()]) == sorted(asked)


def test_a_run_that_was_saved_just_now_is_left_to_whoever_saved_it(
    store: Store, ask: Ask, advance: Advance
) -> None:
    first, second = ask(), ask()
    # The first is a second old by now, and the second was asked for.
    assert store.runs.choose(second.id, crowd=ANY, settled_for_s=1.5) == second.id
    advance(1)
    assert store.runs.choose(second.id, crowd=ANY, settled_for_s=1.5) == first.id

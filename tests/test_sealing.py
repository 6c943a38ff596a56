"""Secrets at rest open where they were put, with the key they were put under, and nowhere else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.core.hidden import Hidden, masked, masker, revealed
from bot.core.kinds import Kind, SecretName, SecretText
from bot.core.workflow import InputSpec, StepPlan, Workflow
from bot.errors import UserError
from bot.generation.pack_format import Pack, Question, QuestionType
from bot.keys import Keys
from bot.sealing import open_inputs, seal, seal_inputs, unseal
from bot.setting_keys import Secret

KEYS = Keys(
    secret_key=Secret("sixteen characters"),
    admin_token=Secret("operator"),
    local_webhook_secret=Secret("hooks"),
)
ANSWERS = {"name": "orders", "token": "hunter2", "ports": [1, 2]}


def question(name: str, *, secret: bool) -> Question:
    return Question(name=name, type=QuestionType.STRING, line=1, secret=secret)


def library(name: str) -> Pack:
    if name != "library":
        raise UserError("There is no such pack.", reason="unknown_pack")
    return Pack(
        name=name,
        version="1.0.0",
        summary="",
        tags=(),
        questions=(
            question("name", secret=False),
            question("token", secret=True),
            question("ports", secret=True),
        ),
        computed={},
        sources=(),
        rules=(),
        shared={},
        skip_on_update=(),
        checks=(),
        toolchain={},
        limits={},
        folder="",
        digest="",
    )


def workflow(**arguments: object) -> Workflow:
    step = StepPlan(id="files", uses="file_generation", arguments=arguments)
    inputs = {
        "pack": InputSpec(kind=Kind.STRING),
        "answers": InputSpec(kind=Kind.OBJECT, default={}, has_default=True),
        "extra": InputSpec(kind=Kind.STRING),
        "key": InputSpec(kind=Kind.SECRET),
    }
    return Workflow(name="w", inputs=inputs, steps=(step,))


USUAL = workflow(pack="${{ inputs.pack }}", answers="${{ inputs.answers default null }}")


def stored(inputs: dict[str, object], plan: Workflow = USUAL) -> dict[str, object]:
    return seal_inputs(KEYS, plan, inputs, "run-1", pack=library)


def test_a_sealed_text_opens_in_its_place() -> None:
    sealed = seal(KEYS, "hunter2 ü", bound_to=("github", "acme"))
    assert "hunter2" not in sealed
    assert sealed != seal(KEYS, "hunter2 ü", bound_to=("github", "acme"))
    assert unseal(KEYS, sealed, bound_to=("github", "acme")) == "hunter2 ü"


@pytest.mark.parametrize(
    "place", [("github", "other"), ("githubacme",), ("github", "acme", ""), ()]
)
def test_it_opens_in_no_other_place(place: tuple[str, ...]) -> None:
    sealed = seal(KEYS, "hunter2", bound_to=("github", "acme"))
    with pytest.raises(UserError) as caught:
        unseal(KEYS, sealed, bound_to=place)
    assert caught.value.reason == "cannot_unseal"


def test_it_opens_under_no_other_key() -> None:
    sealed = seal(KEYS, "hunter2", bound_to=("x",))
    with pytest.raises(UserError, match="server's key"):
        unseal(replace(KEYS, secret_key=Secret("another long one")), sealed, bound_to=("x",))


@pytest.mark.parametrize("change", ["", "v2.AAAA", "v1.", "v1.!!", "hunter2", "v1.ü"])
def test_what_is_no_sealed_text_is_refused(change: str) -> None:
    with pytest.raises(UserError):
        unseal(KEYS, change, bound_to=("x",))


def test_a_changed_text_is_refused() -> None:
    sealed = seal(KEYS, "hunter2", bound_to=("x",))
    at = len(sealed) // 2
    changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
    with pytest.raises(UserError):
        unseal(KEYS, changed, bound_to=("x",))


def test_secret_inputs_and_answers_are_stored_sealed() -> None:
    given = {"pack": "library", "answers": ANSWERS, "key": "s3cret", "extra": "plain"}
    kept = stored(given)
    assert "hunter2" not in json.dumps(kept)
    assert "s3cret" not in json.dumps(kept)
    assert kept["pack"] == "library"
    assert kept["extra"] == "plain"
    assert kept["answers"]["name"] == "orders"  # type: ignore[index]


def test_what_was_sealed_is_hidden_when_opened_and_itself_when_revealed() -> None:
    given = {"pack": "library", "answers": ANSWERS, "key": "s3cret", "extra": "plain"}
    opened = open_inputs(KEYS, stored(given), "run-1")
    assert opened["key"] == Hidden("s3cret")
    assert "hunter2" not in repr(opened)
    assert revealed(opened) == given
    assert masked(opened) == {
        **given,
        "answers": {"name": "orders", "token": "•••", "ports": "•••"},
        "key": "•••",
    }


def test_sealed_inputs_are_of_their_run_and_place() -> None:
    kept = stored({"key": "s3cret", "answers": ANSWERS, "pack": "library"})
    with pytest.raises(UserError):
        open_inputs(KEYS, kept, "run-2")
    with pytest.raises(UserError):
        open_inputs(KEYS, {"extra": kept["key"]}, "run-1")


def test_sealing_twice_changes_nothing_more() -> None:
    kept = stored({"key": "s3cret"})
    assert stored(kept) == kept


def test_what_was_not_given_stays_absent() -> None:
    assert stored({"pack": "library", "key": None}) == {"pack": "library", "key": None}


@pytest.mark.parametrize("pack", ["unknown", "${{ steps.choice.pack }}"])
def test_all_answers_are_sealed_where_the_pack_cannot_be_asked(pack: str) -> None:
    plan = workflow(pack=pack, answers="${{ inputs.answers }}")
    assert "orders" not in json.dumps(stored({"answers": ANSWERS}, plan))


def test_an_input_that_is_a_secret_answer_is_sealed() -> None:
    plan = workflow(
        pack="library", answers={"token": "${{ inputs.extra }}", "name": "${{ inputs.pack }}"}
    )
    kept = stored({"extra": "hunter2", "pack": "orders"}, plan)
    assert "hunter2" not in json.dumps(kept)
    assert kept["pack"] == "orders"


def fed(answers: object, for_each: object = None) -> Workflow:
    """A workflow that answers the pack's questions with something."""
    step = StepPlan(
        id="files",
        uses="file_generation",
        arguments={"pack": "library", "answers": answers},
        for_each=for_each,
    )
    return Workflow(name="w", inputs={"cfg": InputSpec(kind=Kind.OBJECT)}, steps=(step,))


CFG = "${{ inputs.cfg }}"
ORDERS = {"token": "hunter2", "name": "orders"}


@pytest.mark.parametrize(
    "plan, cfg",
    [
        (fed({"token": "${{ inputs.cfg.token }}"}), ORDERS),
        (fed({"token": "${{ inputs.cfg.token default 'x' }}"}), ORDERS),
        (fed({"token": "${{ inputs.cfg[1] }}"}), ["orders", "hunter2"]),
        (fed({"ports": ["${{ inputs.cfg.token }}"]}), ORDERS),
        (fed({"ports": "${{ [inputs.cfg.token] }}"}), ORDERS),
        (fed({"token": "Bearer ${{ inputs.cfg.token }}"}), ORDERS),
        (fed("${{ inputs.cfg.all }}"), {"all": ORDERS}),
        (fed("${{ item }}", CFG), [ORDERS]),
        (fed("${{ item.all }}", CFG), [{"all": ORDERS}]),
        (fed({"token": "${{ item.token }}"}, CFG), [ORDERS]),
        (fed({"token": "${{ item }}"}, ["a", "${{ inputs.cfg.token }}"]), ORDERS),
        (fed("${{ item }}", [{"token": "${{ inputs.cfg.token }}"}]), ORDERS),
        (fed({"token": "${{ item }}"}, "${{ [inputs.cfg.token] }}"), ORDERS),
    ],
)
def test_a_secret_answer_is_sealed_however_it_comes(plan: Workflow, cfg: object) -> None:
    kept = stored({"cfg": cfg}, plan)
    assert "hunter2" not in json.dumps(kept)
    assert "orders" in json.dumps(kept)
    opened = open_inputs(KEYS, kept, "run-1")
    assert "hunter2" not in repr(opened)
    assert revealed(opened) == {"cfg": cfg}


def test_what_only_decides_something_is_not_sealed() -> None:
    plan = fed({"token": "${{ inputs.cfg.name == 'x' }}", "name": "${{ inputs.cfg.name }}"})
    assert stored({"cfg": ORDERS}, plan) == {"cfg": ORDERS}


def test_names_of_secrets_are_shown_as_such() -> None:
    text = SecretText(parts=("Bearer ", SecretName(name="TOKEN")))
    assert masked({"headers": [text, SecretName(name="A")]}) == {
        "headers": ["Bearer secrets.TOKEN", "secrets.A"]
    }


def test_a_hidden_value_shows_itself_nowhere() -> None:
    hidden = Hidden("hunter2")
    assert f"{hidden} {hidden!r} {[hidden]}" == "••• ••• [•••]"
    with pytest.raises(TypeError):
        json.dumps(hidden)


def test_secrets_are_taken_out_of_a_text() -> None:
    mask = masker(["hunter2", "hunter2-long", "a"])
    assert mask("a hunter2-long b hunter2") == "a ••• b •••"


@pytest.mark.parametrize(
    "spelled",
    [
        'pa"ss/w+rd&ü',
        'pa\\"ss/w+rd&\\u00fc',
        'pa\\"ss\\/w+rd&\\u00fc',
        'pa\\"ss/w+rd&ü',
        "pa%22ss%2Fw%2Brd%26%C3%BC",
        "pa%22ss/w%2Brd%26%C3%BC",
        "pa&quot;ss/w+rd&amp;ü",
        "cGEic3MvdytyZCbDvA",
    ],
)
def test_a_secret_is_found_however_it_is_spelled(spelled: str) -> None:
    assert masker(['pa"ss/w+rd&ü'])(f"<{spelled}>") == "<•••>"

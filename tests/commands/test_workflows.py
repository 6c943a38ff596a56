"""`generate` and `plan` with a workflow of one's own: its inputs are keys."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.destination import destination_to_dict, destinations_in
from bot.core.runs import RunStatus, StepStatus
from bot.living import living_text
from tests.spine import GENERATE, Bot

EVERY = """
name: every
inputs:
  pack: {type: string, default: library}
  title: {type: string}
  story: {type: text, default: ""}
  many: {type: integer, default: 1}
  loud: {type: boolean, default: false}
  kind: {type: choice, choices: [small, large], default: small}
  parts: {type: list, default: []}
  more: {type: object, default: {}}
steps:
  - {id: say, uses: notify, with: {message: "${{ inputs.title }}"}}
outputs:
  title: "${{ inputs.title }}"
  many: "${{ inputs.many }}"
"""
PACKLESS = """
name: packless
inputs:
  name: {type: string}
  into: {type: destination, default: "."}
steps:
  - {id: files, uses: file_generation,
     with: {pack: library, answers: {name: "${{ inputs.name }}", ci: none}}}
  - {id: commit, uses: commit,
     with: {project: "${{ steps.files.project }}", into: "${{ inputs.into }}"}}
  - {id: change, uses: open_change,
     with: {into: "${{ inputs.into }}", branch: "${{ steps.commit.branch }}"}}
"""
PUBLISH = """
name: publish
inputs:
  project: {type: project}
  into: {type: destination, default: "."}
steps:
  - {id: commit, uses: commit, with: {project: "${{ inputs.project }}", into: "${{ inputs.into }}"}}
"""
COMMITTING = PACKLESS.partition("  - {id: change")[0].replace("packless", "committing")
BESIDES = """
name: besides
inputs:
  name: {type: string}
  into: {type: destination, default: "."}
  other: {type: destination}
steps:
  - {id: files, uses: file_generation,
     with: {pack: library, answers: {name: "${{ inputs.name }}", ci: none}}}
  - {id: repository, uses: repo_creation, with: {into: "${{ inputs.other }}"}}
  - {id: commit, uses: commit,
     with: {project: "${{ steps.files.project }}", into: "${{ inputs.other }}"}}
"""
SILENT = """
name: silent
inputs:
  words: {type: list}
steps:
  - {id: say, uses: notify, for_each: "${{ inputs.words }}", with: {message: "${{ item }}"}}
"""


def own(bot: Bot, text: str) -> str:
    """Give acme a workflow of its own; the command that runs it."""
    name = text.split("name: ")[1].split(maxsplit=1)[0]
    home = bot.repository("acme/.github") or bot.forge.people.add_repository("acme/.github")
    bot.commit(f".github/firstcommit/workflows/{name}.yaml", text.encode(), where=home)
    return f"/generate workflow={name}"


def test_a_workflow_without_pack_takes_its_inputs_as_keys(bot: Bot) -> None:
    bot.do(f"{own(bot, PACKLESS)} name=orders")
    assert bot.run.status == "completed"
    assert bot.run.inputs["name"] == "orders"
    (change,) = bot.forge.people.changes(bot.shop)
    assert "src/orders/__init__.py" in bot.files("acme/shop", change.branch)
    assert "orders is proposed in" in bot.living


def test_the_comment_tells_whose_workflow_it_is(bot: Bot) -> None:
    bot.do(f"{own(bot, PACKLESS)} name=orders")
    assert "workflow `packless` of acme/.github at `" in bot.living
    bot.do(GENERATE)
    assert bot.run.source == {"kind": "shipped"}


def test_a_plan_of_it_waits_for_approval(bot: Bot) -> None:
    bot.do(f"{own(bot, PACKLESS)} name=orders".replace("/generate", "/plan"))
    assert bot.run.status == "waiting"
    bot.do(f"/approve {bot.store.plans.of_run(bot.run.id)[-1].digest}")
    assert bot.run.status == "completed"


def test_what_publishes_nothing_has_no_plan(bot: Bot) -> None:
    command = own(bot, EVERY).replace("/generate", "/plan library", 1)
    bot.post(f"{command} name=orders title=x")
    assert bot.reason == "nothing_to_approve"
    assert "`every` publishes nothing" in bot.answer or "every publishes nothing" in bot.answer
    assert not bot.runs


def test_every_type_of_input(bot: Bot) -> None:
    command = own(bot, EVERY).replace("generate", "generate library", 1)
    bot.do(
        f"{command} name=orders title='A title' many=3 --loud kind=large "
        """parts='a, b' more='{"a": 1}' -- Once upon a time"""
    )
    inputs = bot.run.inputs
    assert inputs["title"] == "A title"
    assert inputs["many"] == 3
    assert inputs["loud"] is True
    assert inputs["kind"] == "large"
    assert inputs["parts"] == ["a", "b"]
    assert inputs["more"] == {"a": 1}
    assert inputs["story"] == "Once upon a time"


@pytest.mark.parametrize(
    ("keys", "reason", "words"),
    [
        ("title=x many=few", "bad_input", "`many` must be a whole number"),
        ("title=x loud=perhaps", "bad_input", "`loud` must be true or false"),
        ("title=x kind=huge", "bad_input", "`kind` 'huge' is none of small, large"),
        ("title=x more=[1]", "bad_input", "`more` must be a mapping"),
        ("title=x more={", "bad_input", "`more` must be a mapping"),
        ("--title", "missing_value", "`title` needs a value"),
        ("many=3", "missing_input", "needs `title`"),
        ("title=x path=a", "key_not_fitting", "no destination that `path` could be of"),
    ],
)
def test_what_does_not_fit_is_refused(bot: Bot, keys: str, reason: str, words: str) -> None:
    command = own(bot, EVERY).replace("generate", "generate library", 1)
    bot.post(f"{command} name=orders {keys}")
    assert bot.reason == reason
    assert words in bot.answer
    assert not bot.runs


def test_a_key_that_is_none_names_the_nearest(bot: Bot) -> None:
    bot.post(f"{own(bot, SILENT)} word=a")
    assert bot.reason == "unknown_key"
    assert "Did you mean `words`?" in bot.answer


def test_a_workflow_that_takes_no_pack_says_so(bot: Bot) -> None:
    bot.post(f"{own(bot, PACKLESS)} library name=orders")
    assert bot.reason == "too_many_arguments"


def test_a_text_that_the_workflow_has_no_use_for_is_refused(bot: Bot) -> None:
    bot.post(f"{own(bot, PACKLESS)} name=orders -- a library")
    assert bot.reason == "unexpected_text"


def test_a_project_of_another_run_of_the_thread_can_be_published(bot: Bot) -> None:
    made = bot.do(GENERATE)
    bot.do(f"{own(bot, PUBLISH)} project={made.short_id} path=again")
    assert bot.run.status == "completed"
    assert "again/README.md" in bot.files("acme/shop", f"firstcommit/{bot.run.short_id}")


def test_one_that_opens_no_change_tells_how_to_see_what_it_committed(bot: Bot) -> None:
    bot.do(f"{own(bot, COMMITTING)} name=orders")
    assert bot.run.status == "completed"
    assert "git diff origin/main..." in bot.living


def test_a_project_of_no_run_is_refused(bot: Bot) -> None:
    bot.do(GENERATE)
    bot.post(f"{own(bot, PUBLISH)} project=00000000")
    assert bot.reason == "bad_input"


def test_a_run_keeps_what_held_for_it(bot: Bot) -> None:
    bot.post(GENERATE)
    (into,) = destinations_in(bot.run.inputs)
    assert bot.run.destination == f"github:acme/shop:firstcommit/{bot.run.short_id}"
    assert bot.run.inputs["into"] == destination_to_dict(into)
    assert bot.run.policy["approval"] == "never"


def test_two_runs_for_one_new_repository_are_told_wherever_it_stands(bot: Bot) -> None:
    command = own(bot, BESIDES)
    bot.post(f"{command} name=orders other=acme/same", author="olga")
    here = f"github:acme/shop:firstcommit/{bot.run.short_id}"
    assert bot.run.destination == f"{here} github:acme/same:"
    bot.post(f"{command} name=things other=acme/Same", author="olga")
    assert bot.reason == "under_way"
    bot.post(f"{GENERATE} into=acme/same", author="olga")
    assert bot.reason == "under_way"
    assert len(bot.runs) == 1
    bot.drain()
    bot.post(f"{command} name=things other=acme/other", author="olga")
    assert len(bot.runs) == 2


def test_a_step_that_is_done_for_each_item_shows_how_far_it_is(bot: Bot) -> None:
    bot.do(f"{own(bot, SILENT)} words=a,b,c")
    assert bot.run.status == "completed"
    assert "— 3 times" in bot.living


def test_until_then_it_shows_how_many_are_done(bot: Bot) -> None:
    run = bot.do(f"{own(bot, SILENT)} words=a,b,c")
    parts = (*run.parts[:2], replace(run.parts[2], status=StepStatus.PENDING))
    steps = tuple(replace(step, status=StepStatus.RUNNING) for step in run.steps)
    under_way = replace(run, status=RunStatus.RUNNING, steps=steps, parts=parts)
    assert "— 2 of 3 … *under way*" in living_text(bot.services, under_way)


def test_the_outputs_of_a_workflow_stand_at_the_end(bot: Bot) -> None:
    command = own(bot, EVERY).replace("generate", "generate library", 1)
    bot.do(f"{command} name=orders title='A `title`' many=3")
    assert "**Outputs:**" in bot.living
    assert "- `title`: `` A `title` ``" in bot.living
    assert "- `many`: `3`" in bot.living


class TestStepsAgain:
    """`retry step=ID`."""

    def test_a_step_and_all_that_depend_on_it_are_done_again(self, bot: Bot) -> None:
        before = bot.do(GENERATE)
        bot.do("/retry step=checks")
        assert bot.run.id == before.id
        assert bot.run.status == "completed"
        assert [step.round for step in bot.run.steps] == [0, 1, 1, 1, 1, 1]
        assert "does `checks` again" in bot.answers[-1]

    def test_what_was_published_is_not_published_twice(self, bot: Bot) -> None:
        bot.do(GENERATE)
        bot.do("/retry step=files")
        assert bot.run.status == "completed"
        assert len(bot.forge.calls_of("commit_on_new_branch")) == 1
        assert len(bot.forge.people.changes(bot.shop)) == 1

    def test_a_step_that_is_none_names_the_nearest(self, bot: Bot) -> None:
        bot.do(GENERATE)
        bot.post("/retry step=check")
        assert bot.reason == "unknown_step"
        assert "Did you mean `checks`?" in bot.answers[-1]

    def test_a_step_without_a_name_is_asked_for(self, bot: Bot) -> None:
        bot.do(GENERATE)
        bot.post("/retry --step")
        assert bot.reason == "missing_value"

    def test_a_run_that_is_under_way_is_left_alone(self, bot: Bot) -> None:
        bot.post(GENERATE)
        bot.post("/retry step=files")
        assert bot.reason == "nothing_to_retry"

    @pytest.mark.parametrize("after", [False, True])
    def test_an_answer_that_is_owed_does_not_do_it_twice(self, bot: Bot, after: bool) -> None:
        bot.do(GENERATE)
        bot.fail("add_comment", after=after)
        bot.do("/retry step=checks")
        bot.later(60)
        assert bot.run.step("checks").round == 1
        assert "does `checks` again" in bot.answer

"""``budget=``: what a run may spend on models, who may say so, and what is said of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.budgets import meter, quote_of
from bot.commands.budget import refuse_models
from bot.core.budgets import RunBudget, tokens_text, usd_text
from bot.core.identity import Permission
from bot.core.policy import ApproveRule, ModelRule, Policy
from bot.core.runs import Run
from bot.errors import UserError
from tests.budgets.spending import ANSWERED, Priced, planned
from tests.spine import GENERATE, Bot

PLAN = GENERATE.replace("/generate", "/plan")


def ruled(bot: Bot, **limits: float | bool) -> None:
    """Have the operator's policy say that of models, one of which has a price."""
    rule = ModelRule(**limits)  # type: ignore[arg-type]
    policy = Policy(models=rule)
    bot.services = replace(bot.services, policy=policy, models=Priced())


def failed(bot: Bot) -> Run:
    bot.fail("commit_on_new_branch", UserError("The forge says no.", reason="no_access"))
    return bot.do(GENERATE)


def spent(bot: Bot, run: Run) -> None:
    """Have a run spend $0.0015, as one of its steps would."""
    held = bot.store.runs.lease(run.id, worker="w", lease_s=60)
    assert held is not None
    metered = meter(bot.services, held, "files")
    metered.settle(metered.reserve(planned()), ANSWERED)


def test_a_run_is_given_a_budget_in_dollars_or_tokens(bot: Bot) -> None:
    assert bot.do(f"{GENERATE} budget=0.50").budget == RunBudget(micro_usd=500_000)
    assert bot.do(f"{PLAN} budget=200k").budget == RunBudget(tokens=200_000)


def test_it_may_only_be_less_than_policy_gives(bot: Bot) -> None:
    ruled(bot, run_usd=1.0)
    bot.post(f"{GENERATE} budget=1.01")
    bot.drain()
    assert "A budget of $1.01 is too high. Policy lets a run use up to $1.00." in bot.answer
    assert "Reason: `budget_too_high`" in bot.answer


def test_a_retry_gives_another_and_says_so(bot: Bot) -> None:
    run = failed(bot)
    again = bot.do("/retry budget=2.00")
    assert again.id == run.id
    assert again.budget == RunBudget(micro_usd=2_000_000)
    assert "It may use up $2.00 all in all." in bot.answer


@pytest.mark.parametrize(
    "limits, words, reason",
    [
        ({"person_day_usd": 1.0}, "`models.person_day` of the policy is $1.00", "budget_too_high"),
        ({"server_day_usd": 1.5}, "`models.server_day` of the policy is $1.50", "budget_too_high"),
    ],
)
def test_the_caps_of_a_day_hold_in_any_case(
    bot: Bot, limits: dict[str, float], words: str, reason: str
) -> None:
    ruled(bot, **limits)
    failed(bot)
    bot.post("/retry budget=2.00")
    bot.drain()
    assert words in bot.answer
    assert f"Reason: `{reason}`" in bot.answer


def test_who_may_not_approve_may_not_raise_it(bot: Bot) -> None:
    ruled(bot, run_usd=1.0)
    bot.services = replace(
        bot.services,
        policy=replace(bot.services.policy, approve=ApproveRule(role=Permission.ADMIN)),
    )
    failed(bot)
    bot.post("/retry budget=2.00")
    bot.drain()
    assert "Reason: `no_right`" in bot.answer
    assert bot.do("/retry budget=0.80").budget == RunBudget(micro_usd=800_000)


def test_what_was_spent_stands_in_the_comment_and_is_not_given_again(bot: Bot) -> None:
    ruled(bot, run_usd=1.0)
    bot.fail("commit_on_new_branch", UserError("The forge says no.", reason="no_access"))
    bot.post(GENERATE)
    spent(bot, bot.run)
    bot.later(61)
    bot.drain()
    assert bot.run.status == "failed"
    assert (
        "**Language models:** 1,500 tokens, $0.0015 in 1 call; may take $1.00 at most."
        in bot.living
    )
    bot.post("/retry budget=0.001")
    bot.drain()
    assert "has used up $0.0015 already" in bot.answer
    assert "Reason: `budget_spent`" in bot.answer


def test_where_no_model_may_be_asked_a_workflow_that_asks_one_is_refused(bot: Bot) -> None:
    asking = {"steps": [{"id": "plan", "uses": "agent"}]}
    refuse_models(bot.services, asking, Policy())
    refuse_models(bot.services, {"steps": [{"id": "f", "uses": "file_generation"}]}, Policy())
    with pytest.raises(UserError) as refused:
        refuse_models(bot.services, asking, Policy(models=ModelRule(allow=False)))
    assert refused.value.reason == "models_not_allowed"


def test_what_a_run_may_cost_is_told_before_it_asks(bot: Bot) -> None:
    ruled(bot, run_usd=1.0)
    bot.post(GENERATE)
    asking = {"name": "sdlc", "steps": [{"id": "plan", "uses": "agent", "with": {}}]}
    run = replace(bot.run, workflow=asking, inputs={"text": "renames photos " * 20})
    quote = quote_of(bot.services, run)
    assert quote is not None
    assert (quote.model, quote.priced, quote.foretold) == ("openai:small", True, None)
    # What was written comes to 100 tokens; what the role is told, and an answer, come on top.
    assert 200 < quote.least_tokens < 2_000
    told, money = tokens_text(quote.least_tokens), usd_text(quote.least_micro_usd or 0)
    text = bot.services.replies.render("quote", quote=quote)
    assert text.strip() == (
        "too few such runs were made here to tell; the questions alone come to "
        f"{told}, {money} of `openai:small` at least, and what is answered to them mostly to many "
        "times as much; this run may take $1.00 at most"
    )


def test_each_role_that_is_asked_makes_a_quote_higher(bot: Bot) -> None:
    ruled(bot)
    bot.post(GENERATE)

    def least(*roles: str) -> int:
        steps = [{"id": role, "uses": "agent", "with": {"role": role}} for role in roles]
        run = replace(bot.run, workflow={"name": "own", "steps": steps}, inputs={})
        quote = quote_of(bot.services, run)
        assert quote is not None
        return quote.least_tokens

    assert 0 < least("requirements") < least("requirements", "architecture")

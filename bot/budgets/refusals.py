"""What is said where a budget has been reached, or a model goes round in circles."""

from __future__ import annotations

from bot.budgets.caps import HeldCap, Whose
from bot.budgets.quoting import Foretold
from bot.core.budgets import MICROS, RunBudget, tokens_text, usd_text, written
from bot.core.runs import Run
from bot.errors import StepFailed
from bot.store.port import NewCall, Reached

_CENT = MICROS // 100
_OF = {
    Whose.RUN: "this run",
    Whose.PERSON: "{person} for a day",
    Whose.REPOSITORY: "this repository for a day",
    Whose.ORGANISATION: "the organisation for a day",
    Whose.SERVER: "all of this server for a day",
}


def budget_reached(
    run: Run, held: HeldCap, reached: Reached, call: NewCall, *, usual: Foretold | None = None
) -> StepFailed:
    """The refusal of a call: which cap, what was spent of it, and how the run goes on.

    Args:
        usual: What such runs take, if that is known.
    """
    of = _OF[held.whose].format(person=run.requester.login)
    money = _is_about_money(reached, call)
    cap, spent, more = _amounts(reached, call, money=money)
    return StepFailed(
        f"The budget of {of} is reached: {spent} of {cap} are used up, and the next call of a "
        f"model may take {more}.",
        reason="budget_reached",
        remedy=_remedy(held, reached, call, money=money, usual=usual),
    )


def model_loop(call: NewCall, *, asked: bool, times: int) -> StepFailed:
    """The refusal of what has come again and again."""
    what = "was asked the same" if asked else "gave the same answer"
    return StepFailed(
        f"The model {call.model} {what} {times} times ({call.purpose}); it goes round in circles.",
        reason="model_loop",
        remedy="`/retry` tries again; another wording of what is asked for may help more.",
    )


def enough(
    reached: Reached, call: NewCall, *, money: bool, usual: Foretold | None = None
) -> RunBudget:
    """A budget with which a run would come on: twice what it had, what nine of ten such runs took
    with room for a last call, or what it takes at least."""
    balance, cap = reached.balance, reached.cap
    if money:
        needed = balance.spent_micro_usd + balance.reserved_micro_usd + (call.micro_usd or 0)
        past_usd = (usual.micro_usd_90 or 0) + (call.micro_usd or 0) if usual else 0
        usd = max(2 * (cap.micro_usd or 0), needed, past_usd)
        return RunBudget(micro_usd=-(-usd // _CENT) * _CENT)
    needed = balance.spent_tokens + balance.reserved_tokens + call.tokens
    past = usual.tokens_90 + call.tokens if usual else 0
    return RunBudget(tokens=-(-max(2 * (cap.tokens or 0), needed, past) // 1000) * 1000)


def _is_about_money(reached: Reached, call: NewCall) -> bool:
    balance, cap = reached.balance, reached.cap.tokens
    over = cap is not None and balance.spent_tokens + balance.reserved_tokens + call.tokens > cap
    return not over


def _amounts(reached: Reached, call: NewCall, *, money: bool) -> tuple[str, str, str]:
    balance = reached.balance
    if money:
        more = "an unknown amount" if call.micro_usd is None else usd_text(call.micro_usd)
        return usd_text(reached.cap.micro_usd or 0), usd_text(balance.spent_micro_usd), more
    return (
        tokens_text(reached.cap.tokens or 0),
        f"{balance.spent_tokens:,}",
        f"{call.tokens:,}",
    )


def _remedy(
    held: HeldCap, reached: Reached, call: NewCall, *, money: bool, usual: Foretold | None
) -> str:
    if held.whose is Whose.RUN:
        budget = written(enough(reached, call, money=money, usual=usual))
        return (
            f"`/retry budget={budget}` goes on from here with a budget of that much in all, for "
            "those who may approve."
        )
    unit = "usd" if money else "tokens"
    return (
        f"A new day begins at midnight UTC; then `/retry` goes on from here. The cap is "
        f"`{held.policy}_{unit}` of the policy."
    )

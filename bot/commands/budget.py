"""``budget=`` of commands: what a run may spend on language models, and who may say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bot.budgets import asking_steps, caps_of, rule_of, run_cap, within
from bot.commands.approve import refuse_approval
from bot.core.budgets import RunBudget, read_budget, tokens_text, usd_text
from bot.core.policy import Policy
from bot.core.requests import Ask
from bot.core.runs import Run
from bot.errors import UserError
from bot.services import Services

KEYS: Mapping[str, str] = {
    "budget": "what may be spent on language models: US dollars (`0.50`) or tokens (`200k`)",
}


def refuse_models(services: Services, workflow: Mapping[str, object], policy: Policy) -> None:
    """``UserError`` (``models_not_allowed``) for a workflow that asks a model where none may be."""
    if asking_steps(workflow) and not within(policy.models, services.policy.models).allow:
        raise UserError(
            "Policy allows no language model here, and this workflow asks one.",
            reason="models_not_allowed",
            remedy="`/generate PACK name=NAME` needs none; `models.allow` of the policy says so.",
        )


def starting_budget(services: Services, ask: Ask, policy: Policy) -> RunBudget | None:
    """The budget that somebody gives a new run, which may only be less than policy allows.

    Raises:
        UserError: ``missing_value``, ``bad_budget`` or ``budget_too_high``.
    """
    given = _given(ask)
    if given is not None:
        most = run_cap(within(policy.models, services.policy.models))
        _refuse_more(given, most, "Policy lets a run use up to {}.")
    return given


def retry_budget(services: Services, ask: Ask, run: Run) -> RunBudget | None:
    """The budget with which a run goes on, all in all; None where nothing is said.

    Whoever may take the run up may lower it; who raises it above what policy gives a run has to be
    one who may approve, and the caps of a day hold in any case.

    Raises:
        UserError: As `starting_budget`, ``budget_spent``, and as `refuse_approval`.
    """
    given = _given(ask)
    if given is None:
        return None
    _refuse_spent(services, run, given)
    for held in caps_of(services, run, priced=True)[1:]:
        day = RunBudget(tokens=held.cap.tokens, micro_usd=held.cap.micro_usd)
        _refuse_more(given, day, f"`{held.policy}` of the policy is {{}}.")
    usual = run_cap(rule_of(services, run))
    raises = any(most is not None and wanted > most for wanted, most in _pairs(given, usual))
    if raises and not ask.request.operates:
        refuse_approval(services, ask, run)
    return _together(run.budget, given)


def _given(ask: Ask) -> RunBudget | None:
    text = ask.line.option("budget")
    if text is None:
        return None
    if text is True:
        raise UserError("`budget` needs a value: `budget=…`.", reason="missing_value")
    try:
        return read_budget(text)
    except ValueError:
        raise UserError(
            f"`{text.replace('`', '')[:40]}` is no budget.",
            reason="bad_budget",
            remedy="Write US dollars (`budget=0.50`) or tokens (`budget=200k`, `budget=1.5m`).",
        ) from None


def _together(before: RunBudget | None, given: RunBudget) -> RunBudget:
    if before is None:
        return given
    named = {"tokens": given.tokens, "micro_usd": given.micro_usd}
    return replace(before, **{name: value for name, value in named.items() if value is not None})


def _pairs(given: RunBudget, most: RunBudget) -> Iterator[tuple[int, int | None]]:
    if given.tokens is not None:
        yield given.tokens, most.tokens
    if given.micro_usd is not None:
        yield given.micro_usd, most.micro_usd


def _refuse_more(given: RunBudget, most: RunBudget, words: str) -> None:
    show = tokens_text if given.tokens is not None else usd_text
    for wanted, cap in _pairs(given, most):
        if cap is not None and wanted > cap:
            raise UserError(
                f"A budget of {show(wanted)} is too high. {words.format(show(cap))}",
                reason="budget_too_high",
                remedy="Give less.",
            )


def _refuse_spent(services: Services, run: Run, given: RunBudget) -> None:
    scope = f"run:{run.id}"
    balance = services.store.budgets.balances([scope]).get(scope)
    if balance is None:
        return
    show = tokens_text if given.tokens is not None else usd_text
    spent = RunBudget(tokens=balance.spent_tokens, micro_usd=balance.spent_micro_usd)
    for wanted, used in _pairs(given, spent):
        if used is not None and wanted <= used:
            raise UserError(
                f"Run {run.short_id} has used up {show(used)} already; a budget is for all of it.",
                reason="budget_spent",
                remedy="Give more than that.",
            )

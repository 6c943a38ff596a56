"""A run's own budget, as programs send it, as the key of a command."""

from __future__ import annotations

from collections.abc import Mapping

from bot.web.api.problem import Refused


def budget_key(usd: float | None, tokens: int | None) -> Mapping[str, str]:
    """The key `budget` where one of the two is given.

    Raises:
        Refused: ``does_not_fit`` where both are: a budget is of one kind.
    """
    if usd is not None and tokens is not None:
        message = "stands beside `budget_usd`, and only one of the two may be given"
        raise Refused(
            422,
            "does_not_fit",
            f"body.budget_tokens: {message}",
            remedy="Leave one of them out.",
            errors=[{"at": "body.budget_tokens", "message": message}],
        )
    if tokens is not None:
        return {"budget": f"{tokens}tokens"}
    return {} if usd is None else {"budget": f"{usd:.6f}"}

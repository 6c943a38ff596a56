"""What the token of a caller has to be for."""

from __future__ import annotations

from bot.core.access_scopes import Scope
from bot.web.api.operation import Caller
from bot.web.api.problem import Refused


def check_scope(who: Caller, scope: Scope) -> None:
    """Refuse a caller whose token has not the scope.

    Raises:
        Refused: ``scope_missing``.
    """
    if scope not in who.scopes:
        raise Refused(
            403,
            "scope_missing",
            f"This token has not the scope {scope}.",
            remedy="Make one that has, or ask somebody who can.",
        )

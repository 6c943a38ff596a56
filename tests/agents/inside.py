"""A bot whose steps can call its own API, and others that answer as they are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.agents.agent_apis import HttpAgentApis
from bot.agents.own_api import OwnApi
from bot.agents.passes import Passes
from bot.core.access_scopes import Scope
from bot.core.api_values import ApiAnswer, ApiRequest
from bot.core.passes import Asker
from bot.core.runs import Run
from bot.services import AgentApi
from bot.web import create_app
from tests.spine import Bot

Act = ApiAnswer | BaseException | Callable[[ApiRequest], ApiAnswer]
BOTH = frozenset({Scope.READ, Scope.WRITE})


def answer(status: int = 200, body: bytes = b"{}", **headers: str) -> ApiAnswer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ApiAnswer(
        status=status, headers={"content-type": "application/json", **named}, body=body
    )


@dataclass
class Others:
    """All other APIs: one answer after another, then the last again."""

    acts: list[Act] = field(default_factory=lambda: [answer()])
    sent: list[ApiRequest] = field(default_factory=list)

    def send(self, request: ApiRequest, *, poll: Callable[[], object] | None = None) -> ApiAnswer:
        self.sent.append(request)
        act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
        if isinstance(act, BaseException):
            raise act
        return act if isinstance(act, ApiAnswer) else act(request)


class Inside:
    """The bot from within: what a step of a run gets, and how long it was made to wait."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self.others = Others()
        self.slept: list[float] = []
        self.now = 0.0
        self.passes = Passes(bot.clock)
        self.apis = HttpAgentApis(
            OwnApi(self.passes, lambda: create_app(bot.services, passes=self.passes.holder)),
            self.others.send,
            clock=lambda: self.now,
            sleep=self._sleep,
        )
        bot.change(agent_apis=self.apis, api=self.others)

    def of(
        self,
        run: Run,
        *,
        by: str = "ann",
        scopes: frozenset[Scope] = BOTH,
        homes: frozenset[str] | None = None,
        tracker: Callable[[str, Mapping[str, object]], Mapping[str, object]] | None = None,
        poll: Callable[[], object] | None = None,
    ) -> AgentApi:
        """A caller for a step of a run, in somebody's name."""
        asker = Asker(
            run_id=run.id,
            step_id="agent",
            actor=self.bot.person(by),
            homes=frozenset({run.home}) if homes is None else homes,
            scopes=scopes,
        )
        return self.apis.of_step(asker, tracker=tracker, poll=poll)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

"""Callers of APIs for steps, which share what outlasts one step: kept answers and counts."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from bot.agents.agent_api_caller import AgentAPICaller
from bot.agents.agent_documents import Documents
from bot.agents.answer_cache import AnswerCache
from bot.agents.call_rate import CallRate
from bot.agents.own_api import OwnApi
from bot.agents.patient_sender import PatientSender
from bot.core.api_values import ApiAnswer
from bot.core.passes import Asker


class HttpAgentApis:
    """``AgentApis``, one for each process."""

    def __init__(
        self,
        own: OwnApi,
        others: Callable[..., ApiAnswer],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Args:
        others: Sends calls of other origins, as the port ``ApiCalls`` does.
        """
        self._own = own
        self._others = others
        self._cache = AnswerCache(clock)
        self._rate = CallRate(clock)
        self._sleep = sleep

    def of_step(
        self,
        asker: Asker,
        *,
        tracker: Callable[[str, Mapping[str, object]], Mapping[str, object]] | None = None,
        poll: Callable[[], object] | None = None,
    ) -> AgentAPICaller:
        """As the port says."""
        sender = PatientSender(
            asker=asker,
            own=self._own,
            others=self._others,
            cache=self._cache,
            rate=self._rate,
            sleep=self._sleep,
            poll=poll,
        )
        return AgentAPICaller(sender=sender, documents=Documents(), tracker=tracker)

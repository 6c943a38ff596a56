"""A change of ours in the shop, and a model that says what it is told to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from bot.agents.models.pretended import PretendedModels
from bot.core.git_values import Check, CheckState
from bot.core.identity import Thread, ThreadKind
from bot.core.model_calls import ModelTask
from bot.core.runs import Run
from tests.spine import GENERATE, Bot


class Proposed:
    """The bot with a project that is proposed in the shop."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        #: What is answered, by what is asked for.
        self.says: dict[str, object] = {}
        self.models = PretendedModels(self._answer)
        bot.change(models=self.models)
        assert bot.do(GENERATE).failure is None
        (change,) = bot.forge.people.changes(bot.shop)
        self.branch, self.number = change.branch, change.number
        self.issue = bot.thread
        self.enter(change.number)

    def enter(self, number: int) -> None:
        """Talk in the thread of a change from now on."""
        self.bot.thread = Thread(
            repository=self.bot.shop,
            number=number,
            kind=ThreadKind.CHANGE,
            url=f"https://forge.example/acme/shop/pull/{number}",
        )

    def answers(self, purpose: str, *files: tuple[str, str], words: str = "It was wrong.") -> None:
        """Have a revision or a repair be these files."""
        written = [{"path": path, "content": content} for path, content in files]
        self.says[purpose] = {
            ("cause" if purpose == "repair" else "summary"): words,
            "files": written,
        }

    def fails(self, name: str, log: str, *, commit: str = "") -> None:
        """Have a check fail on the newest commit of the change."""
        check = Check(
            name=name, state=CheckState.FAILED, title="Failed", summary="It failed.", text=log
        )
        self.bot.forge.report_check(self.bot.shop, commit or self.head, check)

    def do(self, text: str, *, author: str = "ann") -> Run:
        """Write a command in the change, and let everything happen."""
        return self.bot.do(text, author=author)

    @property
    def head(self) -> str:
        """The commit at the tip of the change."""
        found = self.bot.forge.head(self.bot.shop, self.branch)
        assert found is not None
        return found.id

    @property
    def files(self) -> Mapping[str, bytes]:
        """The files at its tip."""
        return self.bot.files("acme/shop", self.branch)

    @property
    def prompts(self) -> Sequence[str]:
        """What models were asked."""
        return [task.prompt for task in self.models.asked]

    def living(self, run: Run) -> str:
        """The living comment of a run in this thread."""
        (found,) = [one for one in self.bot.comments if f"firstcommit:run:{run.id}" in one.body]
        return found.body

    def reviews(self) -> Sequence[tuple[str, Sequence[object]]]:
        """The reviews of the change: their texts and remarks."""
        place = self.bot.forge._world.place(self.bot.shop)
        return [(text, remarks) for number, text, remarks in place.reviews.values()]

    def _answer(self, task: ModelTask, since: Sequence[str]) -> object:
        said = self.says[task.purpose]
        return said(task) if callable(said) else said


@pytest.fixture
def proposed(bot: Bot) -> Proposed:
    return Proposed(bot)

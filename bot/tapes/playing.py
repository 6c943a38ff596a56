"""Ports that answer from a tape: they reach nothing, and say where they were asked otherwise."""

from __future__ import annotations

import functools
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from bot.core.git_values import Comment
from bot.core.model_calls import ModelName, ModelTask, Price, Unfit
from bot.errors import NotSupported, StepFailed
from bot.sandbox.port import Ending, SandboxOrder, SandboxOutcome
from bot.services import Accepted, Meter, Tool
from bot.store.port import KnownFile
from bot.tapes.recording import KNOWN, order_key, question_of
from bot.tapes.tape import Entry, key_of
from bot.tapes.values import as_asked, error_from_plain, from_plain

_NO_TOOLS: Mapping[str, Tool] = MappingProxyType({})
#: What is said in threads holds times and prices: another word is no other way.
_WORDS = frozenset(
    {"add_comment", "edit_comment", "delete_comment", "react", "report_check", "comments"}
)
_PARTS = {
    "instructions": "the instructions",
    "prompt": "the prompt",
    "schema": "the form of the answer",
    "tools": "the tools",
}


class Divergences:
    """Where what is asked is not what was asked then, each once, in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: list[str] = []

    @property
    def all(self) -> Sequence[str]:
        """All so far."""
        return tuple(self._all)

    def note(self, line: str) -> None:
        """Add one."""
        with self._lock:
            if line not in self._all:
                self._all.append(line)


class Shelf:
    """Entries in order, to be taken by what they answer, else the next of their kind."""

    def __init__(self, entries: Sequence[Entry], kind: Callable[[Entry], str]) -> None:
        self._lock = threading.Lock()
        self._kind = kind
        self._left: dict[str, deque[Entry]] = defaultdict(deque)
        self._last: dict[tuple[str, str], Entry] = {}
        for entry in entries:
            self._left[kind(entry)].append(entry)

    def take(
        self, kind: str, key: str, key_in: Callable[[Entry], str]
    ) -> tuple[Entry | None, bool]:
        """The entry, and whether it answers exactly this; the last such answer holds on."""
        with self._lock:
            left = self._left[kind]
            found = next((entry for entry in left if key_in(entry) == key), None)
            if found is not None:
                left.remove(found)
                self._last[kind, key] = found
                return found, True
            if (kind, key) in self._last:
                return self._last[kind, key], True
            return (left.popleft(), False) if left else (None, False)


class PlayedForge:
    """A forge that is a tape."""

    def __init__(
        self,
        name: str,
        told: Mapping[str, Any],
        entries: Sequence[Entry],
        clean: Callable[[Any], Any],
        divergences: Divergences,
    ) -> None:
        self.name = name
        #: What was done is there at once.
        self.lag_s = 0.0
        self._me: Any = from_plain(told["me"]) if told else None
        own = [entry for entry in entries if entry["is"] == "forge" and entry["forge"] == name]
        self._shelf = Shelf(own, lambda entry: str(entry["method"]))
        self._clean = clean
        self._divergences = divergences

    def me(self) -> Any:
        """The account that the program had then."""
        return self._me

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return functools.partial(self._call, name)

    def _call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        key = key_of(self._clean(as_asked([args, kwargs])))
        entry, is_same = self._shelf.take(method, key, lambda one: str(one["key"]))
        if not is_same and method not in _WORDS:
            how = "something else than then" if entry else "what nothing answers"
            self._divergences.note(f"The forge {self.name} was asked {how}: {method}.")
        if entry is None and method in _WORDS:
            return self._said(method, args)
        if entry is None:
            raise NotSupported(f"The recording has no answer to {method}.", reason="not_on_tape")
        if "error" in entry:
            raise error_from_plain(entry)
        result = from_plain(entry["result"])
        announce = kwargs.get("announce")
        if announce is not None and result is not None:
            announce(result)
        return result

    def _said(self, method: str, args: Sequence[Any]) -> Any:
        """What comes of words that are said more often than then."""
        if method == "add_comment":
            body, now = str(args[1]), datetime.now(UTC)
            return Comment(id="replayed", author=self._me, body=body, created_at=now)
        return {"comments": (), "report_check": "replayed"}.get(method)


class PlayedKnown:
    """What was known of files, from a tape; nothing new comes to be known."""

    def __init__(self, entries: Sequence[Entry], clean: Callable[[Any], Any]) -> None:
        own = [entry for entry in entries if entry.get("forge") == KNOWN]
        self._shelf = Shelf(own, lambda entry: str(entry["method"]))
        self._clean = clean

    def get(self, forge: str, repository_id: str, path: str) -> KnownFile | None:
        """As it was known then."""
        key = key_of(self._clean(as_asked([(forge, repository_id, path), {}])))
        entry, is_same = self._shelf.take("get", key, lambda one: str(one["key"]))
        found: KnownFile | None = from_plain(entry["result"]) if entry and is_same else None
        return found

    def good(self, *args: object, **kwargs: object) -> None:
        """Nothing."""

    def bad(self, *args: object, **kwargs: object) -> bool:
        """Nothing that anybody would have to be told."""
        return False


class PlayedModels:
    """``Models`` that are a tape. Tools are not carried out: what they gave is in the answers."""

    def __init__(
        self,
        chain: Sequence[ModelName],
        entries: Sequence[Entry],
        clean: Callable[[Any], Any],
        divergences: Divergences,
    ) -> None:
        self.chain = tuple(chain)
        own = [entry for entry in entries if entry["is"] == "model"]
        self._shelf = Shelf(own, lambda entry: str(entry["purpose"]))
        self._clean = clean
        self._divergences = divergences

    def problem(self, *, strangers: bool = False) -> str | None:
        """None."""
        return None

    def price(self, model: ModelName) -> Price | None:
        """Nothing is spent."""
        return None

    def close(self, run_id: str) -> None:
        """There is nothing to end."""

    def ask(
        self,
        task: ModelTask,
        *,
        accept: Callable[[Mapping[str, object]], Accepted],
        meter: Meter,
        tools: Mapping[str, Tool] = _NO_TOOLS,
        poll: Callable[[], object] | None = None,
    ) -> Accepted:
        """What was accepted then, if it still is."""
        entry = self._entry(task)
        for turn in entry["turns"]:
            if "answer" not in turn:
                continue
            try:
                accepted = accept(turn["answer"])
            except Unfit as exc:
                if turn.get("unfit") != exc.problems:
                    self._differ(task, f"is told of its answer: {exc.problems}")
                continue
            if "unfit" in turn:
                self._differ(task, "gets an answer accepted that was not fit then")
            return accepted
        if "error" in entry:
            raise error_from_plain(entry)
        raise StepFailed(
            f"The answer to {task.purpose} that was accepted then is not fit now.",
            reason="model_answer",
        )

    def _entry(self, task: ModelTask) -> Entry:
        question = question_of(task, self._clean)
        key = key_of(question)
        entry, is_same = self._shelf.take(
            task.purpose, key, lambda one: key_of(dict(one["question"]))
        )
        if entry is None:
            self._differ(task, "is asked once more than then")
            raise StepFailed(
                f"The recording has no answer to {task.purpose}.", reason="not_on_tape"
            )
        if not is_same:
            then = entry["question"]
            changed = [word for name, word in _PARTS.items() if then.get(name) != question[name]]
            self._differ(task, f"is asked otherwise: {' and '.join(changed)} changed")
        return entry

    def _differ(self, task: ModelTask, how: str) -> None:
        self._divergences.note(f"The model for {task.purpose} {how}.")


class PlayedSandbox:
    """A sandbox that is a tape."""

    def __init__(
        self, problem: str | None, entries: Sequence[Entry], divergences: Divergences
    ) -> None:
        self._problem = problem
        own = [entry for entry in entries if entry["is"] == "sandbox"]
        self._shelf = Shelf(own, lambda entry: " ".join(entry["command"]))
        self._divergences = divergences

    def problem(self) -> str | None:
        """As it was then."""
        return self._problem

    def run(
        self, order: SandboxOrder, *, poll: Callable[[], object] | None = None
    ) -> SandboxOutcome:
        """What the program printed then."""
        command = " ".join(order.command)
        entry, is_same = self._shelf.take(command, order_key(order), lambda one: str(one["key"]))
        if not is_same:
            self._divergences.note(f"`{command}` is run on other files than then.")
        if entry is None:
            raise NotSupported(f"The recording has no `{command}`.", reason="not_on_tape")
        return SandboxOutcome(
            ending=Ending(entry["ending"]),
            exit_code=entry["exit_code"],
            stdout=from_plain(entry["stdout"]),
            stderr=from_plain(entry["stderr"]),
            duration_s=entry["duration_s"],
        )

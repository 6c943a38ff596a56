"""The parent's side: starts a child for each order, and doubts all that it answers."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot import __version__
from bot.core.git_values import TreeFile
from bot.core.limits import CEILINGS, MIB, ProjectLimits
from bot.errors import NotSupported, StepFailed, UserError
from bot.generation.answers import AnswersRefused
from bot.generation.foreign.bundle import Bundle, PackKind
from bot.generation.foreign.description import described
from bot.generation.foreign.failures import Failures, Stopped
from bot.generation.foreign.frames import BadFrame, pack_frame, read_frame
from bot.generation.foreign.keeping import kept_data
from bot.generation.foreign.orders import Action, Made, Order, Resolved, order_to_data
from bot.generation.foreign.room_answers import (
    fault_in,
    named,
    problems_in,
    refuse_odd,
    resolved_in,
)
from bot.generation.pack_format import Pack, PackSource
from bot.generation.pack_reading import SHARED
from bot.generation.shared_texts import shared_texts
from bot.sandbox.port import Ending, Sandbox, SandboxLimits, SandboxOrder
from bot.sandbox.program import PLAIN, own_mounts, own_python, start_of

_START = start_of("bot.generation.foreign.child")
TIME_S = 30.0
_MEMORY = 512 * MIB
#: Nothing is found by name: a tool that looks for git would ask it about each file.
_NONE = "/nonexistent"
#: What the hooks of a template may find that is trusted.
_TOOLS = "/usr/local/bin:/usr/bin:/bin"
_MOST_KEPT = 128

_ENDINGS = {
    Ending.TIMED_OUT: "took too long",
    Ending.TOO_MUCH_MEMORY: f"needed more than {_MEMORY // MIB} MiB of memory",
    Ending.TOO_MANY_PROCESSES: "started too many processes",
    Ending.TOO_MUCH_OUTPUT: "made more than a project may have",
    Ending.TOO_MUCH_DISK: "wrote more than a project may have",
}


class Rooms:
    """Reads, asks and renders packs that are not ours, each in a process of its own."""

    def __init__(
        self,
        sandbox: Sandbox,
        *,
        without: Sandbox | None = None,
        kept_in: Path | None = None,
        time_s: float = TIME_S,
    ) -> None:
        """Args:
        without: What runs the child where no sandbox is to be had, if the operator wants that.
        kept_in: A folder in which what a child said of a pack is kept for other processes.
        time_s: How long a child may take.
        """
        self._kept_in = kept_in
        self._time_s = time_s
        self._failures = Failures(kept_in.with_name(f"{kept_in.name}-failed") if kept_in else None)
        self._sandbox = sandbox
        self._without = without
        self._lock = threading.Lock()
        self._packs: OrderedDict[tuple[str, PackSource], Pack] = OrderedDict()

    def read(self, bundle: Bundle, source: PackSource) -> Pack:
        """The pack in a bundle.

        Raises:
            UserError: ``bad_pack``, ``template_wants_code``, with the pack's file and line.
            StepFailed: ``template_error``, ``bad_pack``.
            NotSupported: ``no_sandbox``.
        """
        key = (bundle.digest, source)
        with self._lock:
            if key in self._packs:
                self._packs.move_to_end(key)
                return self._packs[key]
        told = kept_data(
            self._kept_in,
            _said_key(bundle, source),
            lambda: self._asked_once(bundle, source, Action.DESCRIBE)[0].get("pack"),
        )
        pack = described(told, bundle, source)
        with self._lock:
            self._packs[key] = pack
            while len(self._packs) > _MOST_KEPT:
                self._packs.popitem(last=False)
        return pack

    def check(self, pack: Pack) -> None:
        """Read each of a pack's templates; raises as `read` for one that cannot be."""
        bundle, source = _parts(pack)
        self._ask(bundle, source, Action.CHECK)

    def resolve(
        self, pack: Pack, given: Mapping[str, object], suggested: Mapping[str, object]
    ) -> Resolved:
        """The answers to a pack's questions, those that nobody gave among them.

        Raises:
            AnswersRefused: with every problem at once.
            BotError: As `read`.
        """
        facts, _ = self._ordered(pack, Action.RESOLVE, given, suggested=suggested)
        return resolved_in(pack, facts)

    def make(
        self,
        pack: Pack,
        given: Mapping[str, object],
        suggested: Mapping[str, object],
        limits: ProjectLimits,
        *,
        veiled: bool = False,
    ) -> Made:
        """The files that a pack makes, none of which has been through the gate of paths.

        Args:
            veiled: With stand-ins for what is secret.

        Raises:
            AnswersRefused: with every problem at once.
            UserError: ``bad_path``, ``too_large``, ``too_many_files``; and as `read`.
        """
        facts, files = self._ordered(
            pack, Action.MAKE, given, suggested=suggested, limits=vars(limits), veiled=veiled
        )
        return Made(resolved=resolved_in(pack, facts), files=files)

    def _ordered(
        self, pack: Pack, action: Action, given: Mapping[str, object], **more: Any
    ) -> tuple[Mapping[str, Any], tuple[TreeFile, ...]]:
        bundle, source = _parts(pack)
        given = named(pack, given)
        refuse_odd(pack, given)
        asking = self._asked_once if action is Action.RESOLVE else self._ask
        facts, files = asking(bundle, source, action, given=given, **more)
        problems = facts.get("problems")
        if problems:
            raise AnswersRefused(pack, problems_in(pack, problems))
        return facts, files

    def _asked_once(
        self, bundle: Bundle, source: PackSource, action: Action, **more: Any
    ) -> tuple[Mapping[str, Any], tuple[TreeFile, ...]]:
        """As `_ask`, but what fails is not tried again at once: commands wait for these.

        Of what depends on answers, only that the pack was stopped is kept, whatever the answers.
        """
        key = f"{action} {_said_key(bundle, source)}"
        self._failures.raise_kept(key)
        try:
            return self._ask(bundle, source, action, **more)
        except (UserError, StepFailed) as exc:
            has_failed = action is Action.DESCRIBE and exc.reason != "tool_missing"
            if has_failed or isinstance(exc, Stopped):
                self._failures.keep(key, exc)
            raise

    def _ask(
        self, bundle: Bundle, source: PackSource, action: Action, **more: Any
    ) -> tuple[Mapping[str, Any], tuple[TreeFile, ...]]:
        order = Order(
            action=action,
            kind=bundle.kind,
            name=source.name,
            address=source.plain_address,
            commit=source.commit,
            ref=source.ref,
            trusted=source.trusted,
            shared=_shared_with(bundle),
            **more,
        )
        stdin = pack_frame(order_to_data(order), bundle.files)
        outcome = self._room().run(
            _sandbox_order(stdin, order.limits, self._time_s, trusted=order.trusted)
        )
        if not outcome.succeeded:
            raise _failed(source, outcome.ending, outcome.stderr)
        try:
            facts, files = read_frame(outcome.stdout, most_files=_most_files(order))
        except BadFrame as exc:
            raise _failed(source, outcome.ending, b"") from exc
        if isinstance(facts.get("fault"), Mapping):
            raise fault_in(source, facts["fault"])
        return facts, files

    def _room(self) -> Sandbox:
        problem = self._sandbox.problem()
        if problem is None:
            return self._sandbox
        if self._without is not None:
            return self._without
        raise NotSupported(
            f"This pack is not ours, and no sandbox can be had here to read it in: {problem}",
            reason="no_sandbox",
            remedy="Whoever operates this server makes bubblewrap work (`firstcommit doctor` says "
            "how), or accepts the risk with FIRSTCOMMIT_UNSANDBOXED=packs.",
        )


def _said_key(bundle: Bundle, source: PackSource) -> str:
    return f"{bundle.digest} {source.name} {source.trusted} {__version__}"


def _most_files(order: Order) -> int:
    return order.limits.get("files", 0) if order.action is Action.MAKE else 0


def _parts(pack: Pack) -> tuple[Bundle, PackSource]:
    if pack.bundle is None or pack.source is None:
        raise ValueError(f"{pack.name} ships with this program.")
    return pack.bundle, pack.source


def _shared_with(bundle: Bundle) -> Mapping[str, str]:
    """The texts of ours that a pack may include; none where it does not speak of them."""
    wanted = f"{SHARED}/".encode()
    if bundle.kind is not PackKind.OURS or not any(wanted in file.content for file in bundle.files):
        return {}
    return dict(shared_texts())


def _sandbox_order(
    stdin: bytes, limits: Mapping[str, int], time_s: float, *, trusted: bool
) -> SandboxOrder:
    most = limits.get("project_bytes", CEILINGS.project_bytes)
    mounts, paths = own_mounts()
    return SandboxOrder(
        command=(own_python(), *PLAIN, _START, *paths),
        mounts=mounts,
        environment={
            "LANG": "C.UTF-8",
            "HOME": "/nonexistent",
            "PATH": _TOOLS if trusted else _NONE,
        },
        stdin=stdin,
        limits=SandboxLimits(
            time_s=time_s,
            memory_bytes=_MEMORY,
            processes=32,
            output_bytes=most + 20 * MIB,
            disk_bytes=len(stdin) + most + 20 * MIB,
        ),
    )


def _failed(source: PackSource, ending: Ending, said: bytes) -> StepFailed:
    if b"No module named 'copier'" in said or b"No module named 'cookiecutter'" in said:
        return StepFailed(
            f"{source.name} needs a tool that is not installed on this server.",
            reason="tool_missing",
            remedy="Whoever operates it installs firstcommit[templates].",
        )
    what = _ENDINGS.get(ending, "ended without an answer")
    return Stopped(
        f"{source.name} was stopped: it {what}.",
        remedy="Mend the template: one that is rendered here makes a project within these limits.",
    )

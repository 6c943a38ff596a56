"""``firstcommit serve`` on a fresh data folder, for what talks to it over HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from tests.e2e.bed import eventually
from tests.e2e.product import START_TIMEOUT_S, Machine, Part, machine


@dataclass(frozen=True, kw_only=True)
class Served:
    """A server that answers, and its operator's token."""

    machine: Machine
    token: str
    part: Part

    @property
    def port(self) -> int:
        return int(self.machine.environment["FIRSTCOMMIT_PORT"])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def served(environment: Mapping[str, str] | None = None) -> Iterator[Served]:
    """One that ends with the block."""
    with machine(environment) as here:
        part = here.command("serve")

        def stands() -> bool:
            assert part.process.poll() is None, part.said()
            return "Press Ctrl+C" in part.said()

        eventually(stands, timeout_s=START_TIMEOUT_S)
        token = (here.data_dir / "admin-token").read_text("utf-8").strip()
        yield Served(machine=here, token=token, part=part)
        assert part.stop() == 0, part.said()

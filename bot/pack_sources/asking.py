"""Who asks for a pack."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.identity import Actor


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Somebody whose rights count; ``operates`` is whoever runs the server, who may read all."""

    actor: Actor | None
    operates: bool = False

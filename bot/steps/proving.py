"""Whether what landed on a forge is what was sent there, and whether we sent it."""

from __future__ import annotations

from bot.core.git_values import Commit, same_entries
from bot.core.identity import Repository
from bot.errors import StepFailed
from bot.forges.port import Forge
from bot.steps.landing import Landing
from bot.steps.spec import Done, announced_commits
from bot.store.port import Effect


def refuse_differing(
    forge: Forge, repository: Repository, commit: Commit, landing: Landing
) -> None:
    """Raises StepFailed ``proof_failed`` where the commit does not hold what was to be written."""
    wanted = landing.wanted
    differing = same_entries(wanted, forge.entries(repository, commit, wanted))
    if differing:
        raise not_proven(f"{differing[0]} differs from what was sent")


def not_proven(detail: str) -> StepFailed:
    """What to raise where something else has landed."""
    return StepFailed(
        f"What landed is not what was generated: {detail}.",
        reason="proof_failed",
        remedy="Do not use it; `/retry` looks again.",
    )


def landed(head: Commit | None, effect: Effect) -> Done | None:
    """The head where it is a commit that this effect has announced, and nobody else's."""
    if head is None or head.id not in announced_commits(effect):
        return None
    return done_with(head)


def done_with(commit: Commit) -> Done:
    """What an effect came to that has made a commit."""
    return Done(id=commit.id, result={"commit": commit.id, "tree": commit.tree_id})

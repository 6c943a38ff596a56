"""What of a project is written where: new, replaced, left alone, left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.ci_files import acts_by_itself
from bot.core.destination import Destination
from bot.core.git_values import FileToWrite, TreeEntry
from bot.core.policy import WorkflowFiles, policy_from_data
from bot.core.runs import Run
from bot.generation.files import GeneratedFile
from bot.generation.memory import AGENT

_WORKFLOWS = ".github/workflows/"


@dataclass(frozen=True, kw_only=True)
class Landing:
    """What is to be written, and what is to be told about the rest.

    ``generated`` are the files of ``write`` under their own paths.
    """

    generated: tuple[GeneratedFile, ...]
    write: tuple[FileToWrite, ...]
    replaces: tuple[str, ...]
    unchanged: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def wanted(self) -> Mapping[str, TreeEntry]:
        """What must lie at each written path afterwards."""
        return {
            written.path: TreeEntry(mode=file.mode, blob_id=file.blob_id)
            for written, file in zip(self.write, self.generated, strict=True)
        }

    def outputs(self) -> dict[str, object]:
        """The part of a step's outputs that tells of this."""
        return {
            "files": len(self.write),
            "unchanged": len(self.unchanged),
            "replaces": list(self.replaces),
            "left_out": list(self.left_out),
        }


def sort_out(
    into: Destination,
    files: Sequence[GeneratedFile],
    *,
    existing: Mapping[str, TreeEntry],
    workflows: WorkflowFiles,
) -> Landing:
    """Compare with what the destination holds.

    Args:
        existing: What lies at the files' full paths in the destination.
        workflows: Whose files under ``.github/workflows`` are written there.
    """
    generated: list[GeneratedFile] = []
    replaces: list[str] = []
    unchanged: list[str] = []
    left_out: list[str] = []
    for file in files:
        path = into.full_path(file.path)
        before = existing.get(path)
        if before == TreeEntry(mode=file.mode, blob_id=file.blob_id):
            unchanged.append(path)
            continue
        if _is_kept_out(path, file, workflows):
            left_out.append(path)
            continue
        if before is not None:
            replaces.append(path)
        generated.append(file)
    return Landing(
        generated=tuple(generated),
        write=tuple(
            FileToWrite(path=into.full_path(file.path), content=file.content, mode=file.mode)
            for file in generated
        ),
        replaces=tuple(replaces),
        unchanged=tuple(unchanged),
        left_out=tuple(left_out),
    )


def workflow_files(run: Run, *, accepted: bool) -> WorkflowFiles:
    """Whose workflow files a run writes, by the policy it was accepted under.

    Args:
        accepted: Whether the forge would take such files from us.
    """
    return policy_from_data(run.policy).workflow_files if accepted else WorkflowFiles.NEVER


def _is_kept_out(path: str, file: GeneratedFile, workflows: WorkflowFiles) -> bool:
    if path.casefold().startswith(_WORKFLOWS):
        return not _may_enter(file, workflows)
    # What else is run by itself, no forge asks us about; a model's is still none of a pack.
    is_agents = file.origin == AGENT and workflows is not WorkflowFiles.ALWAYS
    return is_agents and acts_by_itself(path)


def _may_enter(file: GeneratedFile, workflows: WorkflowFiles) -> bool:
    if workflows is WorkflowFiles.PACKS:
        # The origin of what a pack gave is PACK@VERSION.
        return "@" in file.origin
    return workflows is WorkflowFiles.ALWAYS

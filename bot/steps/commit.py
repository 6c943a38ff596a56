"""``commit``: put a project's files into its repository, and prove what landed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.changes import branch_key
from bot.core.destination import Destination
from bot.core.git_objects import root_tree_id
from bot.core.git_values import Commit, message_with_trailer
from bot.core.identity import Repository, repository_to_dict
from bot.core.kinds import Field, Kind
from bot.core.policy import WorkflowFiles
from bot.core.runs import ExportType
from bot.destinations import may_still
from bot.errors import StepFailed, Transient, UserError
from bot.forges.port import Forge
from bot.generation.files import GeneratedFile
from bot.generation.secrets import refuse_secrets
from bot.steps.amending import Amendment, amend
from bot.steps.landing import Landing, sort_out, workflow_files
from bot.steps.proving import done_with, landed, not_proven, refuse_differing
from bot.steps.repo_creation import repository_key
from bot.steps.spec import Done, Rights, StepContext, StepType
from bot.steps.values import destination, mapping, project
from bot.steps.verify import load_files
from bot.store.port import Effect

_EXPORT_TYPES = {
    "github": ExportType.GITHUB,
    "gitlab": ExportType.GITLAB,
    "local": ExportType.LOCAL,
    "memory": ExportType.LOCAL,
}


@dataclass(frozen=True, kw_only=True)
class _Site:
    """Where this step works, and for which run."""

    context: StepContext
    forge: Forge
    repository: Repository
    into: Destination

    @property
    def first(self) -> object:
        """The id of the forge's own first commit in the repository that this run made."""
        made = self.context.services.store.ledger.find(
            self.context.owner, repository_key(self.into)
        )
        return made.result.get("first") if made else None

    @property
    def workflows(self) -> WorkflowFiles:
        """Whose workflow files are written there."""
        accepted = self.forge.may_write_workflows(self.repository)
        return workflow_files(self.context.run, accepted=accepted)


def _run(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
    into = destination(given)
    stored, snapshot = project(context, given)
    forge = context.services.forge(into.forge)
    repository = _repository(context, forge, into)
    files = load_files(context, stored.id, snapshot)
    _refuse_secrets(files)
    export = context.services.store.exports.begin(
        stored.id,
        _EXPORT_TYPES[into.forge if into.forge in _EXPORT_TYPES else "local"],
        snapshot=snapshot,
        repository_name=repository.full_name,
        created_by=f"{context.run.requester.forge}:{context.run.requester.login}",
        run_id=context.run.id,
        number=context.number,
    )
    site = _Site(context=context, forge=forge, repository=repository, into=into)
    parent = given.get("parent")
    verb = str(given.get("subject") or ("Revise" if parent else "Add"))
    message = _message(context, mapping(given, "project"), verb)
    if isinstance(parent, str) and parent:
        amendment = Amendment(
            context=context,
            forge=forge,
            repository=repository,
            into=into,
            parent=parent,
            message=message,
        )
        outputs = amend(amendment, files)
        context.services.store.exports.complete(
            export.id,
            repository_url=str(outputs.pop("url")),
            run_id=context.run.id,
            number=context.number,
        )
    elif into.new:
        outputs = _commit_root(site, files, message)
        repository = _describe(site, _summary(mapping(given, "project")))
        context.services.store.exports.complete(
            export.id,
            repository_url=repository.web_url or repository.clone_url,
            run_id=context.run.id,
            number=context.number,
        )
    else:
        outputs = _commit_change(site, files, message)
    return {
        "parent": None,
        **outputs,
        "repository": repository_to_dict(repository),
        "export": export.id,
    }


def _refuse_secrets(files: Sequence[GeneratedFile]) -> None:
    """Whatever a workflow leaves out, and whoever has edited since: no secret is published."""
    try:
        refuse_secrets(files)
    except UserError as exc:
        raise StepFailed(exc.message, reason=exc.reason, remedy=exc.remedy) from exc


def _repository(context: StepContext, forge: Forge, into: Destination) -> Repository:
    """The destination as the forge has it now, where the requester may still publish.

    A new repository is the one that this run's ledger confirms, and no other of its name.
    """
    may_still(context.services, context.run, into)
    if into.new:
        made = context.services.store.ledger.find(context.owner, repository_key(into))
        if made is None or made.external_id is None:
            raise StepFailed("The repository was not made by this run.", reason="not_ours")
        wanted = made.external_id
    else:
        wanted = into.id
    repository = forge.repository(into.repository)
    if repository is None and into.new:
        raise Transient(f"{into.repository} does not answer yet.", reason="not_ready")
    if repository is None or repository.id != wanted:
        raise StepFailed(
            f"{into.repository} is not the repository it was when the command was written.",
            reason="repository_gone",
        )
    return repository


def _commit_root(site: _Site, files: Sequence[GeneratedFile], message: str) -> dict[str, object]:
    forge, repository, into = site.forge, site.repository, site.into
    landing = sort_out(into, files, existing={}, workflows=site.workflows)
    wanted = landing.wanted
    tree_id = root_tree_id((path, entry.mode, entry.blob_id) for path, entry in wanted.items())
    branch = repository.default_branch

    def look(effect: Effect) -> Done | None:
        return landed(forge.head(repository, branch), effect)

    def do(effect: Effect) -> Done:
        first = forge.head(repository, branch)
        if first is None:
            raise Transient(f"{repository.full_name} has no commit yet.", reason="not_ready")
        if first.id != site.first:
            raise UserError(
                f"Somebody has committed to {repository.full_name} in the meantime.",
                reason="repository_moved",
            )
        site.context.log(f"committing {len(landing.write)} files to {repository.full_name}")
        return done_with(
            forge.replace_first_commit(
                repository,
                branch=branch,
                first=first,
                files=landing.write,
                message=message,
                announce=site.context.announcer(effect),
            )
        )

    done = site.context.once(f"commit:{repository.id}", kind="commit", look=look, do=do)
    if done.result["tree"] != tree_id:
        raise not_proven(f"tree {done.result['tree']} instead of {tree_id}")
    return {**done.result, "branch": branch, "base": "", **landing.outputs()}


def _commit_change(site: _Site, files: Sequence[GeneratedFile], message: str) -> dict[str, object]:
    forge, repository, into = site.forge, site.repository, site.into
    base = forge.head(repository, into.base)
    if base is None:
        raise StepFailed(f"{into.base} has no commit any more.", reason="repository_empty")
    paths = [into.full_path(file.path) for file in files]
    landing = sort_out(
        into,
        files,
        existing=forge.entries(repository, base, paths),
        workflows=site.workflows,
    )
    if not landing.write:
        raise _nothing_to_change(landing)

    def look(effect: Effect) -> Done | None:
        return landed(forge.head(repository, into.branch), effect)

    def do(effect: Effect) -> Done:
        site.context.log(f"committing {len(landing.write)} files on {into.branch}")
        return done_with(
            forge.commit_on_new_branch(
                repository,
                branch=into.branch,
                base=base,
                files=landing.write,
                message=message,
                announce=site.context.announcer(effect),
            )
        )

    done = site.context.once(
        branch_key(repository.id, into.branch), kind="branch", look=look, do=do
    )
    made = Commit(id=str(done.result["commit"]), tree_id=str(done.result["tree"]))
    refuse_differing(forge, repository, made, landing)
    return {**done.result, "branch": into.branch, "base": into.base, **landing.outputs()}


def _describe(site: _Site, description: str) -> Repository:
    """Take the run's mark off the repository that it made; gives it as it is then."""

    def look(_: Effect) -> Done | None:
        repository = site.forge.repository(site.into.repository)
        described = repository is not None and repository.description == description
        return Done(id=site.repository.id, result={}) if described else None

    def do(_: Effect) -> Done:
        site.forge.describe_repository(site.repository, description)
        return Done(id=site.repository.id, result={})

    key = f"description:{site.repository.id}"
    site.context.once(key, kind="description", look=look, do=do)
    return replace(site.repository, description=description)


def _nothing_to_change(landing: Landing) -> StepFailed:
    but = ", but for workflow files that this app may not write there" if landing.left_out else ""
    return StepFailed(
        f"The repository holds exactly these files already{but}; there is nothing to change.",
        reason="nothing_to_change",
    )


def _message(context: StepContext, data: Mapping[str, object], verb: str) -> str:
    source = f" from {data['pack']}" if data.get("pack") and verb == "Add" else ""
    # Forges act on what commits say: a workflow's words mention nobody and close nothing.
    said = "".join(sign for sign in verb if sign.isprintable() and sign not in "@#")
    subject = " ".join(f"{said} {data.get('name')}{source}".split())[:72]
    done = "Generated for" if verb == "Add" else "Asked for by"
    body = f"{done} {context.run.requester.login}."
    return message_with_trailer(subject, body, context.run.id)


def _summary(data: Mapping[str, object]) -> str:
    words = " ".join(str(data.get("summary") or data.get("name")).split())
    return words[:200]


COMMIT = StepType(
    name="commit",
    summary="Commit them",
    description="Writes a project's files as one commit: the only commit of a repository that this "
    "run made, or a new branch of one that exists; with `parent`, one more commit on the branch of "
    "an open change of ours, if that still stands there. What landed is read back and has to be "
    "identical.",
    rights=Rights.WRITE,
    publishes=True,
    takes={
        "project": Field(kind=Kind.PROJECT, summary="whose files are written"),
        "into": Field(kind=Kind.DESTINATION, summary="where they go"),
        "parent": Field(
            kind=Kind.STRING,
            summary="the commit at the tip of a change of ours, as `file_generation` gives it",
            needed=False,
        ),
        "subject": Field(
            kind=Kind.STRING,
            summary="the first word of the commit's message, in place of *Add* or *Revise*",
            needed=False,
        ),
    },
    gives={
        "commit": Field(kind=Kind.STRING, summary="the commit's id"),
        "tree": Field(kind=Kind.STRING, summary="the id of its root tree"),
        "branch": Field(kind=Kind.STRING, summary="the branch that it is on"),
        "base": Field(kind=Kind.STRING, summary="the branch that it starts from, or empty"),
        "parent": Field(
            kind=Kind.STRING, summary="the commit that it amends a change of ours at, or null"
        ),
        "files": Field(kind=Kind.INTEGER, summary="how many files were written"),
        "unchanged": Field(kind=Kind.INTEGER, summary="how many were there already"),
        "replaces": Field(kind=Kind.LIST, summary="paths that had other bytes before"),
        "left_out": Field(kind=Kind.LIST, summary="workflow files that may not be written there"),
        "repository": Field(kind=Kind.REPOSITORY, summary="the repository as it is then"),
        "export": Field(kind=Kind.STRING, summary="the id of the publication's record"),
    },
    run=_run,
)

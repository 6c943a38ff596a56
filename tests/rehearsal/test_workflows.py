"""Any workflow can be rehearsed: those that ship, an organisation's own, and one from a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.agents.models.pretended import PretendedModels
from bot.core.api_values import ApiAnswer, ApiRequest
from bot.core.git_values import FileToWrite
from bot.core.origins import read_allowed
from bot.errors import UserError
from bot.rehearsal.api import INVENTED, RecordingApi
from bot.sealing import seal, secret_place
from bot.workflows import load_workflow, shipped_names
from tests.budgets.spending import Priced
from tests.packages import install_module
from tests.rehearsal.test_rehearse import kinds, rehearsed, rows, written
from tests.spine import Bot

PATH = ".github/firstcommit/workflows/mine.yaml"
COMMAND = "/generate library workflow=mine name=orders into=acme/orders"
URL = "https://api.example.com"
#: Every step type that does something outside, in one workflow.
MINE = """\
name: mine
inputs:
  pack: {type: string}
  answers: {type: object, default: {}}
  into: {type: destination, default: "."}
steps:
  - id: files
    uses: file_generation
    with: {pack: "${{ inputs.pack }}", answers: "${{ inputs.answers }}"}
  - id: checks
    uses: verify
    with: {project: "${{ steps.files.project }}"}
  - id: register
    uses: api_call
    with:
      method: POST
      url: https://api.example.com/projects
      query: {team: payments}
      headers: {Authorization: "Bearer ${{ secrets.TOKEN }}"}
      json: {name: "${{ steps.files.project.name }}"}
  - id: repository
    uses: repo_creation
    with: {into: "${{ inputs.into }}"}
  - id: commit
    uses: commit
    with: {project: "${{ steps.files.project }}", into: "${{ inputs.into }}"}
  - id: stories
    uses: track
    with:
      into: "${{ inputs.into }}"
      milestone: First version
      stories:
        - {title: "Read orders", body: "As a reader …"}
        - {title: "Write orders", body: "As a writer …"}
  - id: said
    uses: notify
    for_each: [one, two]
    with: {message: "${{ item }}: ${{ steps.register.status }}"}
"""

ARCHIVE = """\
name: mine
inputs:
  pack: {type: string}
  answers: {type: object, default: {}}
steps:
  - id: files
    uses: file_generation
    with: {pack: "${{ inputs.pack }}", answers: "${{ inputs.answers }}"}
  - id: archive
    uses: export
    with: {project: "${{ steps.files.project }}", type: tar}
"""


class Api:
    """An API that takes everything."""

    def __init__(self) -> None:
        self.sent: list[ApiRequest] = []

    def send(self, request: ApiRequest, *, poll: Callable[[], object] | None = None) -> ApiAnswer:
        self.sent.append(request)
        return ApiAnswer(status=200, headers={}, body=b"{}")


@pytest.fixture
def api(bot: Bot) -> Api:
    """The API, which the operator has listed, and for which acme has a secret."""
    made = Api()
    bot.change(api=made, settings=bot.services.settings.replace(api_origins=(read_allowed(URL),)))
    place = secret_place("github", "acme", "TOKEN", URL)
    sealed = seal(bot.services.keys, "s3cret-token", bound_to=place)
    bot.store.secrets.put("github", "acme", "TOKEN", origin=URL, sealed=sealed)
    return made


@pytest.fixture
def home(bot: Bot) -> Bot:
    """Acme has the workflow on its default branch."""
    repository = bot.forge.people.add_repository("acme/.github", private=False)
    bot.commit(PATH, MINE.encode(), where=repository)
    return bot


#: One that begins with a project of an earlier run has none to begin with in an empty store.
FROM_PACKS = [name for name in shipped_names() if "pack" in load_workflow(name).inputs]


@pytest.mark.parametrize("name", FROM_PACKS)
@pytest.mark.parametrize("into", ["", "into=acme/orders"])
def test_every_workflow_that_ships_and_takes_a_pack_can_be_rehearsed(
    bot: Bot, name: str, into: str
) -> None:
    text = f"/generate library workflow={name} name=orders {into}"
    rehearsal = rehearsed(bot, text)
    assert rehearsal.carried_out, rehearsal.message
    before = len(bot.forge.calls)
    bot.do(text, author="olga")
    assert kinds(rehearsal) == written(bot.forge.calls[before:])


def test_what_an_archive_would_come_to_is_told_and_no_record_is_left(bot: Bot) -> None:
    repository = bot.forge.people.add_repository("acme/.github", private=False)
    bot.commit(PATH, ARCHIVE.encode(), where=repository)
    rehearsal = rehearsed(bot, "/generate library workflow=mine name=orders")
    assert rehearsal.carried_out, rehearsal.message
    assert "`orders.tar`, 10 KiB, SHA-256" in rehearsal.comment
    assert not bot.store.projects.recent()


def test_an_organisations_own_does_outside_what_was_rehearsed(
    bot: Bot, home: Bot, api: Api
) -> None:
    before = rows(bot)
    rehearsal = rehearsed(bot, COMMAND)
    assert rehearsal.carried_out, rehearsal.message
    assert rows(bot) == before
    assert api.sent == []
    calls = len(bot.forge.calls)
    run = bot.do(COMMAND, author="olga")
    assert run.status == "completed", run.failure
    on_the_forge = [one for one in kinds(rehearsal) if one[0] != "send"]
    assert on_the_forge == written(bot.forge.calls[calls:])
    assert len(api.sent) == 1
    assert [kind for kind, _ in on_the_forge].count("create_issue") == 2


def test_a_call_is_told_in_its_place_and_without_what_is_secret(
    bot: Bot, home: Bot, api: Api
) -> None:
    effects = rehearsed(bot, COMMAND).effects
    call = next(effect for effect in effects if effect.at == "api")
    assert call.summary == (f"call POST {URL}/projects (its answer here is invented)")
    assert effects[call.number].kind == "create_repository"
    assert "s3cret" not in repr(effects)
    (secret,) = bot.store.secrets.listed("github", "acme")
    assert secret.used_at is None


def test_an_origin_that_is_not_listed_is_refused_as_it_would_be(bot: Bot, home: Bot) -> None:
    rehearsal = rehearsed(bot, COMMAND)
    assert (rehearsal.carried_out, rehearsal.reason) == (False, "secret_not_given")
    bot.store.secrets.put(
        "github",
        "acme",
        "TOKEN",
        origin=URL,
        sealed=seal(
            bot.services.keys,
            "s3cret-token",
            bound_to=secret_place("github", "acme", "TOKEN", URL),
        ),
    )
    assert rehearsed(bot, COMMAND).reason == "origin_not_allowed"


def test_a_file_that_is_nowhere_yet_is_rehearsed(bot: Bot, api: Api) -> None:
    file = FileToWrite(path=PATH, content=MINE.encode())
    assert rehearsed(bot, COMMAND).reason == "unknown_workflow"
    rehearsal = rehearsed(bot, COMMAND, files=(("acme/.github", file),))
    assert rehearsal.carried_out, rehearsal.message
    assert rehearsal.run is not None
    assert rehearsal.run.source["repository"] == "acme/.github"
    assert bot.repository("acme/.github") is None
    assert rehearsed(bot, COMMAND).reason == "unknown_workflow"


def test_policy_holds_in_a_rehearsal_and_is_not_remembered(bot: Bot) -> None:
    home = bot.forge.people.add_repository("acme/.github", private=False)
    policy = b"version: 1\napproval: always\npacks: {allow: [library]}\n"
    bot.commit(".github/firstcommit.yml", policy, where=home)
    before = rows(bot)
    rehearsal = rehearsed(bot, "/generate library name=orders")
    assert len(rehearsal.waits) == 1
    assert rows(bot) == before
    bot.do("/generate library name=more path=more")
    bot.commit(".github/firstcommit.yml", b"version: 1\napprovall: never\n", where=home)
    # The file is wrong by now, and the last good one, which the real store knows, is in force.
    rehearsal = rehearsed(bot, "/generate library name=orders")
    assert len(rehearsal.waits) == 1


def test_what_was_told_once_of_a_policy_file_is_not_told_again(bot: Bot) -> None:
    bot.commit(".github/firstcommit.yml", b"version: 1\napprovall: never\n")
    text = "@firstcommit help"
    assert [kind for kind, _ in kinds(rehearsed(bot, text))] == ["add_comment", "add_comment"]
    bot.post(text)
    assert [kind for kind, _ in kinds(rehearsed(bot, text))] == ["add_comment"]


def test_a_step_that_cannot_be_rehearsed_is_only_named(bot: Bot, package_path: Path) -> None:
    code = """\
from bot.steps.spec import StepType
from bot.core.kinds import Field, Kind

def _run(context, given):
    raise AssertionError("it was begun")

CALL_HOME = StepType(
    name="call_home", summary="Call home", takes={}, run=_run, rehearses=False,
    gives={"answer": Field(kind=Kind.STRING, summary="what home said")},
)
"""
    install_module(package_path, "calling", code, {"call_home": "calling:CALL_HOME"})
    text = """\
name: mine
steps:
  - {id: home, uses: call_home}
  - {id: said, uses: notify, with: {message: "${{ steps.home.answer default 'nothing' }}"}}
"""
    file = FileToWrite(path=PATH, content=text.encode())
    rehearsal = rehearsed(bot, "/generate workflow=mine", files=(("acme/.github", file),))
    assert rehearsal.carried_out, rehearsal.message
    assert rehearsal.named == ("home",)
    assert "call_home would be done here" in repr(rehearsal.log)


def test_a_dry_run_asks_no_model_and_names_what_depends_on_it(bot: Bot) -> None:
    bot.change(models=PretendedModels([]))
    rehearsal = rehearsed(bot, "/generate -- a small command for writers that counts words")
    assert rehearsal.carried_out, rehearsal.message
    assert {"requirements", "design", "review", "repair"} <= set(rehearsal.named)
    assert "commit would be done here" in repr(rehearsal.log)


class TestRecordingApi:
    ALLOWED = (read_allowed(URL),)

    def send(self, url: str, method: str = "GET", **more: object) -> tuple[ApiAnswer, list[str]]:
        noted: list[str] = []

        def note(kind: str, *, where: str, summary: str) -> None:
            noted.append(summary)

        request = ApiRequest(method=method, url=url, **more)  # type: ignore[arg-type]
        return RecordingApi(self.ALLOWED, note).send(request), noted

    def test_the_answer_is_marked_as_invented(self) -> None:
        answer, noted = self.send(f"{URL}/a?token=1")
        assert (answer.status, answer.body, INVENTED in answer.headers) == (200, b"{}", True)
        assert noted == [f"call GET {URL}/a (its answer here is invented)"]

    def test_it_is_a_success_for_whoever_asked(self) -> None:
        assert self.send(URL, wanted=frozenset({201, 409}))[0].status == 201
        assert self.send(URL, wanted=frozenset({200, 100}))[0].status == 200
        assert self.send(URL, method="HEAD")[0].body == b""

    @pytest.mark.parametrize(
        ("url", "more", "reason"),
        [
            ("https://other.example.com", {}, "origin_not_allowed"),
            ("http://api.example.com", {}, "origin_not_allowed"),
            ("no address", {}, "bad_url"),
            (URL, {"method": "BREW"}, "bad_method"),
            (URL, {"headers": {"X": "a\r\nb"}}, "bad_header"),
        ],
    )
    def test_what_would_be_refused_is_refused(
        self, url: str, more: dict[str, object], reason: str
    ) -> None:
        with pytest.raises(UserError, check=lambda error: error.reason == reason):
            self.send(url, **more)  # type: ignore[arg-type]


class Ready(Priced):
    """A model that could be asked, which nobody does in a dry run."""

    def problem(self, *, strangers: bool = False) -> str | None:
        return None


def test_what_is_described_is_told_with_its_price_though_no_model_is_asked(bot: Bot) -> None:
    bot.change(models=Ready())
    told = rehearsed(bot, "/generate name=tally into=acme/tally -- counts words")
    assert (told.reason, told.run and told.run.workflow["name"]) == ("run", "sdlc")
    # As far as it can be known: what only a model says is left out of it.
    assert "tally: done" in told.comment
    assert "requirements" in told.named
    assert ("create_repository", "acme/tally") in kinds(told)

"""Trees, proofs, changes and checks, where the emulator cannot show the case."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from bot.core.git_objects import TREE_MODE, blob_id
from bot.core.git_values import Annotation, Check, CheckState, FileToWrite, TreeEntry
from bot.core.pace import PaceLimits
from bot.errors import StepFailed, Transient, UserError
from bot.forges.github.failures import Rejected
from bot.forges.github.trees import CHUNK_BYTES
from bot.pace import ProcessPace
from tests.forges.github_git import (
    COMMIT_ID,
    FIRST,
    GIT,
    PULLS,
    GitDatabase,
    publish_change,
    publish_new,
    pull,
    texts,
)
from tests.forges.github_script import (
    GRANTED,
    REPOSITORY,
    answer,
    installation,
    refusal,
)

MIB = 1024 * 1024


@pytest.fixture
def github() -> GitDatabase:
    return GitDatabase()


# --- how many calls -----------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 10, 500, 2000])
def test_the_number_of_files_does_not_matter(github: GitDatabase, count: int) -> None:
    publish_new(github.forge(), texts(count, 100))
    assert github.writes == [
        "POST /git/trees",
        "POST /git/commits",
        "PATCH /git/refs/heads/main",
    ]


@pytest.mark.parametrize(
    ("count", "size_bytes", "trees"),
    [(5, MIB, 1), (6, MIB, 2), (20, MIB, 4), (21, MIB, 5), (11, 900_000, 2), (40, 300_000, 3)],
)
def test_one_more_tree_for_each_further_five_megabytes(
    github: GitDatabase, count: int, size_bytes: int, trees: int
) -> None:
    files = texts(count, size_bytes)
    publish_new(github.forge(), files)
    bodies = github.bodies("POST", rf"{GIT}/trees")
    assert len(bodies) == trees <= 1 + count * size_bytes // CHUNK_BYTES
    assert "base_tree" not in bodies[0]
    assert all(len(body["base_tree"]) == 40 for body in bodies[1:])


def test_only_what_json_cannot_carry_becomes_a_blob(github: GitDatabase) -> None:
    files = [
        FileToWrite(path="grüße.txt", content="Grüße \U0001f600 \ufeff\r\n".encode()),
        FileToWrite(path="empty", content=b""),
        FileToWrite(path="latin1.txt", content=b"Gr\xfc\xdfe"),
        FileToWrite(path="nul.bin", content=b"text\0text"),
    ]
    publish_new(github.forge(), files)
    assert github.writes.count("POST /git/blobs") == 2
    (tree,) = github.bodies("POST", rf"{GIT}/trees")
    by_path = {entry["path"]: entry for entry in tree["tree"]}
    assert by_path["grüße.txt"]["content"] == files[0].content.decode()
    assert by_path["empty"]["content"] == ""
    assert by_path["nul.bin"]["sha"] == blob_id(files[3].content)


def test_many_blobs_are_stored_over_several_tries(github: GitDatabase) -> None:
    clock = iter(range(0, 100_000, 1000))
    pace = ProcessPace(
        PaceLimits(burst=4, reserve=0, per_second=0.001),
        patience_s=0,
        clock=lambda: float(tick[0]),
    )
    tick = [next(clock)]
    forge = github.forge(pace=pace)
    files = [FileToWrite(path=f"{n}.bin", content=bytes([0, n])) for n in range(6)]
    for _ in range(50):
        try:
            publish_new(forge, files)
            break
        except Transient as exc:
            assert exc.reason == "pace"
            tick[0] = next(clock)
    assert github.writes.count("POST /git/blobs") == 6
    assert github.writes.count("PATCH /git/refs/heads/main") == 1


def test_blobs_that_github_cleaned_away_are_stored_again(github: GitDatabase) -> None:
    forge = github.forge()
    files = [FileToWrite(path="a.bin", content=b"\0")]
    github.on("POST", rf"{GIT}/trees", refusal(422, "tree.sha is not a valid blob"), github._tree)
    with pytest.raises(Rejected):
        publish_new(forge, files)
    publish_new(forge, files)
    assert github.writes.count("POST /git/blobs") == 2


# --- proof --------------------------------------------------------------------------------


def test_a_root_tree_that_is_not_ours_is_never_committed(github: GitDatabase) -> None:
    github.on("POST", rf"{GIT}/trees", answer({"sha": "0" * 40}, 201))
    with pytest.raises(StepFailed) as refused:
        publish_new(github.forge(), texts(1, 1))
    assert refused.value.reason == "proof_failed"
    assert github.writes == ["POST /git/trees"]


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"src/00000.txt": (0o100644, "0" * 40)},
        {"src/00000.txt": (0o100755, blob_id(b"x"))},
    ],
    ids=["missing", "other bytes", "other mode"],
)
def test_a_change_whose_files_are_not_ours_is_never_committed(
    github: GitDatabase, stored: dict[str, tuple[int, str]]
) -> None:
    def change_it(request: httpx.Request) -> httpx.Response:
        github.files = dict(stored)
        return answer({"sha": "1" * 40}, 201)

    github.on("POST", rf"{GIT}/trees", change_it)
    with pytest.raises(StepFailed) as refused:
        publish_change(github.forge(), texts(1, 1))
    assert refused.value.reason == "proof_failed"
    assert "src/00000.txt" in refused.value.message
    assert github.writes == ["POST /git/trees"]


def test_a_blob_that_is_not_ours_is_never_put_into_a_tree(github: GitDatabase) -> None:
    github.on("POST", rf"{GIT}/blobs", answer({"sha": "0" * 40}, 201))
    with pytest.raises(StepFailed):
        publish_new(github.forge(), [FileToWrite(path="a", content=b"\0")])
    assert github.writes == ["POST /git/blobs"]


def test_a_commit_that_is_not_ours_gets_no_branch(github: GitDatabase) -> None:
    other = {"sha": COMMIT_ID, "tree": {"sha": "0" * 40}, "parents": [], "message": "m"}
    github.on("POST", rf"{GIT}/commits", answer(other, 201))
    with pytest.raises(StepFailed):
        publish_new(github.forge(), texts(1, 1))
    assert "PATCH /git/refs/heads/main" not in github.writes


def test_commits_name_no_author_so_that_github_signs_them(github: GitDatabase) -> None:
    publish_change(github.forge(), texts(1, 1))
    (body,) = github.bodies("POST", rf"{GIT}/commits")
    assert body.keys() == {"message", "tree", "parents"}


@pytest.mark.parametrize(
    "path", ["../x", "a/../b", ".git/config", "/x", "a//b", "a\nb", "", "a/.GIT/x"]
)
def test_a_path_that_leads_elsewhere_is_refused_before_anything_is_sent(
    github: GitDatabase, path: str
) -> None:
    for publish in (publish_new, publish_change):
        with pytest.raises(UserError) as refused:
            publish(github.forge(), [FileToWrite(path=path, content=b"")])
        assert refused.value.reason == "bad_path"
    assert not github.requests


@pytest.mark.parametrize("branch", ["../main", "a..b", "a b", "", "x?y", "-x"])
def test_a_branch_that_git_would_refuse_is_refused_before_anything_is_sent(
    github: GitDatabase, branch: str
) -> None:
    with pytest.raises(UserError) as refused:
        github.forge().commit_on_new_branch(
            REPOSITORY, branch=branch, base=FIRST, files=texts(1, 1), message="m"
        )
    assert refused.value.reason == "invalid_branch"
    assert not github.requests


def test_workflow_files_need_their_permission(github: GitDatabase) -> None:
    with pytest.raises(UserError) as refused:
        publish_new(github.forge(), [FileToWrite(path=".github/workflows/ci.yml", content=b"")])
    assert refused.value.reason == "no_access"
    assert "workflows: write" in refused.value.message
    assert github.writes == []


def test_only_a_commit_of_workflow_files_gets_a_token_that_may_write_them(
    github: GitDatabase,
) -> None:
    granted = {**GRANTED, "workflows": "write"}
    github.on("GET", r"/app/installations/9", answer(installation(permissions=granted)))
    forge = github.forge()
    publish_new(forge, texts(1, 1))
    publish_new(forge, [FileToWrite(path=".github/workflows/ci.yml", content=b"")])
    asked = [body["permissions"] for body in github.bodies("POST", r".*/access_tokens")]
    assert ["workflows" in permissions for permissions in asked] == [False, True]


# --- large trees --------------------------------------------------------------------------


def test_a_tree_too_large_to_list_is_read_folder_by_folder(github: GitDatabase) -> None:
    """https://docs.github.com/rest/git/trees#get-a-tree: `truncated`"""

    def entry(path: str, mode: int, sha: str) -> dict[str, Any]:
        return {"path": path, "mode": f"{mode:06o}", "sha": sha}

    folders = {
        "e" * 40: [entry("src", TREE_MODE, "a" * 40), entry("README.md", 0o100644, "1" * 40)],
        "a" * 40: [entry("deep", TREE_MODE, "b" * 40), entry("x.py", 0o100755, "2" * 40)],
        "b" * 40: [entry("y.py", 0o100644, "3" * 40)],
    }

    def listing(request: httpx.Request) -> httpx.Response:
        if "recursive" in request.url.params:
            return answer({"sha": "e" * 40, "tree": [], "truncated": True})
        sha = request.url.path.rpartition("/")[2]
        return answer({"sha": sha, "tree": folders[sha], "truncated": False})

    github.on("GET", rf"{GIT}/trees/.*", listing)
    paths = ["src/deep/y.py", "src/x.py", "src/deep", "README.md", "no/such", "README.md/x", "z"]
    assert github.forge().entries(REPOSITORY, FIRST, paths) == {
        "src/deep/y.py": TreeEntry(mode=0o100644, blob_id="3" * 40),
        "src/x.py": TreeEntry(mode=0o100755, blob_id="2" * 40),
        "src/deep": TreeEntry(mode=TREE_MODE, blob_id="b" * 40),
        "README.md": TreeEntry(mode=0o100644, blob_id="1" * 40),
    }
    assert len(github.sent("GET", rf"{GIT}/trees/.*")) == 1 + len(folders)


def test_a_folder_too_large_to_list_is_no_proof(github: GitDatabase) -> None:
    github.on("GET", rf"{GIT}/trees/.*", answer({"sha": "e" * 40, "tree": [], "truncated": True}))
    with pytest.raises(StepFailed) as refused:
        github.forge().entries(REPOSITORY, FIRST, ["x"])
    assert refused.value.reason == "folder_too_large"


# --- files --------------------------------------------------------------------------------

CONTENTS = r"/repos/acme/orders/contents/a/b\.yml"


def test_a_file_of_more_than_a_million_bytes_is_read_from_its_blob(github: GitDatabase) -> None:
    """https://docs.github.com/rest/repos/contents#get-repository-content"""
    large = {"type": "file", "size": 1_000_001, "encoding": "none", "content": "", "sha": "a" * 40}
    github.on("GET", CONTENTS, answer(large))
    github.on("GET", rf"{GIT}/blobs/{'a' * 40}", answer({"content": "aGVs\nbG8=\n"}))
    assert github.forge().read_file(REPOSITORY, FIRST, "a/b.yml") == b"hello"
    assert github.sent("GET", CONTENTS)[0].url.params["ref"] == FIRST.id


@pytest.mark.parametrize(
    "shown",
    [
        [{"type": "file", "name": "x"}],
        {"type": "submodule", "size": 0},
        {"type": "symlink", "size": 3, "target": "x"},
        {"type": "file", "size": MIB + 1, "encoding": "none", "content": "", "sha": "a" * 40},
    ],
    ids=["folder", "submodule", "symlink", "too large"],
)
def test_what_is_no_small_file_is_not_read(github: GitDatabase, shown: object) -> None:
    github.on("GET", CONTENTS, answer(shown))
    assert github.forge().read_file(REPOSITORY, FIRST, "a/b.yml") is None


# --- changes and checks -------------------------------------------------------------------


def test_where_drafts_are_not_to_be_had_a_plain_change_is_opened(github: GitDatabase) -> None:
    no_drafts = refusal(422, "Draft pull requests are not supported in this repository.")
    github.on("POST", PULLS, no_drafts, answer(pull(), 201))
    change = github.forge().open_change(
        REPOSITORY, branch="b/1", base="main", title="t", body="b", draft=True
    )
    assert not change.is_draft
    assert [body["draft"] for body in github.bodies("POST", PULLS)] == [True, False]


# https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#validation-failed
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ({"message": "A pull request already exists for acme:b/1."}, "change_exists"),
        ({"message": "No commits between main and b/1"}, "nothing_to_change"),
        ({"resource": "PullRequest", "field": "head", "code": "invalid"}, "branch_missing"),
        ({"resource": "PullRequest", "field": "base", "code": "invalid"}, "branch_missing"),
        ({"message": "Something new"}, "rejected"),
    ],
)
def test_a_refused_change_says_why(github: GitDatabase, error: dict[str, str], reason: str) -> None:
    github.on("POST", PULLS, refusal(422, "Validation Failed", [error]))
    with pytest.raises(UserError) as refused:
        github.forge().open_change(
            REPOSITORY, branch="b/1", base="main", title="t", body="b", draft=True
        )
    assert refused.value.reason == reason
    assert len(github.sent("POST", PULLS)) == 1


def test_a_change_of_a_fork_is_not_taken_for_ours(github: GitDatabase) -> None:
    forked = pull(4, head={"ref": "b/1", "repo": {"id": 55}})
    orphaned = pull(5, head={"ref": "b/1", "repo": None})
    github.on("GET", PULLS, answer([orphaned, forked, pull(3)]))
    change = github.forge().find_change(REPOSITORY, branch="b/1")
    assert change is not None
    assert change.number == 3
    params = github.sent("GET", PULLS)[0].url.params
    assert (params["head"], params["state"]) == ("acme:b/1", "open")


@pytest.mark.parametrize(
    ("state", "status", "conclusion"),
    [
        (CheckState.RUNNING, "in_progress", None),
        (CheckState.PASSED, "completed", "success"),
        (CheckState.FAILED, "completed", "failure"),
    ],
)
def test_a_check_is_shown_as_it_stands(
    github: GitDatabase, state: CheckState, status: str, conclusion: str | None
) -> None:
    runs = r"/repos/acme/orders/check-runs"
    github.on("POST", runs, answer({"id": 4}, 201))
    check = Check(name="firstcommit", state=state, title="T", summary="ü" * 40_000)
    assert github.forge().report_check(REPOSITORY, COMMIT_ID, check) == "4"
    (body,) = github.bodies("POST", runs)
    assert (body["status"], body.get("conclusion")) == (status, conclusion)
    assert len(body["output"]["summary"].encode()) <= 65_535
    assert "details_url" not in body


def test_annotations_go_in_as_many_requests_as_they_need(github: GitDatabase) -> None:
    runs = r"/repos/acme/orders/check-runs"
    github.on("POST", runs, answer({"id": 4}, 201))
    github.on("PATCH", f"{runs}/4", answer({"id": 4}))
    notes = tuple(Annotation(path="a.py", line=n + 1, message="Wrong") for n in range(260))
    check = Check(
        name="firstcommit",
        state=CheckState.FAILED,
        title="T",
        summary="S",
        text="ü" * 40_000,
        annotations=notes,
    )
    assert github.forge().report_check(REPOSITORY, COMMIT_ID, check) == "4"
    (made,) = github.bodies("POST", runs)
    more = github.bodies("PATCH", f"{runs}/4")
    sent = [body["output"]["annotations"] for body in (made, *more)]
    assert [len(some) for some in sent] == [50, 50, 50, 50]
    assert (sent[1][0]["start_line"], sent[1][0]["annotation_level"]) == (51, "failure")
    assert len(made["output"]["text"].encode()) <= 65_535

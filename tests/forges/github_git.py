"""A GitHub that keeps one tree: what publishing sends to it, with the ids that git gives."""

from __future__ import annotations

import base64
import json

import httpx

from bot.core.git_objects import blob_id, root_tree_id
from bot.core.git_values import Commit, FileToWrite
from bot.forges.github.forge import GitHubForge
from tests.forges.github_script import REPOSITORY, GitHubScript, answer

GIT = r"/repos/acme/orders/git"
FIRST = Commit(id="f" * 40, tree_id="e" * 40)
COMMIT_ID = "c" * 40
PULLS = r"/repos/acme/orders/pulls"
#: https://docs.github.com/rest/repos/repos#create-an-organization-repository
MADE = {
    "id": int(REPOSITORY.id),
    "name": "orders",
    "private": True,
    "default_branch": "main",
    "owner": {"login": "acme", "id": 77, "type": "Organization"},
}


def pull(number: int = 3, **fields: object) -> dict[str, object]:
    """https://docs.github.com/rest/pulls/pulls#get-a-pull-request"""
    return {
        "number": number,
        "html_url": f"https://github.com/acme/orders/pull/{number}",
        "state": "open",
        "draft": False,
        "user": {"login": "firstcommit[bot]", "id": 900, "type": "Bot"},
        "head": {"ref": "b/1", "repo": {"id": 1296269}},
        "base": {"ref": "main"},
        **fields,
    }


class GitDatabase(GitHubScript):
    """Answers git data routes as GitHub does, with real ids. https://docs.github.com/rest/git"""

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, tuple[int, str]] = {}
        self.on("POST", rf"{GIT}/blobs", self._blob)
        self.on("POST", rf"{GIT}/trees", self._tree)
        self.on("GET", rf"{GIT}/trees/.*", self._listing)
        self.on("POST", rf"{GIT}/commits", self._commit)
        self.on("POST", rf"{GIT}/refs", answer({}, 201))
        self.on("PATCH", rf"{GIT}/refs/heads/main", answer({}))
        self.on("GET", rf"{GIT}/ref/heads/main", answer({"object": {"sha": FIRST.id}}))
        self.on("POST", r"/orgs/acme/repos", answer(MADE, 201))
        self.on("PATCH", r"/repos/acme/orders", answer(MADE))
        self.on("POST", PULLS, answer(pull(), 201))

    def _blob(self, request: httpx.Request) -> httpx.Response:
        content = base64.b64decode(json.loads(request.content)["content"])
        return answer({"sha": blob_id(content)}, 201)

    def _tree(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        if "base_tree" not in body:
            self.files.clear()
        for entry in body["tree"]:
            sha = entry["sha"] if "sha" in entry else blob_id(entry["content"].encode())
            self.files[entry["path"]] = (int(entry["mode"], 8), sha)
        return answer({"sha": self.tree_id, "truncated": False}, 201)

    @property
    def tree_id(self) -> str:
        return root_tree_id((path, *rest) for path, rest in self.files.items())

    def _listing(self, request: httpx.Request) -> httpx.Response:
        entries = [
            {"path": path, "mode": f"{mode:06o}", "type": "blob", "sha": sha}
            for path, (mode, sha) in self.files.items()
        ]
        return answer({"sha": self.tree_id, "tree": entries, "truncated": False})

    def _commit(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        parents = [{"sha": parent} for parent in body["parents"]]
        document = {"sha": COMMIT_ID, "tree": {"sha": body["tree"]}, "parents": parents}
        return answer({**document, "message": body["message"]}, 201)

    @property
    def writes(self) -> list[str]:
        """Routes of the publishing calls, in order."""
        return [
            f"{request.method} {request.url.path.removeprefix('/repos/acme/orders')}"
            for request in self.requests
            if request.method != "GET" and not request.url.path.startswith("/app/")
        ]


def publish_new(forge: GitHubForge, files: list[FileToWrite]) -> Commit:
    return forge.replace_first_commit(
        REPOSITORY, branch="main", first=FIRST, files=files, message="m"
    )


def publish_change(forge: GitHubForge, files: list[FileToWrite]) -> Commit:
    return forge.commit_on_new_branch(
        REPOSITORY, branch="b/1", base=FIRST, files=files, message="m"
    )


def texts(count: int, size_bytes: int) -> list[FileToWrite]:
    return [
        FileToWrite(path=f"src/{number:05}.txt", content=b"x" * size_bytes)
        for number in range(count)
    ]

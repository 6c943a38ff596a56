"""A person who uses GitHub through its API, as the tests play them."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

PER_PAGE = 100


@dataclass(frozen=True, kw_only=True)
class Person:
    """One person; every method is what they could do or see in a browser.

    A refusal raises ``httpx.HTTPStatusError``; ``repo`` is always the full name.
    """

    login: str
    client: httpx.Client

    def create_issue(self, repo: str, title: str, body: str = "") -> dict[str, Any]:
        return self._send("POST", f"/repos/{repo}/issues", {"title": title, "body": body})

    def issue(self, repo: str, number: int) -> dict[str, Any]:
        return self._send("GET", f"/repos/{repo}/issues/{number}")

    def issues(self, repo: str) -> list[dict[str, Any]]:
        """Issues of any state, changes not among them, oldest first."""
        found = self._all(f"/repos/{repo}/issues", state="all", direction="asc")
        return [each for each in found if "pull_request" not in each]

    def milestones(self, repo: str) -> list[dict[str, Any]]:
        """Milestones of any state."""
        return self._all(f"/repos/{repo}/milestones", state="all")

    def close_milestone(self, repo: str, number: int) -> None:
        self._send("PATCH", f"/repos/{repo}/milestones/{number}", {"state": "closed"})

    def add_to_team(self, org: str, team: str, login: str) -> None:
        """Make a member of an organisation one of its team, which is made where it is not."""
        if self._seen(f"/orgs/{org}/teams/{team}") is None:
            self._send("POST", f"/orgs/{org}/teams", {"name": team})
        self._send("PUT", f"/orgs/{org}/teams/{team}/memberships/{login}", {"role": "member"})

    def comment(self, repo: str, number: int, body: str) -> dict[str, Any]:
        return self._send("POST", f"/repos/{repo}/issues/{number}/comments", {"body": body})

    def edit_comment(self, repo: str, comment_id: int, body: str) -> dict[str, Any]:
        return self._send("PATCH", f"/repos/{repo}/issues/comments/{comment_id}", {"body": body})

    def delete_comment(self, repo: str, comment_id: int) -> None:
        self._send("DELETE", f"/repos/{repo}/issues/comments/{comment_id}")

    def comments(self, repo: str, number: int) -> list[dict[str, Any]]:
        """The comments of an issue or a change, oldest first."""
        return self._all(f"/repos/{repo}/issues/{number}/comments")

    def reactions(
        self, repo: str, *, comment: int | None = None, issue: int | None = None
    ) -> list[str]:
        """The contents of the reactions to a comment, or to an issue's opening text."""
        where = f"comments/{comment}" if comment is not None else str(issue)
        return [each["content"] for each in self._all(f"/repos/{repo}/issues/{where}/reactions")]

    def repositories(self, owner: str) -> list[str]:
        """Full names of an organisation's repositories, as far as one may see them."""
        return [each["full_name"] for each in self._all(f"/orgs/{owner}/repos")]

    def repository(self, repo: str) -> dict[str, Any] | None:
        return self._seen(f"/repos/{repo}")

    def create_repository(
        self, repo: str, *, private: bool = True, auto_init: bool = True, description: str = ""
    ) -> dict[str, Any]:
        owner, _, name = repo.partition("/")
        where = "/user/repos" if owner == self.login else f"/orgs/{owner}/repos"
        wanted = {"name": name, "private": private, "auto_init": auto_init}
        return self._send("POST", where, {**wanted, "description": description})

    def edit_repository(self, repo: str, **fields: object) -> dict[str, Any]:
        return self._send("PATCH", f"/repos/{repo}", fields)

    def delete_repository(self, repo: str) -> None:
        self._send("DELETE", f"/repos/{repo}")

    def invite(self, repo: str, login: str, permission: str) -> None:
        """``permission``: pull, triage, push, maintain or admin."""
        path = f"/repos/{repo}/collaborators/{login}"
        self._send("PUT", path, {"permission": permission})

    def branches(self, repo: str) -> dict[str, str]:
        """Branch -> commit id."""
        found = self._all(f"/repos/{repo}/branches")
        return {each["name"]: each["commit"]["sha"] for each in found}

    def create_branch(self, repo: str, branch: str, *, at: str | None = None) -> str:
        """A branch at a commit, or at the tip of main; gives the commit id."""
        commit = at or self.branches(repo)["main"]
        ref = {"ref": f"refs/heads/{branch}", "sha": commit}
        self._send("POST", f"/repos/{repo}/git/refs", ref)
        return commit

    def commits(self, repo: str, branch: str = "main") -> list[dict[str, Any]]:
        """Newest first."""
        return self._all(f"/repos/{repo}/commits", sha=branch)

    def commit_files(
        self,
        repo: str,
        files: Mapping[str, str | bytes],
        *,
        branch: str = "main",
        message: str = "Edit",
    ) -> str:
        """One commit with these files on top of a branch; gives its id."""
        parent = self.branches(repo)[branch]
        base = self._send("GET", f"/repos/{repo}/git/commits/{parent}")["tree"]["sha"]
        entries = [
            {"path": path, "mode": "100644", "type": "blob", **self._content(repo, content)}
            for path, content in files.items()
        ]
        tree = self._send("POST", f"/repos/{repo}/git/trees", {"base_tree": base, "tree": entries})
        wanted = {"message": message, "tree": tree["sha"], "parents": [parent]}
        commit = self._send("POST", f"/repos/{repo}/git/commits", wanted)
        self._send("PATCH", f"/repos/{repo}/git/refs/heads/{branch}", {"sha": commit["sha"]})
        return str(commit["sha"])

    def commit_entries(self, repo: str, entries: Sequence[Mapping[str, str]]) -> str:
        """A commit of nothing but these entries of a tree, on no branch; gives its id."""
        tree = self._send("POST", f"/repos/{repo}/git/trees", {"tree": entries})
        wanted = {"message": "Link", "tree": tree["sha"], "parents": []}
        return str(self._send("POST", f"/repos/{repo}/git/commits", wanted)["sha"])

    def tag(self, repo: str, name: str, object_id: str, message: str = "") -> str:
        """Tag a commit, or a tag; with a message, as an object of its own, whose id is given."""
        if message:
            kind = "commit" if self._seen(f"/repos/{repo}/git/commits/{object_id}") else "tag"
            wanted = {"tag": name, "message": message, "object": object_id, "type": kind}
            object_id = self._send("POST", f"/repos/{repo}/git/tags", wanted)["sha"]
        ref = {"ref": f"refs/tags/{name}", "sha": object_id}
        self._send("POST", f"/repos/{repo}/git/refs", ref)
        return object_id

    def tree(self, repo: str, ref: str = "main") -> dict[str, tuple[str, str]]:
        """Path -> mode and blob id, of every file."""
        found = self._send("GET", f"/repos/{repo}/git/trees/{quote(ref, safe='')}?recursive=1")
        return {
            each["path"]: (each["mode"], each["sha"])
            for each in found["tree"]
            if each["type"] == "blob"
        }

    def tree_id(self, repo: str, ref: str = "main") -> str:
        """The id of the root tree."""
        return str(self._send("GET", f"/repos/{repo}/git/trees/{quote(ref, safe='')}")["sha"])

    def file(self, repo: str, path: str, ref: str = "main") -> bytes:
        """The bytes of one file."""
        _, blob = self.tree(repo, ref)[path]
        found = self._send("GET", f"/repos/{repo}/git/blobs/{blob}")
        return base64.b64decode(found["content"])

    def changes(self, repo: str, *, state: str = "open") -> list[dict[str, Any]]:
        """Pull requests, newest first; ``state`` may be ``all``."""
        return self._all(f"/repos/{repo}/pulls", state=state)

    def open_change(self, repo: str, *, branch: str, title: str, body: str = "") -> dict[str, Any]:
        wanted = {"title": title, "body": body, "head": branch, "base": "main"}
        return self._send("POST", f"/repos/{repo}/pulls", wanted)

    def reviews(self, repo: str, number: int) -> list[dict[str, Any]]:
        """The reviews of a change, oldest first."""
        return self._all(f"/repos/{repo}/pulls/{number}/reviews")

    def remarks(self, repo: str, number: int) -> list[dict[str, Any]]:
        """What reviews say of its lines."""
        return self._all(f"/repos/{repo}/pulls/{number}/comments")

    def checks(self, repo: str, ref: str) -> list[dict[str, Any]]:
        """Check runs on a commit or a branch."""
        path = f"/repos/{repo}/commits/{quote(ref, safe='')}/check-runs"
        runs: list[dict[str, Any]] = self._send("GET", path)["check_runs"]
        return runs

    def _content(self, repo: str, content: str | bytes) -> dict[str, str]:
        """What a tree's entry holds: text stands in it, everything else is stored before."""
        if isinstance(content, str):
            return {"content": content}
        wanted = {"content": base64.b64encode(content).decode(), "encoding": "base64"}
        return {"sha": self._send("POST", f"/repos/{repo}/git/blobs", wanted)["sha"]}

    def _send(self, method: str, path: str, document: object = None) -> dict[str, Any]:
        """The answer's document; empty where it has none."""
        got = self.client.request(method, path, json=document)
        got.raise_for_status()
        found: dict[str, Any] = got.json() if got.content else {}
        return found

    def _seen(self, path: str) -> dict[str, Any] | None:
        got = self.client.get(path)
        if got.status_code == 404:
            return None
        got.raise_for_status()
        found: dict[str, Any] = got.json()
        return found

    def _all(self, path: str, **query: str) -> list[dict[str, Any]]:
        """Every page of a list."""
        found: list[dict[str, Any]] = []
        while True:
            page = len(found) // PER_PAGE + 1
            size = {"per_page": str(PER_PAGE), "page": str(page)}
            got = self.client.get(path, params={**query, **size})
            got.raise_for_status()
            found += got.json()
            if len(got.json()) < PER_PAGE:
                return found

"""What every forge promises, told as scenarios; the promises stand in ``bot.forges.port``."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import pytest

from bot.core.events import CommentAdded, ThreadOpened
from bot.core.git_objects import TREE_MODE, blob_id, root_tree_id
from bot.core.git_values import (
    EXECUTABLE,
    REGULAR,
    Annotation,
    Check,
    CheckState,
    Commit,
    FileToWrite,
    Milestone,
    Reaction,
    TreeEntry,
)
from bot.core.identity import Actor, Permission, Repository, Standing, Thread
from bot.core.reviews import FileStatus, Remark, lines_in_patch
from bot.errors import UserError
from bot.forges.port import Owner
from tests.contract.forges import Bed, needs

SCRIPT = FileToWrite(path="bin/start", content=b"#!/bin/sh\nexec true\n", mode=EXECUTABLE)
PICTURE = FileToWrite(path="docs/pictures/dot.png", content=bytes(range(256)) * 3)
EMPTY = FileToWrite(path="src/empty/__init__.py", content=b"")
TEXT = FileToWrite(path="docs/read me.md", content="Grüße\r\nno end".encode())
README = FileToWrite(path="README.md", content=b"# Ours\n")
ODD_NAMES = [
    FileToWrite(path=path, content=path.encode())
    for path in (
        "a b/c d.txt",
        "grün/日本語/😀.txt",
        "it's/a 'name'.txt",
        'say "hello".txt',
        "back\\slash.txt",
        "-dash",
        "#hash/%41/&amp;/+plus",
        ".hidden/.file",
        "UPPER/lower",
        "deep/" * 30 + "end",
    )
]
FILES = [SCRIPT, PICTURE, EMPTY, TEXT, README]


@pytest.fixture
def repository(bed: Bed) -> Repository:
    return bed.make_repository()


@pytest.fixture
def writer(bed: Bed, repository: Repository) -> Actor:
    return bed.person(repository, Permission.WRITE)


@pytest.fixture
def thread(bed: Bed, repository: Repository, writer: Actor) -> Thread:
    return bed.open_thread(repository, writer, "/generate python-package name=orders")


def refused(reason: str):
    return pytest.raises(UserError, check=lambda error: error.reason == reason)


def first_commit(bed: Bed, repository: Repository) -> Commit:
    found = bed.forge.head(repository, repository.default_branch)
    assert found is not None
    return found


def entries_of(files: list[FileToWrite]) -> dict[str, TreeEntry]:
    return {file.path: TreeEntry(mode=file.mode, blob_id=blob_id(file.content)) for file in files}


def tree_of(files: list[FileToWrite]) -> str:
    return root_tree_id((file.path, file.mode, blob_id(file.content)) for file in files)


class TestConversation:
    def test_a_comment_is_there_as_ours(self, bed, thread):
        said = bed.forge.add_comment(thread, "Working on it.", first=True)
        assert bed.forge.comment(thread, said.id) == said
        assert said.author.is_same_as(bed.forge.me())
        assert said.author.is_bot
        assert (said.body, said.created_at.tzinfo is not None) == ("Working on it.", True)

    def test_a_thread_was_opened_by_somebody_with_a_text(self, bed, thread, writer):
        found = bed.forge.opening(thread)
        assert found is not None
        assert found.author.is_same_as(writer)
        assert found.title
        assert found.text == "/generate python-package name=orders"
        assert bed.forge.opening(replace(thread, number=9999)) is None

    def test_a_persons_comment_is_theirs(self, bed, thread, writer):
        said = bed.say(thread, writer, "Hello")
        found = bed.forge.comment(thread, said.id)
        assert found is not None
        assert found.author.is_same_as(writer)
        assert not found.author.is_bot

    def test_comments_come_oldest_first(self, bed, thread, writer):
        said = [
            bed.say(thread, writer, "One").id,
            bed.forge.add_comment(thread, "Two").id,
            bed.say(thread, writer, "Three").id,
        ]
        assert [found.id for found in bed.forge.comments(thread)] == said

    def test_text_comes_back_as_it_was(self, bed, thread):
        text = "Ünïcödé 日本 😀\n\n```sh\necho 'a' \"b\" `c` \\d\n```\n<!-- mark -->"
        said = bed.forge.add_comment(thread, text)
        assert bed.forge.comment(thread, said.id).body == text

    def test_an_edit_replaces_the_text(self, bed, thread):
        said = bed.forge.add_comment(thread, "Before")
        bed.forge.edit_comment(thread, said.id, "After")
        found = bed.forge.comment(thread, said.id)
        assert found == replace(said, body="After")

    def test_since_leaves_out_what_was_before(self, bed, thread):
        needs(bed, "comments since")
        old = bed.forge.add_comment(thread, "Old")
        edited = bed.forge.add_comment(thread, "Edited")
        since = bed.a_moment_later()
        bed.forge.edit_comment(thread, edited.id, "Edited since")
        new = bed.forge.add_comment(thread, "New")
        found = {comment.id for comment in bed.forge.comments(thread, since=since)}
        assert found == {edited.id, new.id}
        assert old.id not in found

    def test_what_was_deleted_is_gone_and_deleting_again_is_no_error(self, bed, thread):
        said = bed.forge.add_comment(thread, "Twice")
        bed.forge.delete_comment(thread, said.id)
        bed.forge.delete_comment(thread, said.id)
        assert bed.forge.comment(thread, said.id) is None
        assert list(bed.forge.comments(thread)) == []
        with refused("comment_gone"):
            bed.forge.edit_comment(thread, said.id, "More")

    def test_a_comment_that_never_was_is_none(self, bed, thread):
        assert bed.forge.comment(thread, "999999999") is None

    def test_a_comment_of_another_thread_is_none_of_this_one(self, bed, thread, repository, writer):
        other = bed.open_thread(repository, writer, "Another")
        said = bed.forge.add_comment(other, "There")
        assert bed.forge.comment(thread, said.id) is None

    def test_reacting_twice_is_reacting_once(self, bed, thread, writer):
        said = bed.say(thread, writer, "/firstcommit help")
        for place in (said.id, None):
            bed.forge.react(thread, place, Reaction.SEEN)
            bed.forge.react(thread, place, Reaction.SEEN)
        bed.forge.react(thread, said.id, Reaction.DONE)
        needs(bed, "reactions")
        assert set(bed.reactions(thread, said.id)) == {Reaction.SEEN, Reaction.DONE}
        assert len(bed.reactions(thread, said.id)) == 2
        assert list(bed.reactions(thread, None)) == [Reaction.SEEN]

    def test_reacting_to_what_is_gone_stays_silent(self, bed, thread):
        said = bed.forge.add_comment(thread, "Soon gone")
        bed.forge.delete_comment(thread, said.id)
        bed.forge.react(thread, said.id, Reaction.CONFUSED)

    def test_a_thread_that_is_not_there_is_refused(self, bed, thread):
        with pytest.raises(UserError):
            bed.forge.add_comment(replace(thread, number=9999), "Nobody reads this")


class TestEvents:
    def test_a_new_comment_is_read_as_what_was_said(self, bed, thread, writer):
        said = bed.say(thread, writer, "/generate python-package name=orders")
        event = bed.forge.read_event(*bed.delivery_for_comment(thread, said))
        assert isinstance(event, CommentAdded)
        assert event.author == writer
        assert (event.comment_id, event.text) == (said.id, said.body)
        assert event.thread == thread
        assert bed.forge.comment(event.thread, event.comment_id).author.is_same_as(event.author)

    def test_a_new_thread_is_read_as_what_was_said(self, bed, thread, writer):
        event = bed.forge.read_event(*bed.delivery_for_thread(thread))
        assert event == ThreadOpened(
            thread=thread, author=writer, text="/generate python-package name=orders"
        )

    def test_our_own_comment_is_known_as_ours(self, bed, thread):
        said = bed.forge.add_comment(thread, "Ours")
        event = bed.forge.read_event(*bed.delivery_for_comment(thread, said))
        assert isinstance(event, CommentAdded)
        assert event.author.is_same_as(bed.forge.me())
        assert event.author.is_bot

    def test_what_nobody_listens_to_is_nothing(self, bed):
        assert bed.forge.read_event("star", {"action": "created"}) is None

    def test_a_delivery_that_cannot_be_read_is_refused(self, bed, thread, writer):
        kind, payload = bed.delivery_for_comment(thread, bed.say(thread, writer, "Hello"))
        with refused("unreadable_payload"):
            bed.forge.read_event(kind, {**payload, "repository": None})


class TestRights:
    @pytest.mark.parametrize("permission", list(Permission))
    def test_a_permission_is_told_as_it_was_given(self, bed, repository, permission):
        if permission in (Permission.TRIAGE, Permission.MAINTAIN):
            needs(bed, "fine roles")
        person = bed.person(repository, permission)
        assert bed.forge.permission(repository, person) is permission

    def test_permission_is_of_one_repository(self, bed, repository, writer):
        assert bed.forge.permission(bed.make_repository(), writer) is Permission.NONE

    def test_everybody_of_the_forge_may_read_what_is_public(self, bed):
        needs(bed, "public repositories")
        repository = bed.make_repository(private=False)
        person = bed.person(repository, Permission.NONE)
        assert bed.forge.permission(repository, person) is Permission.READ

    def test_an_owner_may_do_everything(self, bed, repository):
        assert bed.forge.permission(repository, bed.owner_person()) is Permission.ADMIN

    def test_an_account_that_is_not_there_may_nothing(self, bed, repository):
        nobody = Actor(forge=bed.forge.name, account_id="999999999", login="nobody-at-all")
        assert bed.forge.permission(repository, nobody) is Permission.NONE

    def test_a_login_proves_nothing(self, bed, repository, writer):
        twin = replace(writer, account_id="999999999")
        assert bed.forge.permission(repository, twin) is Permission.NONE

    def test_a_repository_that_is_not_there_gives_nothing(self, bed, repository, writer):
        gone = replace(repository, id="999999999", name="not-there")
        assert bed.forge.permission(gone, writer) is Permission.NONE

    def test_standing_is_told(self, bed, repository, writer):
        for person, standing in (
            (bed.owner_person(), Standing.OWNER),
            (bed.member_person(), Standing.MEMBER),
            (writer, Standing.NONE),
        ):
            owner = bed.forge.owner(bed.namespace, person)
            assert owner is not None
            assert (owner.standing, owner.login, owner.obstacle) == (standing, bed.namespace, "")
            assert owner.account_id == repository.owner_id
            assert not owner.is_person

    def test_a_member_of_a_team_is_in_it_and_others_are_not(self, bed, writer):
        needs(bed, "teams")
        member, team = bed.member_person(), f"team-{bed.new_name()}"
        bed.add_to_team(team, member)
        assert bed.forge.in_team(bed.namespace, team, member)
        assert bed.forge.in_team(bed.namespace, team.upper(), member)
        assert not bed.forge.in_team(bed.namespace, f"{team}-2", member)
        assert not bed.forge.in_team(bed.namespace, team, bed.owner_person())
        assert not bed.forge.in_team(bed.namespace, team, writer)

    def test_a_login_proves_no_membership_of_a_team(self, bed):
        needs(bed, "teams")
        member, team = bed.member_person(), f"team-{bed.new_name()}"
        bed.add_to_team(team, member)
        assert not bed.forge.in_team(bed.namespace, team, replace(member, account_id="999999999"))

    @pytest.mark.parametrize("team", ["none", "", "..", "a/b", "a b", "@acme/none", "?"])
    def test_nobody_is_in_a_team_that_is_not_there(self, bed, team):
        assert not bed.forge.in_team(bed.namespace, team, bed.owner_person())

    @pytest.mark.parametrize("login", ["no-such-account", "", "..", "a/b", "olga"])
    def test_an_account_that_is_none_or_a_persons_has_no_teams(self, bed, login):
        assert not bed.forge.in_team(login, "platform", bed.owner_person())

    @pytest.mark.parametrize("login", ["", "no such", "../etc", "-", "a" * 60])
    def test_what_is_no_login_is_no_account(self, bed, login):
        assert bed.forge.owner(login, bed.owner_person()) is None

    def test_a_person_is_found_by_login(self, bed, writer):
        assert bed.forge.person(writer.login) == writer

    @pytest.mark.parametrize("login", ["no-such-account", "", "..", "a/b", "a" * 60])
    def test_nobody_is_called_what_is_no_login(self, bed, login):
        assert bed.forge.person(login) is None

    def test_an_organisation_is_no_person(self, bed, repository):
        assert bed.forge.person(repository.owner) is None

    def test_we_are_a_bot(self, bed):
        assert bed.forge.me().is_bot
        assert bed.forge.me().forge == bed.forge.name


class TestRepositories:
    def owner(self, bed: Bed) -> Owner:
        found = bed.forge.owner(bed.namespace, bed.owner_person())
        assert found is not None
        return found

    def test_a_repository_is_found_by_its_name(self, bed, repository):
        assert bed.forge.repository(repository.full_name) == repository

    @pytest.mark.parametrize(
        "name", ["acme/none", "acme", "", "acme/", "../x", "acme/../x", "a b/c"]
    )
    def test_what_is_not_there_is_none(self, bed, repository, name):
        assert bed.forge.repository(name) is None

    def test_repositories_that_a_grant_covers_are_listed(self, bed, repository):
        def granted(most: int) -> list[Repository]:
            return list(bed.forge.granted(repository.owner, repository.installation, most=most))

        found = granted(2)
        assert 1 <= len(found) <= 2
        assert all(bed.forge.repository(one.full_name) == one for one in found)
        assert {one.owner for one in found} == {bed.namespace}
        assert len(granted(1)) == 1
        assert repository.id in [one.id for one in granted(100)]

    @pytest.mark.parametrize("private", [True, False])
    def test_a_new_repository_holds_the_forges_first_commit(self, bed, private):
        before = bed.a_moment_later()
        made = bed.forge.create_repository(
            self.owner(bed), bed.new_name(), private=private, description="Run 1"
        )
        assert bed.forge.repository(made.full_name) == made
        assert (made.private, made.description) == (private, "Run 1")
        assert made.owner == bed.namespace
        assert made.forge == bed.forge.name
        first = first_commit(bed, made)
        assert first.parents == ()
        assert list(bed.forge.entries(made, first, ["README.md"])) == ["README.md"]
        assert bed.forge.created_at(made) >= before

    def test_a_name_that_is_taken_is_refused(self, bed, repository):
        for name in (repository.name, repository.name.upper()):
            with refused("repository_exists"):
                bed.forge.create_repository(
                    self.owner(bed), name, private=True, description="Mine now"
                )
        assert bed.forge.repository(repository.full_name) == repository

    def test_a_description_is_replaced(self, bed, repository):
        bed.forge.describe_repository(repository, "Another")
        assert bed.forge.repository(repository.full_name).description == "Another"
        bed.forge.describe_repository(repository, "")
        assert bed.forge.repository(repository.full_name).description == ""

    def test_workflow_files_are_a_matter_of_yes_or_no(self, bed, repository):
        assert bed.forge.may_write_workflows(repository) in (True, False)


class TestFirstCommit:
    def replace(self, bed: Bed, repository: Repository, files: list[FileToWrite]) -> Commit:
        return bed.forge.replace_first_commit(
            repository,
            branch=repository.default_branch,
            first=first_commit(bed, repository),
            files=files,
            message="Begin\n\nWith reasons.\n",
        )

    def test_it_is_the_one_root_and_holds_exactly_our_files(self, bed, repository):
        forges_own = first_commit(bed, repository)
        made = self.replace(bed, repository, FILES)
        assert made == bed.forge.head(repository, repository.default_branch)
        assert made.parents == ()
        assert made.id != forges_own.id
        assert made.tree_id == tree_of(FILES)
        assert made.message.rstrip("\n") == "Begin\n\nWith reasons."

    def test_modes_and_bytes_are_kept(self, bed, repository):
        made = self.replace(bed, repository, FILES)
        found = bed.forge.entries(repository, made, [file.path for file in FILES])
        assert found == entries_of(FILES)
        for file in FILES:
            assert bed.forge.read_file(repository, made, file.path) == file.content

    def test_odd_names_are_kept(self, bed, repository):
        made = self.replace(bed, repository, ODD_NAMES)
        assert made.tree_id == tree_of(ODD_NAMES)
        paths = [file.path for file in ODD_NAMES]
        assert bed.forge.entries(repository, made, paths) == entries_of(ODD_NAMES)

    def test_two_thousand_files_are_one_commit(self, bed, repository):
        files = [
            FileToWrite(
                path=f"src/part_{number % 50}/module_{number}.py",
                content=f"NUMBER = {number}\n".encode(),
                mode=EXECUTABLE if number % 7 == 0 else REGULAR,
            )
            for number in range(2000)
        ]
        made = self.replace(bed, repository, files)
        assert made.tree_id == tree_of(files)
        paths = [file.path for file in files]
        assert bed.forge.entries(repository, made, paths) == entries_of(files)

    def test_it_is_refused_once_the_branch_has_moved(self, bed, repository):
        first = first_commit(bed, repository)
        made = self.replace(bed, repository, FILES)
        with refused("repository_moved"):
            bed.forge.replace_first_commit(
                repository,
                branch=repository.default_branch,
                first=first,
                files=[README],
                message="Again",
            )
        assert bed.forge.head(repository, repository.default_branch) == made


class TestCommits:
    def commit(
        self, bed: Bed, repository: Repository, files: list[FileToWrite], branch: str = "ours/1"
    ) -> Commit:
        return bed.forge.commit_on_new_branch(
            repository,
            branch=branch,
            base=first_commit(bed, repository),
            files=files,
            message="Add files\n\nFirstcommit-Run: 1\n",
        )

    def test_a_branch_that_is_not_there_has_no_head(self, bed, repository):
        for branch in ("none", "", "../main", "main^", "main~0", "@", "refs/heads/main", "a b"):
            assert bed.forge.head(repository, branch) is None

    def test_files_go_over_the_base_and_nothing_is_deleted(self, bed, repository):
        base = first_commit(bed, repository)
        new = [SCRIPT, PICTURE, EMPTY, TEXT]
        made = self.commit(bed, repository, new)
        assert made == bed.forge.head(repository, "ours/1")
        assert made.parents == (base.id,)
        assert "Firstcommit-Run: 1" in made.message
        readme = bed.forge.entries(repository, base, ["README.md"])
        paths = ["README.md", *(file.path for file in new)]
        assert bed.forge.entries(repository, made, paths) == {**readme, **entries_of(new)}
        assert bed.forge.head(repository, repository.default_branch) == base
        needs(bed, "whole trees")
        assert made.tree_id == root_tree_id(
            (path, entry.mode, entry.blob_id)
            for path, entry in {**readme, **entries_of(new)}.items()
        )

    def test_a_file_that_is_there_is_replaced(self, bed, repository):
        made = self.commit(bed, repository, [replace(README, mode=EXECUTABLE)])
        assert made.tree_id == tree_of([replace(README, mode=EXECUTABLE)])

    def test_a_branch_that_exists_is_refused_and_stays(self, bed, repository):
        made = self.commit(bed, repository, [SCRIPT])
        with refused("branch_exists"):
            self.commit(bed, repository, [PICTURE])
        with refused("branch_exists"):
            self.commit(bed, repository, [PICTURE], branch=repository.default_branch)
        assert bed.forge.head(repository, "ours/1") == made

    @pytest.mark.parametrize("branch", ["", "a..b", "a b", "a/", ".a", "a.lock", "a^", "-a", "a:b"])
    def test_what_is_no_branch_is_refused(self, bed, repository, branch):
        with refused("invalid_branch"):
            self.commit(bed, repository, [SCRIPT], branch=branch)

    @pytest.mark.parametrize("path", ["../x", "/x", "a//b", "a/./b", ".git/config", "a/.GIT/x", ""])
    def test_a_path_that_leads_out_is_refused(self, bed, repository, path):
        with refused("bad_path"):
            self.commit(bed, repository, [FileToWrite(path=path, content=b"")])
        assert bed.forge.head(repository, "ours/1") is None

    @pytest.mark.parametrize("path", ["README.md/inside", "README.md/a/b"])
    def test_a_file_is_never_deleted_to_make_room_for_a_folder(self, bed, repository, path):
        with refused("path_in_the_way"):
            self.commit(bed, repository, [FileToWrite(path=path, content=b"")])

    def test_a_folder_is_never_deleted_to_make_room_for_a_file(self, bed, repository):
        base = self.commit(bed, repository, [TEXT])
        with refused("path_in_the_way"):
            bed.forge.commit_on_new_branch(
                repository,
                branch="ours/2",
                base=base,
                files=[FileToWrite(path="docs", content=b"")],
                message="In the way",
            )

    def test_entries_are_those_that_exist(self, bed, repository):
        made = self.commit(bed, repository, [TEXT, SCRIPT])
        asked = [TEXT.path, "docs", "docs/none", "none", "bin/START", "README.md/x", "", "bin/"]
        found = bed.forge.entries(repository, made, asked)
        assert set(found) == {TEXT.path, "docs"}
        assert found["docs"].mode == TREE_MODE
        assert bed.forge.entries(repository, made, []) == {}

    def test_the_files_of_a_folder_are_listed_by_their_paths(self, bed, repository):
        deep = FileToWrite(path="docs/more/deep.md", content=b"deep")
        other = FileToWrite(path="docs/a.md", content=b"a")
        made = self.commit(bed, repository, [TEXT, SCRIPT, deep, other])
        right_there = sorted(each.path for each in (TEXT, other) if each.path.startswith("docs/"))
        assert list(bed.forge.paths(repository, made, "docs")) == right_there
        assert list(bed.forge.paths(repository, made, "docs/more")) == [deep.path]
        assert list(bed.forge.paths(repository, made, "")) == ["README.md"]

    def test_all_that_lies_below_a_folder_is_listed_by_its_path_from_there(self, bed, repository):
        deep = FileToWrite(path="docs/more/deep.md", content=b"deep")
        made = self.commit(bed, repository, [TEXT, SCRIPT, deep])
        found = bed.forge.tree(repository, made, "docs")
        assert found["more/deep.md"].blob_id == blob_id(b"deep")
        assert "more" not in found
        whole = bed.forge.tree(repository, made, "")
        assert whole[SCRIPT.path].mode == EXECUTABLE
        assert {"README.md", "docs/more/deep.md"} <= set(whole)
        assert bed.forge.tree(repository, made, "docs/none") == {}
        assert bed.forge.tree(repository, made, "README.md") == {}

    def test_links_and_submodules_are_among_what_lies_in_a_folder(self, bed, repository):
        needs(bed, "links")
        other = "b" * 40
        made = bed.link(repository, "latest", "v2/index.md", "theirs", other)
        assert bed.forge.tree(repository, made, "") == {
            "latest": TreeEntry(mode=0o120000, blob_id=blob_id(b"v2/index.md")),
            "theirs": TreeEntry(mode=0o160000, blob_id=other),
        }
        # Neither is a folder, wherever it leads.
        assert bed.forge.tree(repository, made, "latest") == {}
        assert bed.forge.tree(repository, made, "theirs") == {}

    @pytest.mark.parametrize("folder", ["docs/none/deeper", "DOCS", "docs/", "/", "../x", ".git"])
    def test_below_a_folder_that_is_not_there_lies_nothing(self, bed, repository, folder):
        made = self.commit(bed, repository, [TEXT])
        assert bed.forge.tree(repository, made, folder) == {}

    def test_odd_names_are_listed_as_they_are(self, bed, repository):
        made = self.commit(bed, repository, ODD_NAMES)
        found = bed.forge.tree(repository, made, "")
        assert {path for path in found if path != "README.md"} == {file.path for file in ODD_NAMES}
        assert set(bed.forge.tree(repository, made, "#hash/%41")) == {"&amp;/+plus"}
        assert set(bed.forge.tree(repository, made, "grün")) == {"日本語/😀.txt"}

    def test_a_commit_is_found_by_its_whole_id(self, bed, repository):
        tip = bed.forge.head(repository, repository.default_branch)
        assert bed.forge.find_commit(repository, tip.id) == tip
        gone = (tip.id[:12], tip.id.upper(), "0" * 40, tip.tree_id, blob_id(b"nobody's"))
        for ref in (*gone, "no-such-tag", "main", "main^", "refs/heads/main", "../x", ""):
            assert bed.forge.find_commit(repository, ref) is None, ref

    def test_a_commit_is_found_though_no_branch_leads_to_it(self, bed, repository):
        tip = first_commit(bed, repository)
        made = self.commit(bed, repository, [TEXT])
        assert bed.forge.find_commit(repository, made.id) == made
        assert first_commit(bed, repository) == tip

    @pytest.mark.parametrize(
        "name", ["v1.2.0", "packs/service/v1", "grün", "a+b", "main", "ours/1"]
    )
    def test_a_commit_is_found_by_its_tag(self, bed, repository, name):
        tip = first_commit(bed, repository)
        self.commit(bed, repository, [TEXT])
        bed.tag(repository, name, tip.id)
        assert bed.forge.find_commit(repository, name) == tip
        assert bed.forge.find_commit(repository, name[:-1]) is None
        assert bed.forge.find_commit(repository, f"{name}/more") is None

    def test_a_tag_with_a_message_leads_to_its_commit(self, bed, repository):
        tip = first_commit(bed, repository)
        first = bed.tag(repository, "v1", tip.id, "The first")
        bed.tag(repository, "of-a-tag", first, "A tag of it")
        assert bed.forge.find_commit(repository, "v1") == tip
        # In memory nothing is an object but commits.
        needs(bed, "links")
        assert bed.forge.find_commit(repository, "of-a-tag") == tip
        assert bed.forge.find_commit(repository, first) is None

    def test_a_tag_of_something_else_leads_nowhere(self, bed, repository):
        tip = first_commit(bed, repository)
        needs(bed, "tags of anything")
        bed.tag(repository, "no-commit", tip.tree_id)
        assert bed.forge.find_commit(repository, "no-commit") is None

    @pytest.mark.parametrize(
        "folder", ["none", "docs/none", "README.md", "README.md/x", "DOCS", "docs/", "/", "../x"]
    )
    def test_a_folder_that_is_not_there_has_no_files(self, bed, repository, folder):
        made = self.commit(bed, repository, [TEXT])
        assert list(bed.forge.paths(repository, made, folder)) == []

    def test_a_file_that_is_not_there_reads_as_none(self, bed, repository):
        made = self.commit(bed, repository, [TEXT])
        for path in ("none", "docs", "docs/none", ""):
            assert bed.forge.read_file(repository, made, path) is None

    def test_a_file_that_is_too_large_reads_as_none(self, bed, repository):
        needs(bed, "large files")
        most = FileToWrite(path="most", content=b"x" * 1024 * 1024)
        more = FileToWrite(path="more", content=b"x" * 1024 * 1024 + b"y")
        made = self.commit(bed, repository, [most, more])
        assert bed.forge.read_file(repository, made, "most") == most.content
        assert bed.forge.read_file(repository, made, "more") is None


class TestChanges:
    ASKED: ClassVar = {"base": "main", "title": "Add files", "body": "With reasons.", "draft": True}

    @pytest.fixture
    def commit(self, bed: Bed, repository: Repository) -> Commit:
        return bed.forge.commit_on_new_branch(
            repository,
            branch="ours/1",
            base=first_commit(bed, repository),
            files=FILES,
            message="Add files",
        )

    def test_a_change_is_opened_and_found_by_its_branch(self, bed, repository, commit):
        assert bed.forge.find_change(repository, branch="ours/1") is None
        opened = bed.forge.open_change(repository, branch="ours/1", **self.ASKED)
        assert (opened.branch, opened.base, opened.is_open) == ("ours/1", "main", True)
        assert opened.author is not None
        assert opened.author.is_same_as(bed.forge.me())
        assert bed.forge.find_change(repository, branch="ours/1") == opened
        assert bed.forge.find_change(repository, branch="ours/2") is None

    def test_drafts_are_as_asked(self, bed, repository, commit):
        assert bed.forge.open_change(repository, branch="ours/1", **self.ASKED).is_draft

    def test_a_plain_change_is_no_draft(self, bed, repository, commit):
        asked = {**self.ASKED, "draft": False}
        assert not bed.forge.open_change(repository, branch="ours/1", **asked).is_draft

    def test_a_second_change_from_a_branch_is_refused(self, bed, repository, commit):
        needs(bed, "one change for each branch")
        opened = bed.forge.open_change(repository, branch="ours/1", **self.ASKED)
        with refused("change_exists"):
            bed.forge.open_change(repository, branch="ours/1", **self.ASKED)
        assert bed.forge.find_change(repository, branch="ours/1") == opened

    def test_a_change_of_nothing_is_refused(self, bed, repository):
        needs(bed, "empty changes refused")
        with refused("nothing_to_change"):
            bed.forge.open_change(repository, branch="main", **self.ASKED)

    def test_a_change_from_no_branch_is_refused(self, bed, repository):
        needs(bed, "changes from nowhere refused")
        with refused("branch_missing"):
            bed.forge.open_change(repository, branch="none", **self.ASKED)

    def test_one_can_talk_in_a_change(self, bed, repository, commit):
        opened = bed.forge.open_change(repository, branch="ours/1", **self.ASKED)
        thread = Thread(repository=repository, number=opened.number)
        said = bed.forge.add_comment(thread, "Hello")
        assert [found.id for found in bed.forge.comments(thread)] == [said.id]

    def test_a_check_is_shown_beside_a_commit(self, bed, repository, commit):
        running = Check(name="run", state=CheckState.RUNNING, title="Running", summary="Soon")
        for state in CheckState:
            assert bed.forge.report_check(repository, commit.id, replace(running, state=state))

    def test_a_check_may_say_more_than_a_forge_takes_at_once(self, bed, repository, commit):
        notes = tuple(Annotation(path="a.py", line=n + 1, message="Wrong") for n in range(120))
        check = Check(
            name="more",
            state=CheckState.FAILED,
            title="Failed",
            summary="Much",
            text="long " * 20_000,
            annotations=notes,
        )
        assert bed.forge.report_check(repository, commit.id, check)

    def test_the_difference_has_a_page_or_none(self, bed, repository):
        url = bed.forge.difference_url(repository, base="main", head="ours/1")
        assert url == "" or url.startswith(("http://", "https://"))


class TestTracking:
    MARKER: ClassVar = "<!-- ours:1 -->"

    def test_a_milestone_is_made_and_found_by_its_title(self, bed, repository):
        assert bed.forge.find_milestone(repository, "First version") is None
        made = bed.forge.create_milestone(repository, "First version", description="Soon.")
        assert (made.title, made.is_open) == ("First version", True)
        other = bed.forge.create_milestone(repository, "Second version")
        assert other.number != made.number
        assert bed.forge.find_milestone(repository, "First version") == made
        assert bed.forge.find_milestone(repository, "First") is None

    def test_a_milestone_that_is_closed_is_found_and_says_so(self, bed, repository):
        made = bed.forge.create_milestone(repository, "Done")
        bed.close_milestone(repository, made.number)
        assert bed.forge.find_milestone(repository, "Done") == replace(made, is_open=False)

    def test_a_title_that_is_taken_is_refused(self, bed, repository):
        needs(bed, "one milestone for each title")
        bed.forge.create_milestone(repository, "Once")
        with refused("milestone_exists"):
            bed.forge.create_milestone(repository, "Once")

    def test_milestones_are_each_repositorys_own(self, bed, repository):
        other = bed.make_repository()
        bed.forge.create_milestone(repository, "Here")
        assert bed.forge.find_milestone(other, "Here") is None
        assert bed.forge.create_milestone(other, "Here").title == "Here"

    def test_an_issue_is_ours_and_as_it_was_asked_for(self, bed, repository):
        milestone = bed.forge.create_milestone(repository, "First version")
        text = f"As a reader I want `code`.\n\n- [ ] Ünïcödé 😀\n\n{self.MARKER}\n"
        made = bed.forge.create_issue(
            repository, "Read orders", text, milestone=milestone, labels=["story", "Good one"]
        )
        assert made.title == "Read orders"
        seen = bed.issue(repository, made.number)
        assert (seen.title, seen.text.rstrip()) == ("Read orders", text.rstrip())
        assert seen.author.is_same_as(bed.forge.me())
        assert seen.labels == {"story", "Good one"}
        assert seen.milestone == "First version"

    def test_an_issue_needs_neither_milestone_nor_labels(self, bed, repository):
        made = bed.forge.create_issue(repository, "Alone", "Text")
        seen = bed.issue(repository, made.number)
        assert (seen.labels, seen.milestone) == (frozenset(), "")

    def test_one_can_talk_in_an_issue_of_ours(self, bed, repository):
        made = bed.forge.create_issue(repository, "Alone", "Text")
        thread = Thread(repository=repository, number=made.number)
        said = bed.forge.add_comment(thread, "Hello")
        assert [found.id for found in bed.forge.comments(thread)] == [said.id]

    def test_our_issue_is_found_by_its_marker(self, bed, repository):
        assert bed.forge.find_issue(repository, self.MARKER) is None
        made = bed.forge.create_issue(repository, "One", f"Text\n{self.MARKER}\n")
        bed.forge.create_issue(repository, "Two", "Text\n<!-- ours:2 -->\n")
        assert bed.forge.find_issue(repository, self.MARKER) == made
        assert bed.forge.find_issue(repository, "<!-- ours:3 -->") is None

    def test_a_marker_counts_at_the_end_alone(self, bed, repository):
        bed.forge.create_issue(repository, "Quoted", f"{self.MARKER}\nText")
        assert bed.forge.find_issue(repository, self.MARKER) is None

    def test_of_two_the_oldest_is_found(self, bed, repository):
        first = bed.forge.create_issue(repository, "One", f"Text\n{self.MARKER}")
        bed.forge.create_issue(repository, "Again", f"Text\n{self.MARKER}")
        assert bed.forge.find_issue(repository, self.MARKER) == first

    def test_somebody_elses_issue_with_our_marker_is_theirs(self, bed, repository, writer):
        bed.open_thread(repository, writer, f"Mine\n{self.MARKER}")
        assert bed.forge.find_issue(repository, self.MARKER) is None

    def test_a_change_of_ours_is_no_issue(self, bed, repository):
        bed.forge.commit_on_new_branch(
            repository,
            branch="ours/1",
            base=first_commit(bed, repository),
            files=FILES,
            message="Add files",
        )
        bed.forge.open_change(
            repository,
            branch="ours/1",
            base="main",
            title="Add files",
            body=f"Text\n{self.MARKER}",
            draft=False,
        )
        assert bed.forge.find_issue(repository, self.MARKER) is None

    def test_an_issue_made_since_is_found(self, bed, repository):
        since = bed.a_moment_later()
        made = bed.forge.create_issue(repository, "New", f"Text\n{self.MARKER}")
        assert bed.forge.find_issue(repository, self.MARKER, since=since) == made

    def test_a_milestone_that_is_not_there_is_refused(self, bed, repository):
        needs(bed, "unknown milestones refused")
        gone = Milestone(number=999, title="Gone")
        with refused("unknown_milestone"):
            bed.forge.create_issue(repository, "One", "Text", milestone=gone)

    def test_a_repository_that_is_not_there_is_refused(self, bed, repository):
        gone = replace(repository, id="999999999", name="not-there")
        for ask in (
            lambda: bed.forge.create_issue(gone, "One", "Text"),
            lambda: bed.forge.create_milestone(gone, "One"),
        ):
            with pytest.raises(UserError):
                ask()


def test_a_forge_says_how_it_is(bed, repository):
    findings = [*bed.forge.diagnose(), *bed.forge.diagnose(repository)]
    assert findings
    assert all(finding.name and finding.detail for finding in findings)
    assert all(finding.remedy for finding in findings if not finding.ok)


def test_answers_lag_for_a_known_time(bed):
    assert 0 <= bed.forge.lag_s <= 60


def proposed(bed: Bed, repository: Repository, branch: str = "firstcommit/3f9a1c2b"):
    """A change from a branch of ours with one file, and its commit."""
    base = first_commit(bed, repository)
    file = FileToWrite(path="src/add.py", content=b"def add(a, b):\n    return a - b\n")
    commit = bed.forge.commit_on_new_branch(
        repository, branch=branch, base=base, files=[file], message="Add\n"
    )
    opened = bed.forge.open_change(
        repository, branch=branch, base=repository.default_branch, title="Add", body="", draft=False
    )
    change = bed.forge.change(repository, opened.number)
    assert change is not None
    return change, commit


class TestReviewing:
    def test_a_change_is_told_with_its_tip(self, bed, repository):
        change, commit = proposed(bed, repository)
        assert (change.head, change.branch, change.base) == (
            commit.id,
            "firstcommit/3f9a1c2b",
            repository.default_branch,
        )
        assert (change.title, change.is_foreign, change.is_open) == ("Add", False, True)
        assert change.author.is_same_as(bed.forge.me())

    def test_an_issue_is_no_change_and_neither_is_a_number_that_never_was(
        self, bed, repository, thread
    ):
        assert bed.forge.change(repository, thread.number) is None
        assert bed.forge.change(repository, 9_999) is None

    def test_changed_files_come_with_their_differences(self, bed, repository):
        change, _ = proposed(bed, repository)
        (file,) = bed.forge.changed_files(repository, change, most=10)
        assert (file.path, file.status) == ("src/add.py", FileStatus.ADDED)
        needs(bed, "patches")
        assert lines_in_patch(file.patch) == {1, 2}
        assert "+    return a - b" in file.patch

    def test_a_commit_goes_on_top_of_a_branch(self, bed, repository):
        change, commit = proposed(bed, repository)
        mended = FileToWrite(path="src/add.py", content=b"def add(a, b):\n    return a + b\n")
        announced = []
        made = bed.forge.commit_on_branch(
            repository,
            branch=change.branch,
            parent=commit,
            files=[mended],
            message="Mend\n",
            announce=announced.append,
        )
        assert announced == [made]
        assert made.parents == (commit.id,)
        assert bed.forge.head(repository, change.branch) == made
        assert bed.forge.read_file(repository, made, "src/add.py") == mended.content
        assert "README.md" in bed.forge.entries(repository, made, ["README.md"])

    def test_somebody_elses_commit_on_the_branch_is_not_lost(self, bed, repository):
        change, commit = proposed(bed, repository)
        theirs = bed.forge.commit_on_branch(
            repository, branch=change.branch, parent=commit, files=[TEXT], message="Theirs\n"
        )
        with refused("branch_moved"):
            bed.forge.commit_on_branch(
                repository, branch=change.branch, parent=commit, files=[EMPTY], message="Ours\n"
            )
        assert bed.forge.head(repository, change.branch) == theirs

    def test_a_branch_that_is_gone_is_not_made_again(self, bed, repository):
        base = first_commit(bed, repository)
        with refused("branch_moved"):
            bed.forge.commit_on_branch(
                repository, branch="firstcommit/gone", parent=base, files=[TEXT], message="No\n"
            )
        assert bed.forge.head(repository, "firstcommit/gone") is None

    def test_failed_checks_tell_what_they_printed(self, bed, repository):
        _, commit = proposed(bed, repository)
        said = "".join(f"line {number}\n" for number in range(100)) + "E  assert 1 == 2\n"
        failed = Check(
            name="tests", state=CheckState.FAILED, title="1 failed", summary="", text=said
        )
        passed = Check(name="lint", state=CheckState.PASSED, title="Fine", summary="Fine")
        bed.forge.report_check(repository, commit.id, failed)
        bed.forge.report_check(repository, commit.id, passed)
        (check,) = bed.forge.failed_checks(repository, commit.id, most_characters=200)
        assert check.name == "tests"
        assert check.log.endswith("E  assert 1 == 2\n")
        assert len(check.log) <= 200
        assert "line 0\n" not in check.log

    def test_a_commit_whose_checks_pass_has_none_that_failed(self, bed, repository):
        _, commit = proposed(bed, repository)
        assert not bed.forge.failed_checks(repository, commit.id, most_characters=200)

    def test_a_review_is_found_again_by_its_mark(self, bed, repository):
        needs(bed, "reviews")
        change, _ = proposed(bed, repository)
        assert bed.forge.find_review(repository, change.number, "<!-- mark -->") is None
        remark = Remark(path="src/add.py", line=2, body="This subtracts.")
        made = bed.forge.review(
            repository, change, body="One finding.\n\n<!-- mark -->", remarks=[remark]
        )
        assert bed.forge.find_review(repository, change.number, "<!-- mark -->") == made
        assert bed.forge.find_review(repository, change.number, "<!-- other -->") is None

    def test_a_remark_on_a_line_that_is_not_shown_is_refused(self, bed, repository):
        needs(bed, "remarks")
        change, _ = proposed(bed, repository)
        with refused("bad_remark"):
            bed.forge.review(
                repository,
                change,
                body="No.",
                remarks=[Remark(path="src/add.py", line=99, body="Where?")],
            )
        assert bed.forge.find_review(repository, change.number, "No.") is None

"""What tests arrange in a forge in memory, what its people do, and what is to be seen there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bot.core.git_values import Change, Check, Comment, Issue, Milestone, Reaction
from bot.core.identity import Actor, Permission, Repository, Standing, Thread, ThreadKind
from bot.forges import deliveries
from bot.forges.memory.tracking import issue_of
from bot.forges.memory.world import World
from bot.forges.port import Owner


class People:
    """The side of the forge that people see. None of this counts as a call of the port."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add_person(
        self,
        login: str,
        permissions: Mapping[str, Permission] | None = None,
        owner_of: Iterable[str] = (),
        member_of: Iterable[str] = (),
        *,
        is_bot: bool = False,
    ) -> Actor:
        """A person, known from now on, with permissions by full name of repositories."""
        world = self._world
        person = world.people.get(login.lower()) or Actor(
            forge=world.name, account_id=world.new_id(), login=login, is_bot=is_bot
        )
        world.people[login.lower()] = person
        for full_name, permission in (permissions or {}).items():
            world.permissions[full_name.lower(), login.lower()] = permission
        for standing, accounts in ((Standing.MEMBER, member_of), (Standing.OWNER, owner_of)):
            for account in accounts:
                self._account(account)
                world.standings[account.lower(), login.lower()] = standing
        return person

    def add_account(
        self, login: str, *, is_person: bool = False, installation: str = "", obstacle: str = ""
    ) -> Owner:
        """An account under which repositories can be made, or could but for the obstacle."""
        same = self._world.people.get(login.lower())
        account = Owner(
            login=login,
            account_id=same.account_id if same else self._world.new_id(),
            is_person=is_person,
            standing=Standing.NONE,
            installation=installation,
            obstacle=obstacle,
        )
        self._world.owners[login.lower()] = account
        return account

    def add_to_team(self, account: str, team: str, person: Actor) -> None:
        """Put a person into a team of an account, which is made on demand."""
        self._world.team_members.add((account.lower(), team.lower(), person.login.lower()))

    def install(self, installation: str) -> None:
        """Have a grant in force (again)."""
        self._world.suspended.discard(installation)
        self._world.removed.discard(installation)

    def withhold(self, repository: Repository) -> None:
        """Take a repository out of its account's grant."""
        self._world.withheld.add(repository.full_name.lower())

    def grant(self, repository: Repository) -> None:
        """Put a repository into its account's grant again."""
        self._world.withheld.discard(repository.full_name.lower())

    def suspend(self, installation: str) -> None:
        """Suspend a grant."""
        self._world.suspended.add(installation)

    def uninstall(self, installation: str) -> None:
        """Take a grant back."""
        self._world.removed.add(installation)

    def add_repository(
        self, full_name: str, *, private: bool = True, description: str = ""
    ) -> Repository:
        """A repository with the forge's first commit, under an account that is made on demand."""
        owner, _, name = full_name.partition("/")
        return self._world.make_repository(
            self._account(owner), name, private=private, description=description
        )

    def remove_repository(self, repository: Repository) -> None:
        """Delete it as a person would."""
        del self._world.places[repository.full_name.lower()]

    def open_thread(
        self,
        repository: Repository,
        title: str,
        text: str,
        *,
        author: Actor,
        kind: ThreadKind = ThreadKind.ISSUE,
    ) -> Thread:
        """Open a thread."""
        return self._world.open_thread(repository, title=title, text=text, author=author, kind=kind)

    def say(self, thread: Thread, text: str, *, author: Actor) -> Comment:
        """Write a comment."""
        return self._world.say(thread, text, author)

    def close_change(self, repository: Repository, number: int) -> None:
        """Close a change."""
        changes = self._world.place(repository).changes
        changes[number] = replace(changes[number], is_open=False)

    def delete_branch(self, repository: Repository, branch: str) -> None:
        """Delete a branch."""
        del self._world.place(repository).objects.branches[branch]

    def tag(self, repository: Repository, name: str, object_id: str) -> None:
        """Tag an object, which need not be a commit."""
        self._world.place(repository).objects.tags[name] = object_id

    def comments(self, thread: Thread) -> Sequence[Comment]:
        """All comments, oldest first."""
        return list(self._world.talk(thread).comments.values())

    def reactions(self, thread: Thread, comment_id: str | None) -> set[Reaction]:
        """How we reacted to a comment, or to the opening text where it is None."""
        given = self._world.talk(thread).reactions
        return {reaction for place, reaction in given if place == comment_id}

    def changes(self, repository: Repository) -> Sequence[Change]:
        """All changes of a repository, the newest first."""
        return list(reversed(self._world.place(repository).changes.values()))

    def change_texts(self, repository: Repository, number: int) -> tuple[str, str]:
        """Title and opening text of a change."""
        talk = self._world.place(repository).talks[number]
        return talk.title, talk.text

    def issues(self, repository: Repository) -> Sequence[Issue]:
        """All issues of a repository, the oldest first."""
        place = self._world.place(repository)
        return [
            issue_of(self._world, place, number)
            for number in place.talks
            if number not in place.changes
        ]

    def milestones(self, repository: Repository) -> Sequence[Milestone]:
        """All milestones of a repository, the oldest first."""
        return list(self._world.place(repository).milestones.values())

    def close_milestone(self, repository: Repository, number: int) -> None:
        """Close a milestone."""
        milestones = self._world.place(repository).milestones
        milestones[number] = replace(milestones[number], is_open=False)

    def issue_text(self, repository: Repository, number: int) -> str:
        """The opening text of an issue."""
        return self._world.place(repository).talks[number].text

    def issue_author(self, repository: Repository, number: int) -> Actor:
        """Who opened an issue."""
        return self._world.place(repository).talks[number].author

    def issue_labels(self, repository: Repository, number: int) -> Sequence[str]:
        """The labels of an issue."""
        return self._world.place(repository).talks[number].labels

    def issue_milestone(self, repository: Repository, number: int) -> Milestone | None:
        """What an issue is gathered under."""
        place = self._world.place(repository)
        milestone = place.talks[number].milestone
        return None if milestone is None else place.milestones[milestone]

    def checks(self, repository: Repository, commit_id: str) -> Sequence[Check]:
        """The last word of each check on a commit."""
        found = self._world.place(repository).checks.items()
        return [check for (commit, _), (_, check) in found if commit == commit_id]

    def branches(self, repository: Repository) -> Mapping[str, str]:
        """Commit ids by branch."""
        return dict(self._world.place(repository).objects.branches)

    def files(self, repository: Repository, branch: str) -> Mapping[str, bytes]:
        """All files at a branch's tip."""
        objects = self._world.place(repository).objects
        entries = objects.files[objects.branches[branch]]
        return {path: objects.blobs[entry.blob_id] for path, entry in entries.items()}

    def delivery_for_comment(self, thread: Thread, comment: Comment) -> tuple[str, bytes]:
        """Event name and body, in GitHub's shape whatever the forge's name."""
        talk = self._world.talk(thread)
        return deliveries.comment_created(thread, talk.title, talk.author, talk.text, comment)

    def delivery_for_thread(self, thread: Thread) -> tuple[str, bytes]:
        """The same for an opening text."""
        talk = self._world.talk(thread)
        return deliveries.thread_opened(thread, talk.title, talk.author, talk.text)

    def _account(self, login: str) -> Owner:
        return self._world.owners.get(login.lower()) or self.add_account(login)

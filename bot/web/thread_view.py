"""Threads of the local forge as pages show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.git_values import Reaction
from bot.core.identity import Actor, Thread
from bot.core.pages import Post, ThreadSummary
from bot.core.runs import RunStatus
from bot.store.port import Runs
from bot.web.kept_html import Allowance
from bot.web.markdown import Html
from bot.web.run_view import RunView, thread_address

ANSWER_EXPECTED_FOR = timedelta(seconds=20)

_REACTIONS = {Reaction.SEEN: "seen", Reaction.DONE: "done", Reaction.CONFUSED: "not understood"}


@dataclass(frozen=True, kw_only=True)
class ThreadLink:
    """A thread in a list. ``status`` is that of its newest run; empty where it has none."""

    address: str
    title: str
    repository: str
    number: int
    author: str
    is_open: bool
    status: str
    comments: int
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class PostView:
    """One text of a conversation."""

    anchor: str
    author: str
    is_bot: bool
    body: Html
    created_at: datetime
    is_edited: bool
    reactions: tuple[str, ...]


def thread_links(threads: Sequence[ThreadSummary], runs: Runs) -> tuple[ThreadLink, ...]:
    """Threads with the state of their newest run."""
    newest = runs.newest_statuses("local", [_key(summary.thread) for summary in threads])
    return tuple(_link(summary, newest) for summary in threads)


def post_views(posts: Sequence[Post]) -> tuple[PostView, ...]:
    """A conversation, rendered; the newest first of all, in case it takes too long."""
    allowance = Allowance()
    bodies = [allowance.html_of(post.text, is_ours=post.author.is_bot) for post in reversed(posts)]
    return tuple(
        PostView(
            anchor=f"comment-{post.comment_id}" if post.comment_id else "opening",
            author=_name(post.author),
            is_bot=post.author.is_bot,
            body=body,
            created_at=post.created_at,
            is_edited=not post.author.is_bot and post.updated_at > post.created_at,
            reactions=tuple(dict.fromkeys(_REACTIONS[given] for given, _ in post.reactions)),
        )
        for post, body in zip(posts, reversed(bodies), strict=True)
    )


def expects_answer(posts: Sequence[Post], runs: Sequence[RunView], now: datetime) -> bool:
    """Whether something may still happen in a thread by itself, soon."""
    if any(not run.is_final for run in runs):
        return True
    last = posts[-1]
    return not last.author.is_bot and now - last.created_at < ANSWER_EXPECTED_FOR


def _link(summary: ThreadSummary, newest: Mapping[tuple[str, int], RunStatus]) -> ThreadLink:
    thread = summary.thread
    return ThreadLink(
        address=thread_address(thread),
        title=summary.title,
        repository=thread.repository.full_name,
        number=thread.number,
        author=_name(summary.author),
        is_open=summary.is_open,
        status=newest.get(_key(thread), ""),
        comments=summary.comment_count,
        updated_at=summary.updated_at,
    )


def _key(thread: Thread) -> tuple[str, int]:
    return thread.repository.id, thread.number


def _name(actor: Actor) -> str:
    return actor.login.removesuffix("[bot]")

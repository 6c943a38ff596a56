"""``notify``: say something in a thread, once."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.git_values import Comment
from bot.core.identity import Thread
from bot.core.kinds import Field, Kind
from bot.destinations import may_write
from bot.errors import StepFailed
from bot.remarks import marker, ours_with
from bot.steps.reviewing import say_review
from bot.steps.spec import Done, Rights, StepContext, StepType
from bot.steps.values import text
from bot.store.port import Effect


def _run(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
    thread = _thread(context, given.get("thread"))
    message = text(given, "message")
    if not message.strip():
        raise StepFailed("The step's message is empty.", reason="bad_input")
    forge = context.services.forge(thread.repository.forge)
    may_write(context.services, thread.repository, context.run.requester)
    if given.get("findings") is not None:
        return say_review(
            context,
            thread.number,
            head=text(given, "commit"),
            message=message,
            findings=_findings(given["findings"]),
        )

    def look(effect: Effect) -> Done | None:
        ours = ours_with(forge, thread, _mark(effect), effect)
        for doubled in ours[1:]:
            forge.delete_comment(thread, doubled.id)
        return _done(ours[0]) if ours else None

    def do(effect: Effect) -> Done:
        context.log(f"writing in #{thread.number}")
        body = context.services.replies.render("notify", run=context.run, message=message)
        return _done(forge.add_comment(thread, f"{body}\n{_mark(effect)}\n"))

    key = f"notify:{context.step_id}:{context.round}"
    done = context.once(key, kind="comment", look=look, do=do, lag_s=forge.lag_s)
    return {"comment": done.id, "url": done.result["url"]}


def _findings(given: object) -> list[Mapping[str, object]]:
    listed = given if isinstance(given, list | tuple) else [given]
    if not all(isinstance(one, Mapping) and one.get("message") for one in listed):
        raise StepFailed("The step's findings are not as a review gives them.", reason="bad_input")
    return [one for one in listed if isinstance(one, Mapping)]


def _thread(context: StepContext, number: object) -> Thread:
    """The run's thread, or the one of that number beside it."""
    own = context.run.thread
    if own is None:
        raise StepFailed(
            "This run belongs to no thread, so there is nowhere to say anything.",
            reason="no_thread",
            remedy="Start it by a comment in an issue, or leave the step out by an `if`.",
        )
    if number is None or number == own.number:
        return own
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise StepFailed(
            "The step's thread is not the number of an issue or a change.", reason="bad_input"
        )
    return Thread(repository=own.repository, number=number)


def _mark(effect: Effect) -> str:
    return marker(f"notice:{effect.id}")


def _done(comment: Comment) -> Done:
    return Done(id=comment.id, result={"url": comment.url})


NOTIFY = StepType(
    name="notify",
    summary="Say it in the thread",
    description="Writes a comment of its own in the run's thread, or in another issue or change of "
    "the same repository. Its formatting holds; mentions, HTML and commands in it lose their "
    "power, and what is longer than a comment can be is cut. With `findings`, it is a review of "
    "the change of that number, each finding at its line where the change shows that.",
    rights=Rights.THREAD,
    takes={
        "message": Field(kind=Kind.TEXT, summary="what is said, as Markdown"),
        "thread": Field(
            kind=Kind.INTEGER,
            summary="the number of another issue or change of the thread's repository",
            needed=False,
        ),
        "findings": Field(
            kind=Kind.LIST, summary="what `review` has found in that change", needed=False
        ),
        "commit": Field(
            kind=Kind.STRING,
            summary="with `findings`: the commit that was reviewed",
            needed=False,
        ),
    },
    gives={
        "comment": Field(kind=Kind.STRING, summary="the comment's id"),
        "url": Field(kind=Kind.STRING, summary="its address, or empty"),
    },
    run=_run,
)

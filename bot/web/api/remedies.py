"""What a refusal says in the words of the API: those of a thread speak of comments.

An operation that takes a comment's own words says what a thread would.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.web.api.operation import Operation
from bot.web.api.problem import Refused

_RUN = "`GET /api/v1/runs/{id}` says what it is doing."
_ASKS = "`GET /api/v1/packs/{name}/schema` says what the pack asks for."

#: By reason code.
_REMEDIES: Mapping[str, str] = {
    "missing_pack": "Give one as `pack`; `GET /api/v1/packs` lists them.",
    "unknown_answer": _ASKS,
    "missing_answer": _ASKS,
    "bad_answer": _ASKS,
    "unknown_workflow": "`GET /api/v1/workflows` lists those there are; with `?repository=` those "
    "of its owner, too.",
    "bad_workflow": "`POST /api/v1/workflow-checks` says the same of a file before it is pushed.",
    "missing_input": "Give it in `answers`; `GET /api/v1/workflows/{name}` says what each is.",
    "too_many_arguments": "Leave `pack` out, and give the workflow's inputs in `answers`.",
    "repository_exists": 'Choose another name, or send `into` as {"repository": …, "existing": '
    "true} to have a change opened there.",
    "no_destination": "Leave `existing` out to have a new repository made.",
    "bad_destination": "Send `into` as `FORGE:OWNER/NAME`, or leave it out to keep the files here.",
    "branch_exists": "Choose another `branch` in `into`, or leave it out.",
    "path_in_the_way": "Choose another `path` in `into`.",
    "project_exists": "Choose another `path` in `into`.",
    "may_not_create": "An owner of the account can; or leave `into` out to keep the files here.",
    "no_write": "Ask somebody who has it to do it.",
    "too_many_runs": "Wait for one of them, or end it: `POST /api/v1/runs/{id}/cancel`.",
    "nothing_to_approve": "Leave `plan` out.",
    "nothing_to_cancel": f"Only what is under way can be stopped. {_RUN}",
    "nothing_to_retry": f"Only what failed or was cancelled can be taken up again. {_RUN}",
    "not_retryable": f"Name a step that can be done again as `step`. {_RUN}",
    "no_plan": f"Its plans stand in the run. {_RUN}",
    "plan_changed": "Ask for it again, and approve the new plan.",
    "plan_superseded": "Approve the newer plan of the run, or ask for it again.",
    "plan_lapsed": "Ask for it again, and approve the new plan.",
    "plan_rejected": "Ask for it again, and approve the new plan.",
    "wrong_digest": f"Send the `digest` of the plan that is pending. {_RUN}",
}


def known_remedies() -> Mapping[str, str]:
    """What to do about a refusal, by its reason; of others each answer says it."""
    return _REMEDIES


#: What is wrong with answers stands under what was sent as those.
_ABOUT_ANSWERS = frozenset({"unknown_answer", "missing_answer", "bad_answer"})


def in_words_of_the_api(refused: Refused, operation: Operation) -> Refused:
    """The refusal as whoever calls that operation has use for it."""
    if operation.takes_words:
        return refused
    refused.remedy = _REMEDIES.get(refused.reason, refused.remedy)
    if refused.reason in _ABOUT_ANSWERS:
        refused.errors = [
            {**each, "at": f"body.answers.{each['at']}".rstrip(".")} for each in refused.errors
        ]
    return refused

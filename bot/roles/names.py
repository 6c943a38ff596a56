"""What the roles are called, and how people read of what they do."""

from __future__ import annotations

from collections.abc import Mapping

FREE = "free"
REQUIREMENTS = "requirements"
REVIEW = "review"
CHANGE_REVIEW = "change_review"
#: Of a finding that must not stay.
BLOCKING = "blocking"

#: In the order in which a workflow mostly uses them.
SUMMARIES: Mapping[str, str] = {
    REQUIREMENTS: "Find out what is wanted",
    "architecture": "Design it",
    "code": "Write the code",
    "test": "Write the tests",
    "documentation": "Write the documentation",
    REVIEW: "Review it",
    "repair": "Mend it",
    "revision": "Amend it",
    CHANGE_REVIEW: "Review the change",
    FREE: "Ask a model",
}

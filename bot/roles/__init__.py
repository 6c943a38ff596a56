"""What each agent is asked: a module a role, listed here.

A role is a value: words for people, a prompt template in ``templates/prompts``, the type of its
answer, and what an answer has to hold to. Nothing here asks a model, reads a store or knows a
run; the steps that do bring what a role is to see (`Setting`), and put its acceptance between a
model and everything else.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.roles.architecture import ARCHITECTURE
from bot.roles.code_file import CODE
from bot.roles.documentation import DOCUMENTATION
from bot.roles.free import FREE
from bot.roles.repair import REPAIR
from bot.roles.requirements import REQUIREMENTS
from bot.roles.review import REVIEW
from bot.roles.role import Accepted, Role, SeenFile, Setting
from bot.roles.test_file import TEST

__all__ = ["ROLES", "Accepted", "Role", "SeenFile", "Setting", "roles"]

#: In the order in which a workflow mostly uses them.
ROLES: tuple[Role, ...] = (
    REQUIREMENTS,
    ARCHITECTURE,
    CODE,
    TEST,
    DOCUMENTATION,
    REVIEW,
    REPAIR,
    FREE,
)


def roles() -> Mapping[str, Role]:
    """The roles by name."""
    return {role.name: role for role in ROLES}

"""All roles: a module each, listed here."""

from __future__ import annotations

from collections.abc import Mapping

from bot.roles.architecture import ARCHITECTURE
from bot.roles.change_review import CHANGE_REVIEW
from bot.roles.code_file import CODE
from bot.roles.documentation import DOCUMENTATION
from bot.roles.free import FREE
from bot.roles.repair import REPAIR
from bot.roles.requirements import REQUIREMENTS
from bot.roles.review import REVIEW
from bot.roles.revision import REVISION
from bot.roles.role import Role
from bot.roles.test_file import TEST

#: In the order in which a workflow mostly uses them.
ROLES: tuple[Role, ...] = (
    REQUIREMENTS,
    ARCHITECTURE,
    CODE,
    TEST,
    DOCUMENTATION,
    REVIEW,
    REPAIR,
    REVISION,
    CHANGE_REVIEW,
    FREE,
)


def roles() -> Mapping[str, Role]:
    """The roles by name."""
    return {role.name: role for role in ROLES}

"""What the onboarding change adds: the policy file, and a form for each pack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.core.git_values import FileToWrite
from bot.core.identity import Repository
from bot.core.policy import Policy, policy_to_data
from bot.errors import UserError
from bot.forms import FORGES, form_file
from bot.generation.suggested import pack_defaults
from bot.policies import in_force
from bot.policy_files import policy_path
from bot.resources import templates_dir
from bot.services import Services


def contents(services: Services, home: Repository) -> Sequence[FileToWrite]:
    """All files that belong there, the policy first.

    Raises:
        Transient: Where a policy file could not be read.
    """
    policy = in_force(services, home).policy
    written = policy_text(policy, name=services.settings.name)
    return [
        FileToWrite(path=policy_path(home.forge), content=written.encode()),
        *_forms(services, home.forge, policy),
    ]


def policy_text(policy: Policy, *, name: str) -> str:
    """A policy file that sets nothing, and shows in comments what is in force.

    Args:
        name: What commands are addressed to.
    """
    template = _environment().get_template("policy.yml.j2")
    return template.render(data=_shown(policy), name=name)


def _forms(services: Services, forge: str, policy: Policy) -> Sequence[FileToWrite]:
    """A form for each pack that may be used there, but for those that ask for a secret."""
    library, kind = services.generator.library, forge if forge in FORGES else FORGES[0]
    found = []
    for name in library.names():
        if not policy.allows_pack(name):
            continue
        try:
            form = form_file(library.get(name), kind, suggested=pack_defaults(kind))
        except UserError:
            continue
        found.append(FileToWrite(path=form.path, content=form.text.encode()))
    return found


def _shown(policy: Policy) -> Mapping[str, object]:
    """What of a policy can stand in a file: nothing that is without a limit."""
    data = policy_to_data(policy)
    (approve, models) = (_table(data, "permissions", "approve"), _table(data, "models"))
    return {
        **data,
        "permissions": {
            "generate": policy.generate.name.lower(),
            "approve": {key: approve[key] for key in ("role", "teams", "own")},
        },
        "models": {key: value for key, value in models.items() if value is not None},
        "packs": {"allow": _table(data, "packs")["allow"]},
    }


def _table(data: Mapping[str, object], *keys: str) -> Mapping[str, object]:
    found: object = data
    for key in keys:
        found = found[key] if isinstance(found, Mapping) else {}
    return found if isinstance(found, Mapping) else {}


@cache
def _environment() -> Environment:
    environment = Environment(  # noqa: S701 - YAML; each value is written by YAML's own writer
        loader=FileSystemLoader(templates_dir() / "onboarding"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["flow"] = _flow
    return environment


def _flow(value: object) -> str:
    """A value as YAML on one line."""
    text = yaml.safe_dump(
        value, default_flow_style=True, width=10**6, sort_keys=False, allow_unicode=True
    )
    return text.removesuffix("\n").removesuffix("\n...")

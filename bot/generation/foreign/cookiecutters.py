"""The child's side of Cookiecutter's templates: Cookiecutter itself renders.

It asks on a terminal, so what it would ask is worked out here in its order and by its own
functions. Hooks and extensions are off unless the operator trusts the template; it is then refused
rather than rendered without them. Its templates run in Jinja2's sandbox, which is not so of itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cookiecutter.generate as generating
from cookiecutter.exceptions import CookiecutterException
from cookiecutter.find import find_template
from cookiecutter.generate import generate_context, generate_files
from cookiecutter.prompt import render_variable

from bot.core.limits import ProjectLimits
from bot.errors import UserError
from bot.generation.answers import VEIL
from bot.generation.foreign.collecting import collected
from bot.generation.foreign.cookiecutter_values import (
    answered_with,
    choices_of,
    has_marks,
    is_private,
    is_secret,
    shown_default,
    type_of,
)
from bot.generation.foreign.cookiecutter_walls import environment_for, guarded, refuse_stray
from bot.generation.foreign.faults import Problems, problem, told, wants_code
from bot.generation.foreign.naming import naming_question
from bot.generation.foreign.orders import Made, Order, Resolved

_MANIFEST = "cookiecutter.json"
_HOOKS = ("pre_prompt", "pre_gen_project", "post_gen_project")


class CookiecutterTemplate:
    """A folder with a ``cookiecutter.json``."""

    def __init__(self, folder: Path, order: Order) -> None:
        self._order = order
        self._folder = folder
        try:
            self._context = generate_context(str(folder / _MANIFEST))
            self._asked: dict[str, Any] = self._context["cookiecutter"]
            self._told = self._asked.pop("__prompts__", {})
            self._refuse_unfit()
            self._environment = environment_for(self._context, trusted=order.trusted)
            find_template(folder, self._environment)
        except UserError:
            raise
        except Exception as exc:
            said = " ".join(str(exc).split()).rstrip(".") or type(exc).__name__
            where = f"{order.name}/{_MANIFEST}"
            raise UserError(f"{where}: {_cause(exc) or said}.", reason="bad_pack") from exc

    def describe(self, *, thoroughly: bool) -> dict[str, object]:
        """Its questions: the variables that are not private."""
        names = self._questions()
        if thoroughly:
            self._parse_all()
        return {
            "summary": "A Cookiecutter template",
            "tags": ["cookiecutter"],
            "questions": [self._question(name, self._asked[name]) for name in names],
            "naming": naming_question(names),
        }

    def resolve(self) -> Resolved:
        """What Cookiecutter makes of the answers."""
        return self._resolved(self._answers())

    def make(self) -> Made:
        """What Cookiecutter makes of the template."""
        answers = self._answers()
        resolved = self._resolved(answers)
        if self._order.veiled:
            answers |= {name: VEIL for name in self._questions() if self._is_secret(name)}
        output = Path.cwd() / "made"
        output.mkdir()
        project = self._generated(answers, output)
        limits = ProjectLimits(**self._order.limits)
        refuse_stray(output, project)
        return Made(resolved=resolved, files=collected(project, limits))

    def _generated(self, answers: dict[str, Any], output: Path) -> Path:
        order = self._order
        context: dict[str, Any] = {
            # What was asked, as it stands in the file.
            "_cookiecutter": {name: self._asked[name] for name in self._questions()},
            "cookiecutter": {
                **answers,
                "_template": order.address or str(self._folder),
                "_output_dir": str(output),
                "_repo_dir": str(self._folder),
                "_checkout": order.ref or None,
            },
        }
        try:
            with guarded(output, trusted=order.trusted):
                made = generate_files(
                    str(self._folder), context, str(output), accept_hooks=order.trusted
                )
        except Exception as exc:
            raise told(_jinja_error(exc), f"{order.name}/{_where(exc)}") from exc
        return Path(made)

    def _refuse_unfit(self) -> None:
        for name in ("template", "templates"):
            if isinstance(self._asked.get(name), dict | list):
                raise UserError(
                    f"{self._order.name} holds several templates.",
                    reason="bad_pack",
                    remedy="Name the folder of one of them behind //.",
                )
        if self._order.trusted:
            return
        if self._asked.get("_extensions"):
            raise wants_code(self._order, "Jinja extensions")
        hooks = self._folder / "hooks"
        if hooks.is_dir() and any(each.stem in _HOOKS for each in hooks.iterdir()):
            raise wants_code(self._order, "hooks")

    def _questions(self) -> tuple[str, ...]:
        return tuple(name for name in self._asked if not name.startswith("_"))

    def _answers(self) -> dict[str, Any]:
        """As Cookiecutter asks: single values first, then those that are tables."""
        names = self._questions()
        problems = [
            problem(name, "is no question of this template", "unknown_answer")
            for name in self._order.given
            if name not in names
        ]
        values: dict[str, Any] = {}
        for name in self._in_order():
            try:
                values[name] = self._value(name, self._asked[name], values)
            except ValueError as exc:
                problems.append(problem(name, str(exc)))
                values[name] = ""
            except Exception as exc:
                # A template that fails on answers that are wrong anyway says nothing new.
                if not problems:
                    raise told(exc, f"{self._order.name}/{_MANIFEST}, {name}") from exc
        if problems:
            raise Problems(problems)
        return values

    def _in_order(self) -> list[str]:
        tables = [name for name, raw in self._asked.items() if isinstance(raw, dict)]
        first = [name for name in self._asked if name not in tables or name.startswith("_")]
        return [*first, *(name for name in tables if not is_private(name))]

    def _value(self, name: str, raw: Any, values: dict[str, Any]) -> Any:
        if is_private(name):
            return raw
        rendered = render_variable(self._environment, raw, values)
        if name not in self._order.given or name.startswith("__"):
            if isinstance(raw, list) and not name.startswith("__"):
                if not rendered:
                    raise ValueError("has no choices")
                return rendered[0]
            return rendered
        return answered_with(self._order.given[name], rendered)

    def _resolved(self, answers: Mapping[str, Any]) -> Resolved:
        values = {name: answers[name] for name in self._questions()}
        carried = {
            name: value
            for name, value in values.items()
            if not self._is_secret(name) or name in self._order.given
        }
        kept = tuple(name for name in values if not self._is_secret(name))
        return Resolved(values=json.loads(json.dumps(carried)), kept=kept)

    def _question(self, name: str, raw: Any) -> dict[str, object]:
        choices = choices_of(raw)
        is_template = isinstance(raw, str) and has_marks(raw)
        prompt = self._told.get(name, "") if isinstance(self._told, dict) else ""
        if isinstance(prompt, dict):
            prompt = prompt.get("__prompt__", "")
        return {
            "name": name,
            "type": type_of(raw, choices),
            "help": prompt if isinstance(prompt, str) and not has_marks(prompt) else "",
            "default": None if is_template or self._is_secret(name) else shown_default(raw),
            "template": raw if is_template and not self._is_secret(name) else None,
            "has_default": True,
            "choices": choices,
            "required": False,
            "secret": self._is_secret(name),
        }

    def _is_secret(self, name: str) -> bool:
        return is_secret(name, self._asked[name])

    def _parse_all(self) -> None:
        root = Path(find_template(self._folder, self._environment))
        for path in sorted(root.rglob("*")):
            shown = path.relative_to(self._folder).as_posix()
            try:
                self._environment.from_string(path.name)
                if path.is_file() and not generating.is_binary(str(path)):
                    self._environment.parse(path.read_text("utf-8"), name=shown)
            except UnicodeDecodeError:
                continue
            except Exception as exc:
                raise told(exc, f"{self._order.name}/{shown}") from exc


def _jinja_error(exc: Exception) -> Exception:
    """What happened in the template, where Cookiecutter has put something round it."""
    inner = getattr(exc, "error", None)
    return inner if isinstance(exc, CookiecutterException) and isinstance(inner, Exception) else exc


def _where(exc: Exception) -> str:
    cause: BaseException | None = exc
    while cause is not None:
        if "at" in cause.__dict__:
            return str(cause.__dict__["at"])
        cause = cause.__cause__
    return _MANIFEST


def _cause(exc: Exception) -> str:
    """What the reader of the file said, without where it lies on this machine."""
    cause = exc.__cause__
    return " ".join(str(cause).split()).rstrip(".") if isinstance(cause, ValueError) else ""

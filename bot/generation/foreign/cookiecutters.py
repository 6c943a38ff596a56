"""The child's side of Cookiecutter's templates: Cookiecutter itself renders.

It asks on a terminal, so what it would ask is worked out here in its order and by its own
functions. Hooks and extensions are off unless the operator trusts the template; it is then refused
rather than rendered without them. Its templates run in Jinja2's sandbox, which is not so of itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cookiecutter.generate as generating
from cookiecutter.environment import StrictEnvironment
from cookiecutter.exceptions import CookiecutterException
from cookiecutter.find import find_template
from cookiecutter.generate import apply_overwrites_to_context, generate_context, generate_files
from cookiecutter.prompt import YesNoPrompt, render_variable
from jinja2.sandbox import SandboxedEnvironment

from bot.core.limits import ProjectLimits
from bot.core.paths import bad_path
from bot.errors import UserError
from bot.generation.answers import VEIL
from bot.generation.foreign.collecting import collected
from bot.generation.foreign.faults import Problems, problem, told, wants_code
from bot.generation.foreign.naming import naming_question
from bot.generation.foreign.orders import Made, Order, Resolved

_MANIFEST = "cookiecutter.json"
_SECRET = ("password", "passwd", "secret", "token", "api_key", "secret_key", "private_key")
_MARKS = ("{{", "{%", "{#")
_HOOKS = ("pre_prompt", "pre_gen_project", "post_gen_project")


class _Environment(StrictEnvironment, SandboxedEnvironment):  # type: ignore[misc]
    """Cookiecutter's own, in the sandbox that Jinja2 has."""


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
            self._environment = _environment(self._context, trusted=order.trusted)
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
        _refuse_stray(output, project)
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
            with _guarded(output, trusted=order.trusted):
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
        return [*first, *(name for name in tables if not _is_private(name))]

    def _value(self, name: str, raw: Any, values: dict[str, Any]) -> Any:
        if _is_private(name):
            return raw
        rendered = render_variable(self._environment, raw, values)
        if name not in self._order.given or name.startswith("__"):
            if isinstance(raw, list) and not name.startswith("__"):
                if not rendered:
                    raise ValueError("has no choices")
                return rendered[0]
            return rendered
        return _given(self._order.given[name], rendered)

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
        choices = _choices(raw)
        is_template = isinstance(raw, str) and _has_marks(raw)
        prompt = self._told.get(name, "") if isinstance(self._told, dict) else ""
        if isinstance(prompt, dict):
            prompt = prompt.get("__prompt__", "")
        return {
            "name": name,
            "type": _type(raw, choices),
            "help": prompt if isinstance(prompt, str) and not _has_marks(prompt) else "",
            "default": None if is_template or self._is_secret(name) else _shown(raw),
            "template": raw if is_template and not self._is_secret(name) else None,
            "has_default": True,
            "choices": choices,
            "required": False,
            "secret": self._is_secret(name),
        }

    def _is_secret(self, name: str) -> bool:
        return _is_secret(name, self._asked[name])

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


def _environment(context: Mapping[str, Any], *, trusted: bool) -> Any:
    given = context.get("cookiecutter", {}).get("_jinja2_env_vars", {})
    kind = StrictEnvironment if trusted else _Environment
    return kind(context=context, keep_trailing_newline=True, **given)


@contextmanager
def _guarded(output: Path, *, trusted: bool) -> Iterator[None]:
    """Have Cookiecutter render in our environment, and write below one folder only."""
    make_folder, make_file = generating.render_and_create_dir, generating.generate_file
    make_environment = generating.create_env_with_context
    generating.create_env_with_context = lambda context: _environment(context, trusted=trusted)

    def folder(dirname: Any, context: Any, base: Any, environment: Any, *rest: Any) -> Any:
        rendered = environment.from_string(str(dirname)).render(**context)
        _refuse_outside(output, Path(base) / rendered)
        return make_folder(dirname, context, base, environment, *rest)

    def file(project: Any, infile: str, context: Any, environment: Any, *rest: Any) -> Any:
        rendered = environment.from_string(infile).render(**context)
        # A file whose name comes out empty is left out.
        if rendered and os.path.normpath(rendered) != ".":
            _refuse_outside(Path(project), Path(project) / rendered)
        try:
            return make_file(project, infile, context, environment, *rest)
        except Exception as exc:
            exc.__dict__.setdefault("at", infile)
            raise

    generating.render_and_create_dir = folder
    generating.generate_file = file
    try:
        yield
    finally:
        generating.render_and_create_dir = make_folder
        generating.generate_file = make_file
        generating.create_env_with_context = make_environment


def _refuse_outside(folder: Path, path: Path) -> None:
    there = os.path.normpath(path)
    if not there.startswith(f"{os.path.normpath(folder)}{os.sep}"):
        raise bad_path(os.path.relpath(there, folder), "leads out of the project")


def _refuse_stray(output: Path, project: Path) -> None:
    """What lies beside the project would be lost without a word."""
    for root, folders, files in os.walk(output):
        here = Path(root)
        if here == project:
            folders.clear()
            continue
        for name in files:
            raise bad_path((here / name).relative_to(output).as_posix(), "leads out of the project")


def _given(given: object, rendered: Any) -> Any:
    """An answer, of the type that the variable has."""
    if isinstance(rendered, list):
        for choice in rendered:
            if given == choice or str(given) == str(choice):
                return choice
        raise ValueError(f"has to be one of {', '.join(map(str, rendered))}")
    if isinstance(rendered, bool):
        return given if isinstance(given, bool) else _yes_or_no(str(given))
    if isinstance(rendered, dict):
        return _table(given, rendered)
    if isinstance(given, list | dict):
        raise ValueError("has to be text")
    return str(given)


def _yes_or_no(given: str) -> bool:
    try:
        return bool(YesNoPrompt().process_response(given))
    except Exception:
        raise ValueError("has to be true or false") from None


def _table(given: object, rendered: dict[str, Any]) -> object:
    """The table with what was given put into it, as Cookiecutter does."""
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            raise ValueError("has to be a table, written as JSON") from None
    if not isinstance(given, dict):
        raise ValueError("has to be a table, written as JSON")
    apply_overwrites_to_context(rendered, given, in_dictionary_variable=True)
    return rendered


def _type(raw: Any, choices: list[str]) -> str:
    if choices:
        return "choice"
    if isinstance(raw, bool):
        return "boolean"
    return "text" if isinstance(raw, dict) else "string"


def _choices(raw: Any) -> list[str]:
    values = [str(each) for each in raw] if isinstance(raw, list) else []
    return values if all(value and not _has_marks(value) for value in values) else []


def _shown(raw: Any) -> object:
    if isinstance(raw, list):
        return str(raw[0]) if raw and _choices(raw) else None
    return json.dumps(raw) if isinstance(raw, dict) else raw if raw is None else _scalar(raw)


def _scalar(raw: Any) -> object:
    return raw if isinstance(raw, bool) else str(raw)


def _is_private(name: str) -> bool:
    """Whether it is kept as it stands; with two underscores it is rendered."""
    return name.startswith("_") and not name.startswith("__")


def _is_secret(name: str, raw: object) -> bool:
    """Cookiecutter has no secrets of its own; whoever writes templates calls them so."""
    return isinstance(raw, str) and name.lower().endswith(_SECRET)


def _has_marks(text: str) -> bool:
    return any(mark in text for mark in _MARKS)


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

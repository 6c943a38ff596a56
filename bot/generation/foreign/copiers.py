"""The child's side of Copier's templates: Copier itself asks and renders.

Tasks, migrations and extensions are off unless the operator trusts the template; it is then
refused rather than rendered without them. Migrations concern updates only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from copier._main import Worker
from copier._settings import SettingsModel
from copier._tools import cast_to_bool
from copier._types import MISSING
from copier._user_data import AnswersMap, Question
from copier.errors import UnsafeTemplateError

from bot.core.limits import ProjectLimits
from bot.errors import UserError
from bot.generation.answers import VEIL, masked_in
from bot.generation.foreign.collecting import collected
from bot.generation.foreign.faults import Problems, problem, told, wants_code
from bot.generation.foreign.naming import naming_question
from bot.generation.foreign.orders import Made, Order, Resolved

#: Filters that look at the machine instead of at what they are given.
_LOOKING = ("expandvars", "expanduser", "fileglob", "realpath")
_MARKS = ("{{", "{%", "{#", "[[", "[%")
_TYPES = {"bool": "boolean", "int": "integer", "str": "string", "path": "string"}


class _Worker(Worker):
    """Copier's own, which renders with answers that were worked out before."""

    def _ask(self) -> None:
        self.answers = self.__dict__["_prepared"]

    def _render_path(self, relpath: Path) -> Any:
        self.__dict__["_at"] = relpath.as_posix()
        return super()._render_path(relpath)


class CopierTemplate:
    """A folder with a ``copier.yml``."""

    def __init__(self, folder: Path, order: Order) -> None:
        self._order = order
        self._folder = folder
        target = Path.cwd() / "made" / _folder_name(order)
        self._worker = _Worker(
            src_path=str(folder) if not order.address else order.address,
            dst_path=target,
            settings=SettingsModel(),
            defaults=True,
            overwrite=True,
            quiet=True,
            unsafe=order.trusted,
            skip_tasks=False,
        )
        try:
            self._read()
        except UnsafeTemplateError as exc:
            raise wants_code(order, self._code()) from exc
        except Exception as exc:
            raise self._bad(exc) from exc

    def _read(self) -> None:
        template = self._worker.template
        known = template.__dict__
        known["local_abspath"] = self._folder
        known["commit"] = self._order.ref or self._order.commit or None
        known["commit_hash"] = self._order.commit or None
        known["git_index_modes"] = {}
        self._worker._check_unsafe("copy")
        self._questions: Mapping[str, Mapping[str, Any]] = template.questions_data
        self._secret = template.secret_questions
        if not self._order.trusted:
            for name in _LOOKING:
                self._worker.jinja_env.filters.pop(name, None)

    def _code(self) -> str:
        """What of it would be run as code."""
        template = self._worker.template
        return "Jinja extensions" if template.jinja_extensions else "tasks"

    def describe(self, *, thoroughly: bool) -> dict[str, object]:
        """Its questions, without those that are never asked."""
        asked = {name: each for name, each in self._questions.items() if _is_asked(each)}
        if thoroughly:
            self._parse_all()
        return {
            "summary": "A Copier template",
            "tags": ["copier"],
            "questions": [self._question(name, each) for name, each in asked.items()],
            "naming": naming_question(tuple(asked)),
            "skip_on_update": [],
        }

    def resolve(self) -> Resolved:
        """What Copier makes of the answers."""
        return self._resolved(self._answers())

    def make(self) -> Made:
        """What Copier makes of the template."""
        answers = self._answers()
        resolved = self._resolved(answers)
        if self._order.veiled:
            self._veil(answers)
        self._worker.__dict__["_prepared"] = answers
        try:
            self._worker.run_copy()
        except Exception as exc:
            at = self._worker.__dict__.get("_at", "copier.yml")
            raise told(exc, f"{self._order.name}/{at}") from exc
        limits = ProjectLimits(**self._order.limits)
        return Made(resolved=resolved, files=collected(self._worker.dst_path, limits))

    def _answers(self) -> AnswersMap:
        """As Copier asks: one question after the other, each knowing the answers before it."""
        given = dict(self._order.given)
        worker, problems = self._worker, []
        worker.answers = AnswersMap(
            metadata=worker.template.metadata, external=worker._external_data()
        )
        for name, details in self._questions.items():
            try:
                self._ask(name, details, given)
            except UserError as exc:
                problems.append(problem(name, exc.message, exc.reason))
            except Exception as exc:
                problems.append(problem(name, _said(exc, name, name in self._secret)))
            given.pop(name, None)
        problems += [
            problem(name, "is no question of this template", "unknown_answer") for name in given
        ]
        if problems:
            raise Problems(problems)
        worker.answers.external = worker._external_data()
        return worker.answers

    def _ask(self, name: str, details: Mapping[str, Any], given: Mapping[str, object]) -> None:
        worker = self._worker
        question = Question(
            answers=worker.answers,
            context=worker._render_context(),
            jinja_env=worker.jinja_env,
            settings=worker.settings,
            var_name=name,
            **details,
        )
        is_asked = question.get_when()
        if not is_asked:
            worker.answers.hide(name)
            if name in given:
                raise UserError(
                    "is not asked for with these other answers; leave it out", reason="bad_answer"
                )
        if name in given:
            answer = question.parse_answer(_typed(question, given[name]))
            question.validate_answer(answer)
        else:
            answer = question.get_default()
        if answer is not MISSING:
            worker.answers.user[name] = answer
        elif is_asked:
            raise UserError(f"is missing{_told_of(details)}", reason="missing_answer")

    def _resolved(self, answers: AnswersMap) -> Resolved:
        asked = [name for name in self._questions if name not in answers.hidden]
        values = {name: _plain(answers.user[name]) for name in asked if name in answers.user}
        return Resolved(
            values={name: value for name, value in values.items() if self._is_carried(name)},
            kept=tuple(name for name in values if name not in self._secret),
        )

    def _is_carried(self, name: str) -> bool:
        """Not a secret that nobody gave: its default stays where it is."""
        return name not in self._secret or name in self._order.given

    def _veil(self, answers: AnswersMap) -> None:
        secrets = [str(answers.user[name]) for name in self._secret if answers.user.get(name)]
        for name, value in answers.user.items():
            is_secret = name in self._secret and isinstance(value, str) and value
            answers.user[name] = VEIL if is_secret else masked_in(value, secrets, VEIL)

    def _question(self, name: str, details: Mapping[str, Any]) -> dict[str, object]:
        choices = _choices(details.get("choices"))
        default = details.get("default", MISSING)
        is_template = isinstance(default, str) and _has_marks(default)
        secret = name in self._secret
        when = details.get("when", True)
        return {
            "name": name,
            "type": _type(details, choices),
            "help": _unmarked(details.get("help")),
            "default": None if secret or is_template else _shown(default),
            "template": default if is_template and not secret else None,
            "has_default": default is not MISSING,
            "choices": choices,
            "required": default is MISSING,
            "secret": secret,
            "when": when if isinstance(when, str) else None,
        }

    def _parse_all(self) -> None:
        """Each template, of files and of names."""
        suffix = self._worker.template.templates_suffix
        for path in sorted(self._worker.template_copy_root.rglob("*")):
            shown = path.relative_to(self._folder).as_posix()
            try:
                self._worker.jinja_env.from_string(path.name)
                if path.is_file() and path.name.endswith(suffix):
                    self._worker.jinja_env.get_template(shown)
            except UnicodeDecodeError:
                continue
            except Exception as exc:
                raise told(exc, f"{self._order.name}/{shown}") from exc

    def _bad(self, exc: Exception) -> UserError:
        cause = exc.__cause__ or exc
        where, said = f"{self._order.name}/copier.yml", str(cause)
        if isinstance(cause, yaml.MarkedYAMLError) and cause.problem_mark is not None:
            where, said = f"{where}, line {cause.problem_mark.line + 1}", str(cause.problem)
        said = " ".join(said.replace(str(self._folder), self._order.name).split())
        return UserError(f"{where}: {said[:600].rstrip('.')}.", reason="bad_pack")


def _folder_name(order: Order) -> str:
    """What the destination is called, which templates can ask for."""
    given = [order.given.get(name) for name in ("name", naming_question(tuple(order.given)))]
    name = next((each for each in given if isinstance(each, str) and each), order.name)
    return name if name.replace("-", "").replace("_", "").isalnum() else order.name


def _is_asked(details: Mapping[str, Any]) -> bool:
    """Whether it is a question at all: those that are never asked are computed values."""
    when = details.get("when", True)
    return not isinstance(when, bool | str) or _has_marks(str(when)) or cast_to_bool(when)


def _type(details: Mapping[str, Any], choices: list[str]) -> str:
    if choices:
        return "choices" if details.get("multiselect") else "choice"
    if details.get("multiselect"):
        return "list"
    kind, default = details.get("type", ""), details.get("default")
    if kind == "":
        kind = type(default).__name__
    if details.get("multiline") is True and kind in ("str", "yaml", "json"):
        return "text"
    return _TYPES.get(kind, "string" if kind == "float" else "text")


def _choices(choices: object) -> list[str]:
    """The values, where they can be told beforehand; none where a template decides."""
    pairs = list(choices.items()) if isinstance(choices, dict) else choices
    if not isinstance(pairs, list):
        return []
    values = list(_values(pairs))
    return values if all(value and not _has_marks(value) for value in values) else []


def _values(pairs: list[Any]) -> Iterator[str]:
    for pair in pairs:
        value = pair[1] if isinstance(pair, list | tuple) and len(pair) == 2 else pair
        if isinstance(value, dict):
            value = value.get("value")
        yield "" if value is None else str(value)


def _typed(question: Question, given: object) -> object:
    """An answer as Copier takes it: lists and labels as people write them in a line."""
    choices = question._formatted_choices
    if question.multiselect and isinstance(given, str) and not given.lstrip().startswith("["):
        given = [part.strip() for part in given.split(",") if part.strip()]
    if isinstance(given, list):
        return [_chosen(choices, each) for each in given]
    return _chosen(choices, given)


def _chosen(choices: Any, given: object) -> object:
    for choice in choices:
        if given == choice.value or given in (str(choice.value), str(choice.title)):
            return choice.value
    return given


def _said(exc: Exception, name: str, is_secret: bool) -> str:
    if is_secret:
        return "does not fit"
    said = " ".join(str(exc).split())
    for opening in (f"Validation error for question '{name}': ", f"Invalid choice for '{name}': "):
        said = said.removeprefix(opening)
    return f"does not fit: {said or type(exc).__name__}"


def _told_of(details: Mapping[str, Any]) -> str:
    choices, help_text = _choices(details.get("choices")), _unmarked(details.get("help"))
    if choices:
        return f": one of {', '.join(choices)}"
    return f": {help_text}" if help_text else ""


def _plain(value: object) -> object:
    """Only what JSON knows; a date as it is written."""
    return json.loads(json.dumps(value, default=str))


def _shown(default: object) -> object:
    if default is MISSING or default is None or isinstance(default, bool | int | str):
        return None if default is MISSING else default
    if isinstance(default, list) and all(isinstance(each, str) for each in default):
        return default
    return json.dumps(_plain(default))


def _unmarked(text: object) -> str:
    return text if isinstance(text, str) and not _has_marks(text) else ""


def _has_marks(text: str) -> bool:
    return any(mark in text for mark in _MARKS)

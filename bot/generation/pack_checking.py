"""Everything that can be said of a pack before anybody uses it.

First what its templates say, read and not run; then what comes of them, by making projects of
sample answers: one of all defaults, and one for each choice that somebody could make.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.core.limits import CEILINGS
from bot.core.located import Problem
from bot.errors import BotError
from bot.generation.answers import AnswersRefused, resolve_answers
from bot.generation.coercion import coerce
from bot.generation.files import FileSet
from bot.generation.generator import ProjectGenerator
from bot.generation.pack_format import Expression, Pack, Question, QuestionType
from bot.generation.pack_reading import FILES, MANIFEST, matches
from bot.generation.packs import PackLibrary
from bot.generation.parsing import check_files
from bot.generation.template_errors import TemplateFailed
from bot.generation.template_reading import template_problems

#: What a name may be called, tried in turn until one fits a pattern.
_SAMPLES = (
    *("sample", "my-sample", "my_sample", "Sample", "mySample", "sample.example", "example.org"),
    *("sample/sample", "@sample/sample", "sample@example.org", "https://example.org"),
    *("1.0.0", "1.0", "1", "8000", "a", "A", "sample-123", "2026-01-31", "us-east-1", "/sample"),
)
_MOST_TRIALS = 60
_EXPECTED = {"README": ("readme",), "LICENSE": ("license", "licence", "copying")}
#: What is part of every system that checks run on.
_EVERYWHERE = frozenset(["sh", "bash", "true", "test", "make", "git", "grep", "cat", "python3"])


def check_pack(pack: Pack) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """What is wrong with a pack that could be read, and what is only worth a look."""
    wrong, doubtful = template_problems(pack)
    tried = _Trials(pack)
    if not wrong:
        wrong += tried.problems()
    if not wrong:
        doubtful += tuple(_missing(pack, tried))
        doubtful += tuple(_idle_patterns(pack, tried))
    doubtful += (*_idle_checks(pack), *_odd_defaults(pack), *_idle_limits(pack))
    return _sorted(wrong), _sorted(doubtful)


class _Trials:
    """Projects made of sample answers."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._generator = ProjectGenerator(PackLibrary(Path(pack.folder).parent))
        self.paths: set[str] = set()

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with any of them, each thing once."""
        # The same fault comes of most answers; it is told of the first that it came of.
        found: dict[tuple[str, int | None, str], Problem] = {}
        for answers in self._answers():
            for problem in self._trial(answers):
                found.setdefault((problem.source, problem.line, problem.message), problem)
            if len(found) > _MOST_TRIALS:
                break
        return tuple(found.values())

    def _answers(self) -> Iterator[Mapping[str, object]]:
        yield {}
        for question in self._pack.questions:
            for option in _options(question)[:_MOST_TRIALS]:
                yield {question.name: option}

    def _trial(self, answers: Mapping[str, object]) -> Iterator[Problem]:
        if not answers:
            yield from self._bad_defaults()
        try:
            given = self._given(answers)
            files = self._generator.generate(self._pack, given, limits=CEILINGS).files
        except AnswersRefused as error:
            # Not every choice goes with all others; but the defaults have to.
            if not answers:
                for problem in error.problems:
                    yield self._unanswered(problem.question, problem.message)
            return
        except TemplateFailed as error:
            place = self._told(answers)
            yield Problem(
                line=error.line, column=None, place=place, message=error.said, source=error.source
            )
            return
        except BotError as error:
            yield self._problem(error.message, answers)
            return
        self.paths |= {file.path for file in files}
        yield from self._findings(files, answers)

    def _bad_defaults(self) -> Iterator[Problem]:
        """Defaults that stand there word for word, and that the pack itself refuses."""
        try:
            resolve_answers(self._pack, self._given({}, keep_defaults=True))
        except AnswersRefused as error:
            for problem in error.problems:
                if self._has_plain_default(problem.question):
                    yield self._of_question(
                        problem.question, f"default: is refused: {problem.message}"
                    )
        except BotError:
            # Told by the trial itself.
            return

    def _has_plain_default(self, name: str) -> bool:
        question = self._pack.question(name)
        default = question.default if question else None
        return default is not None and not isinstance(default, Expression)

    def _given(
        self, answers: Mapping[str, object], *, keep_defaults: bool = False
    ) -> Mapping[str, object]:
        """Enough answers: what has no default is sampled until nothing is missing.

        Args:
            keep_defaults: Sample nothing that has a default, even one that does not fit.
        """
        given = dict(answers)
        samples = {question.name: iter(_samples(question)) for question in self._pack.questions}
        while True:
            try:
                resolve_answers(self._pack, given)
            except AnswersRefused as error:
                wrong = [problem.question for problem in error.problems]
                if keep_defaults and all(map(self._has_plain_default, wrong)):
                    return given
                for problem in error.problems:
                    if keep_defaults and self._has_plain_default(problem.question):
                        continue
                    sample = next(samples[problem.question], None)
                    if sample is None or problem.question in answers:
                        raise
                    given[problem.question] = sample
            else:
                return given

    def _findings(self, files: FileSet, answers: Mapping[str, object]) -> Iterator[Problem]:
        for finding in check_files(files):
            place = f"{finding.path}:{finding.line}" if finding.line else finding.path
            yield self._problem(f"makes {place}, which {finding.message}", answers)

    def _problem(self, message: str, answers: Mapping[str, object]) -> Problem:
        source = f"{self._pack.name}/{FILES}"
        place = self._told(answers)
        return Problem(line=None, column=None, place=place, message=message, source=source)

    def _told(self, answers: Mapping[str, object]) -> str:
        told = ", ".join(f"{name}={_shown(value)}" for name, value in answers.items())
        return f"with {told}" if told else "with sample answers"

    def _unanswered(self, name: str, message: str) -> Problem:
        return self._of_question(name, f"no sample answer fits, so nothing was tried: it {message}")

    def _of_question(self, name: str, message: str) -> Problem:
        question = self._pack.question(name)
        return Problem(
            line=question.line if question else None,
            column=question.column if question else None,
            place=f"question {name}",
            message=message,
            source=f"{self._pack.name}/{MANIFEST}",
        )


def _options(question: Question) -> list[object]:
    """What else than its default somebody could choose."""
    if question.type is QuestionType.CHOICE:
        empty: list[object] = [] if question.required else [""]
        return [*question.choices, *empty]
    if question.type is QuestionType.CHOICES:
        return [[], list(question.choices), *([choice] for choice in question.choices)]
    if question.type is QuestionType.BOOLEAN:
        return [True, False]
    if question.type is QuestionType.LIST:
        return [[], ["one", "two"]]
    return []


def _samples(question: Question) -> list[object]:
    if question.type in (QuestionType.CHOICE, QuestionType.CHOICES):
        return list(question.choices)
    if question.type is QuestionType.INTEGER:
        return [1, 8000, 0, 100]
    if question.type is QuestionType.LIST:
        return [[sample] for sample in _SAMPLES]
    return list(_SAMPLES)


def _missing(pack: Pack, tried: _Trials) -> Iterator[Problem]:
    names = {path.lower() for path in tried.paths if "/" not in path}
    for what, beginnings in _EXPECTED.items():
        if not any(name.startswith(beginnings) for name in names):
            words = f"makes no {what}, whatever is answered"
            yield _of_manifest(pack, words)


def _idle_patterns(pack: Pack, tried: _Trials) -> Iterator[Problem]:
    for pattern in pack.skip_on_update:
        if not any(matches(pattern, path) for path in tried.paths):
            yield _of_manifest(pack, f"skip_on_update: no file that was made is {pattern[:60]!r}")


def _idle_checks(pack: Pack) -> Iterator[Problem]:
    if pack.toolchain:
        return
    for check in pack.checks:
        if check.run and check.run[0] not in _EVERYWHERE:
            words = (
                f"the check {check.name!r} needs {check.run[0]}, and no toolchain has it: it will "
                "be told as not run"
            )
            yield _of_manifest(pack, words, check.line, check.column)


def _odd_defaults(pack: Pack) -> Iterator[Problem]:
    for question in pack.questions:
        words = _odd_default(question)
        if words:
            source = f"{pack.name}/{MANIFEST}"
            yield Problem(
                line=question.line,
                column=question.column,
                place=f"question {question.name}",
                message=words,
                source=source,
            )


def _odd_default(question: Question) -> str:
    default = question.default
    if isinstance(default, Expression) or not default:
        return ""
    if question.secret:
        return "the default of a secret stands in the pack, where everybody reads it"
    if question.type is QuestionType.BOOLEAN and isinstance(default, str):
        word = str(coerce(question, default)).lower()
        return f"the default {default!r} is a text, taken for {word}: write {word}"
    return ""


def _idle_limits(pack: Pack) -> Iterator[Problem]:
    for key, value in pack.limits.items():
        most = getattr(CEILINGS, key)
        if value > most:
            words = (
                f"limits: {key} is {value}; a server allows {most}, unless its operator says more"
            )
            yield _of_manifest(pack, words)


def _of_manifest(
    pack: Pack, message: str, line: int | None = None, column: int | None = None
) -> Problem:
    source = f"{pack.name}/{MANIFEST}"
    return Problem(line=line, column=column, place="", message=message, source=source)


def _sorted(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    def place(problem: Problem) -> tuple[str, int, int]:
        return problem.source, problem.line or 0, problem.column or 0

    return tuple(sorted(dict.fromkeys(problems), key=place))


def _shown(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value).lower()

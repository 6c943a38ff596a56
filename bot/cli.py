"""The console script ``firstcommit``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from bot import __version__
from bot.console.parser import Commands, Run
from bot.errors import BotError, ConfigurationError
from bot.settings import Settings, ignored_platform_keys

EXIT_FAILED = 1
EXIT_BAD_SETTINGS = 2
EXIT_ALREADY_SERVED = 3

#: What has a module of its own in `bot.console`: its name, and its line in the help.
NOUNS = {
    "generate": ("bot.console.generate", "Make a project from a template pack in a folder."),
    "packs": ("bot.console.packs", "List, show, check, render and begin packs, and make forms."),
    "workflows": ("bot.console.workflows", "List, show, check and draw workflows."),
    "runs": ("bot.console.runs", "List, show, follow, cancel, retry and replay runs."),
    "simulate": ("bot.console.simulate", "Say what would come of a comment; do nothing."),
    "replay": ("bot.console.replay", "Take a failed delivery in again."),
    "policy": ("bot.console.policy", "Say what policy allows."),
    "token": ("bot.console.tokens", "Make, list and revoke tokens for programs."),
    "toolchains": (
        *("bot.console.toolchains", "Build, list and prune the tools that checks need."),
    ),
    "secret": ("bot.console.secrets", "Store, list and remove secrets of organisations."),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give the process's exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser(given).parse_args(given)
    try:
        settings = Settings.from_environment(os.environ)
        # Loaded here, as what only prints its version or its help writes no log.
        from bot import logs

        logs.configure(settings.log_format)
        for key in ignored_platform_keys(os.environ):
            _complain(f"{key} is ignored: it looks like a container platform's.")
        command: Run = options.command
        return command(settings, options)
    except BotError as exc:
        return _failed(exc)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; there is nobody to tell. What Python would still
        # flush at its end goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED


def _failed(problem: BotError) -> int:
    _complain(problem.message)
    if problem.remedy:
        _complain(problem.remedy)
    code = getattr(problem, "code", None)
    if isinstance(code, int):
        return code
    if problem.reason == "already_served":
        return EXIT_ALREADY_SERVED
    return EXIT_BAD_SETTINGS if isinstance(problem, ConfigurationError) else EXIT_FAILED


def _complain(line: str) -> None:
    print(f"firstcommit: {line}", file=sys.stderr)


def _demo(settings: Settings, options: argparse.Namespace) -> int:
    from bot.demo import demo, to_terminal

    demo(settings, os.environ, to_terminal, agent=options.agent)
    return 0


def _serve(settings: Settings, options: argparse.Namespace) -> int:
    from bot.serving.serve import serve

    _need_steps()
    serve(settings, os.environ)
    return 0


def _web(settings: Settings, options: argparse.Namespace) -> int:
    import structlog

    from bot.serving.serve import address, refuse_taken_port
    from bot.serving.web import serve_web

    _need_steps()
    _need_schema(settings)
    refuse_taken_port(settings)
    structlog.get_logger(__name__).info("web_starts", address=address(settings))
    serve_web(settings)
    return 0


def _worker(settings: Settings, options: argparse.Namespace) -> int:
    from bot.build import build
    from bot.jobs.worker import work

    _need_steps()
    _need_schema(settings)
    work(build(settings), options.queues, count=options.count)
    return 0


def _migrate(settings: Settings, options: argparse.Namespace) -> int:
    from bot.build import build_store

    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = build_store(settings)
    print(f"{store.database.describe()}: at revision {store.database.migrate()}")
    return 0


def _doctor(settings: Settings, options: argparse.Namespace) -> int:
    from bot.build import build
    from bot.doctor import examine

    findings = examine(build(settings), os.environ)
    for finding in findings:
        print(f"{'ok     ' if finding.ok else 'missing'} {finding.name}: {finding.detail}")
        if not finding.ok and finding.remedy:
            print(f"        -> {finding.remedy}")
    missing = sum(not finding.ok for finding in findings)
    print("Everything is in place." if not missing else f"{missing} to mend.")
    return EXIT_FAILED if missing else 0


def _need_steps() -> None:
    """Refuse a package whose steps cannot be used now, instead of failing the runs that need it."""
    from bot.steps import step_types

    step_types()


def _need_schema(settings: Settings) -> None:
    """Refuse an older schema here and now, naming the command, instead of at every request."""
    from bot.build import build_store

    store = build_store(settings)
    try:
        problem = store.database.schema_problem()
    finally:
        store.database.close()
    if problem is not None:
        raise ConfigurationError(problem, reason="schema")


def _queue_names(text: str) -> list[str]:
    from bot.jobs.worker import QUEUES

    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in QUEUES:
            raise argparse.ArgumentTypeError(f"{name!r} is no queue: {', '.join(QUEUES)}")
    return names


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError("must be a whole number from 1 to 64")
    return int(text)


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="firstcommit",
        description="From a sentence in an issue to a verified, maintained repository.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = Commands(parser)
    add = commands.add
    shown = add(
        "demo", _demo, "Do the whole job once on this machine: a comment becomes a repository."
    )
    shown.add_argument(
        "--agent",
        action="store_true",
        help="from a description, by a model that is a program and asks nothing of any network",
    )
    add("serve", _serve, "Run web, workers and schedule on one machine; migrates by itself.")
    add("web", _web, "Run the web server alone.")
    worker = add("worker", _worker, "Run workers and the sweep.")
    worker.add_argument(
        "--queues",
        type=_queue_names,
        default=["intake", "runs"],
        help="which queues, comma-separated, of intake, runs and verify (default: intake,runs)",
    )
    worker.add_argument(
        "--count", type=_count, default=2, help="processes for runs, and for verify (default: 2)"
    )
    add("migrate", _migrate, "Bring the database's schema up to date.")
    add("doctor", _doctor, "Say what is configured, what is missing, and how to mend it.")
    _add_nouns(commands, given)
    return parser


def _add_nouns(commands: Commands, given: Sequence[str]) -> None:
    """Import the module of the noun that is asked for, and of the others only their line."""
    asked = next((word for word in given if not word.startswith("-")), None)
    for noun, (module, words) in NOUNS.items():
        if noun == asked:
            import_module(module).add_to(commands)
        else:
            commands.mention(noun, words)


if __name__ == "__main__":
    sys.exit(main())

"""``doctor``: what is configured, what is missing, and how to mend it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence

from bot.core.policy import Verify
from bot.errors import BotError
from bot.forges.port import Finding
from bot.onboarding import Account, finding_of_server
from bot.services import Services
from bot.serving.lock import holder_of
from bot.serving.port import port_problem
from bot.settings import Settings, ignored_platform_keys
from bot.steps.registry import registered
from bot.verification.toolchains import Toolchains

_OLDEST_GIT = (2, 30)
#: Each of them costs some questions to its forge.
_MOST_ACCOUNTS = 20


def examine(services: Services, environment: Mapping[str, str]) -> Sequence[Finding]:
    """Everything that doctor looks at, in the order in which it matters. Never raises."""
    findings = [
        _settings(services, environment),
        _data_folder(services),
        _database(services),
        _queue(services),
        _port(services.settings),
        _git(),
        _sandbox(services),
        *_models(services),
        _packs(services),
        *_toolchains(services),
        _steps(),
    ]
    if not services.forges:
        findings.append(
            Finding(
                name="forges",
                ok=False,
                detail="No forge is configured.",
                remedy="Set GITHUB_APP_ID and its key, or FIRSTCOMMIT_LOCAL_FORGE=on.",
            )
        )
    for forge in services.forges.values():
        findings.extend(forge.diagnose())
    findings.extend(_onboarding(services))
    findings.extend(_sign_in(services))
    if "github" in services.forges and not services.settings.github_webhook_secrets:
        findings.append(
            Finding(
                name="github door",
                ok=False,
                detail="There is no webhook secret, so /webhooks/github answers 404.",
                remedy="Set GITHUB_WEBHOOK_SECRET to the secret that the App is registered with.",
            )
        )
    return findings


def _onboarding(services: Services) -> Sequence[Finding]:
    """Whether those who have installed us have been shown how to begin."""
    try:
        if services.store.database.schema_problem() is not None:
            return []
        known = services.store.organisations.all()
    except BotError:
        # The database has a finding of its own.
        return []
    present = [
        Account(
            forge=one.forge,
            account_id=one.account_id,
            login=one.login,
            installation=one.installation,
        )
        for one in known
        if one.forge in services.forges
        and one.installation
        and not (one.suspended or one.removed_at)
    ]
    return [finding_of_server(services, account) for account in present[:_MOST_ACCOUNTS]]


def _sign_in(services: Services) -> Sequence[Finding]:
    """Where people can sign in, and what has to be registered there."""
    base = services.settings.public_url or f"http://localhost:{services.settings.port}"
    only_here = "" if services.settings.public_url else ", from this machine only"
    return [
        Finding(
            name=f"sign-in with {provider.title}",
            ok=True,
            detail=f"comes back to {base}/auth/{forge}/callback{only_here}",
        )
        for forge, provider in services.sign_in.items()
    ]


def _settings(services: Services, environment: Mapping[str, str]) -> Finding:
    settings = services.settings
    ignored = ignored_platform_keys(environment)
    detail = f"name {settings.name}, forges {', '.join(services.forges) or 'none'}"
    if settings.public_url is None:
        detail += ", no public address (comments carry no links to pages)"
    if ignored:
        detail += f"; ignored, since a container platform set them: {', '.join(ignored)}"
    return Finding(name="settings", ok=True, detail=detail)


def _data_folder(services: Services) -> Finding:
    folder = services.settings.data_dir
    writable = os.access(folder, os.W_OK | os.X_OK)
    free_gib = shutil.disk_usage(folder).free / 2**30 if writable else 0.0
    return Finding(
        name="data folder",
        ok=writable and free_gib > 1,
        detail=f"{folder}, {free_gib:.0f} GiB free" if writable else f"{folder} is not writable",
        remedy="Free some room, or set FIRSTCOMMIT_DATA_DIR to another folder.",
    )


def _database(services: Services) -> Finding:
    database = services.store.database
    embedded = services.settings.database_url is None
    try:
        problem = database.schema_problem()
    except BotError as exc:
        return Finding(
            name="database",
            ok=False,
            detail=f"{database.describe()}: {exc.message}",
            remedy="Start it, or mend DATABASE_URL.",
        )
    if problem is not None and embedded:
        # Nothing is amiss: `serve` and `demo` bring a SQLite file up to date by themselves.
        problem_told = f"{problem} (`firstcommit serve` does so by itself)"
        return Finding(name="database", ok=True, detail=f"{database.describe()}: {problem_told}")
    return Finding(
        name="database",
        ok=problem is None,
        detail=f"{database.describe()}: {problem or 'the schema is up to date'}",
        remedy="Run `firstcommit migrate`.",
    )


def _queue(services: Services) -> Finding:
    problem = services.queue.problem()
    waiting = ", ".join(f"{name} {count}" for name, count in services.queue.depths().items())
    if services.settings.redis_url is None:
        detail = f"the embedded Valkey answers; waiting: {waiting}"
        if problem is not None:
            detail = "the embedded Valkey is not running; `firstcommit serve` starts it"
        return Finding(name="queue", ok=True, detail=detail)
    return Finding(
        name="queue",
        ok=problem is None,
        detail=problem or f"Redis answers; waiting: {waiting}",
        remedy="Start it, or mend REDIS_URL. Deliveries are kept meanwhile.",
    )


def _port(settings: Settings) -> Finding:
    where = f"{settings.host}:{settings.port}"
    if holder_of(settings.data_dir) is not None:
        return Finding(name="port", ok=True, detail=f"{where}; this data folder is being served")
    problem = port_problem(settings)
    return Finding(
        name="port",
        ok=problem is None,
        detail=problem or f"{where} is free",
        remedy="Stop what listens there, or set FIRSTCOMMIT_PORT to another.",
    )


def _git() -> Finding:
    remedy = f"Install git {_OLDEST_GIT[0]}.{_OLDEST_GIT[1]} or newer."
    try:
        answer = subprocess.run(
            ["git", "--version"], capture_output=True, text=True, timeout=10, check=True
        )
        shown = answer.stdout.split()[2]
        version = tuple(int(part) for part in shown.split(".")[:2])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return Finding(name="git", ok=False, detail="git does not answer", remedy=remedy)
    return Finding(name="git", ok=version >= _OLDEST_GIT, detail=shown, remedy=remedy)


def _sandbox(services: Services) -> Finding:
    """Its absence is told, and a fault where files are published only when they are verified."""
    problem = services.sandbox.problem()
    if problem is None:
        return Finding(name="sandbox", ok=True, detail="packs' own checks can be run here")
    elsewhere = services.queue.verifiers()
    detail = f"none here, so that packs' own checks are not run: {problem}"
    if elsewhere:
        detail = f"none here; {elsewhere} workers elsewhere verify"
    return Finding(
        name="sandbox",
        ok=bool(elsewhere) or services.policy.verify is not Verify.REQUIRE,
        detail=detail,
        remedy=problem,
    )


def _models(services: Services) -> Sequence[Finding]:
    """Whether those that are configured can be asked, and told what strangers wrote."""
    models = services.models
    if not models.chain:
        detail = "none is configured: what needs one is refused, and packs work without"
        return [Finding(name="models", ok=True, detail=detail)]
    named = ", ".join(
        str(model)
        if models.price(model)
        else f"{model} (price unknown, so that caps are in tokens)"
        for model in models.chain
    )
    problem = models.problem()
    if problem is not None:
        remedy = "Set what is missing, or change FIRSTCOMMIT_MODEL."
        return [Finding(name="models", ok=False, detail=f"{named}: {problem}", remedy=remedy)]
    unguarded = models.problem(strangers=True)
    if unguarded is None:
        guard = "in a sandbox"
        if services.sandbox.problem() is not None:
            guard = "without a sandbox, as FIRSTCOMMIT_UNSANDBOXED says"
        return [Finding(name="models", ok=True, detail=f"{named}, asked {guard}")]
    remedy = "Make bubblewrap work, or accept the risk with FIRSTCOMMIT_UNSANDBOXED=models."
    return [Finding(name="models", ok=False, detail=f"{named}: {unguarded}", remedy=remedy)]


def _toolchains(services: Services) -> Sequence[Finding]:
    """What the checks of each pack are run with."""
    library = services.generator.library
    toolchains = Toolchains(services.settings.toolchains_dir)
    findings = []
    for name in library.names():
        try:
            pack = library.get(name)
            lacking = [one.kind for one in toolchains.wanted(pack) if not toolchains.is_built(one)]
        except (BotError, OSError):
            # Told of as a faulty pack.
            continue
        if not pack.toolchain:
            continue
        command = f"`firstcommit toolchains build {name}`"
        told = f"{' and '.join(lacking)} not built, so that its checks are not run: {command}"
        findings.append(
            Finding(
                name=f"toolchain of {name}",
                ok=not lacking or services.policy.verify is not Verify.REQUIRE,
                detail=told if lacking else "built",
                remedy=f"Run {command} where workers run.",
            )
        )
    return findings


def _packs(services: Services) -> Finding:
    library = services.generator.library
    try:
        names = [library.get(name).name for name in library.names()]
    except BotError as exc:
        return Finding(name="packs", ok=False, detail=exc.message, remedy=exc.remedy)
    return Finding(name="packs", ok=bool(names), detail=", ".join(names) or "there are none")


def _steps() -> Finding:
    try:
        known = registered()
    except BotError as exc:
        return Finding(name="steps", ok=False, detail=exc.message, remedy=exc.remedy)
    brought = [f"{one.step_type.name} ({one.package})" for one in known if one.package]
    detail = f"{len(known) - len(brought)} types of ours"
    if brought:
        detail += f", and from packages {', '.join(brought)}"
    return Finding(name="steps", ok=True, detail=detail)

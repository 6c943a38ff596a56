"""The one place that picks implementations: settings in, services out."""

from __future__ import annotations

from datetime import UTC, datetime
from wsgiref.types import WSGIApplication

from bot.agents.agent_apis import HttpAgentApis
from bot.agents.git_fetcher import GitFetcher
from bot.agents.hook_sender import GuardedHookSender
from bot.agents.own_api import OwnApi
from bot.agents.passes import Passes
from bot.errors import ConfigurationError
from bot.forges.local import LocalForge, People
from bot.forges.port import Forge
from bot.generation.foreign.rooms import Rooms
from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from bot.jobs.queue import RqQueue
from bot.keys import Keys, open_keys
from bot.pace import RedisPace
from bot.policy_files import read_operators_file
from bot.rehearsal.bounded import BoundedRehearsals
from bot.replies import TemplateReplies
from bot.resources import templates_dir
from bot.sandbox.bubblewrap import Bubblewrap
from bot.sandbox.plain import PlainProcesses
from bot.sandbox.port import TalkingSandbox
from bot.services import ApiCalls, Models, NoApiCalls, NoModels, Services, SignInProvider
from bot.settings import Settings
from bot.store.engines import PATIENCE_S
from bot.store.opening import open_store
from bot.store.port import Store


def build(settings: Settings, *, store_patience_s: float = PATIENCE_S) -> Services:
    """Everything a process needs. Nothing is connected to before it is used.

    Args:
        store_patience_s: How long a transaction may wait for others.

    Raises:
        ConfigurationError: Where the settings cannot work.
    """
    # First, since it makes the data folder, for our own eyes alone.
    keys = open_keys(settings)
    rules = read_operators_file(settings.policy_file)
    local = _local(settings)
    passes, api = Passes(utc_now), _api(settings)

    def own_application() -> WSGIApplication:
        # Loaded at the first call from within: most workers never make one.
        from bot.web import create_app

        return create_app(services, passes=passes.holder)

    services = Services(
        settings=settings,
        keys=keys,
        clock=utc_now,
        store=build_store(settings, patience_s=store_patience_s),
        queue=RqQueue(settings.effective_redis_url),
        forges=_forges(settings, keys, local),
        generator=ProjectGenerator(
            PackLibrary(templates_dir() / "packs", kept_in=settings.compiled_dir),
            build_rooms(settings),
        ),
        replies=TemplateReplies(
            templates_dir() / "replies", name=settings.name, public_url=settings.public_url
        ),
        policy=rules.policy,
        policy_keys=frozenset(rules.set_by),
        people=People(local) if local else None,
        api=api,
        agent_apis=HttpAgentApis(OwnApi(passes, own_application), api.send),
        hook_sender=GuardedHookSender(settings.api_origins),
        git=GitFetcher(),
        rehearsals=BoundedRehearsals(),
        sign_in=_sign_in(settings),
        sandbox=Bubblewrap(hidden=[settings.data_dir]),
        models=build_models(settings),
    )
    return services


def build_models(settings: Settings, sandbox: TalkingSandbox | None = None) -> Models:
    """What asks language models, where the operator names one.

    Args:
        sandbox: What their processes run in; None: bubblewrap.
    """
    if not settings.model:
        return NoModels()
    # Loaded here, as not every server asks models.
    from bot.agents.models import providers
    from bot.agents.models.asking import SandboxedModels
    from bot.agents.models.rooms import Rooms as ModelRooms
    from bot.agents.models.scripted_wire import ScriptedWire
    from bot.agents.models.wire import HttpWire
    from bot.agents.prices import read_prices

    openai = providers.openai(settings.openai_base_url, settings.openai_api_key)
    anthropic = providers.anthropic(settings.anthropic_base_url, settings.anthropic_api_key)
    return SandboxedModels(
        settings.model,
        {
            "openai": HttpWire(openai),
            "anthropic": HttpWire(anthropic),
            "scripted": ScriptedWire(),
        },
        ModelRooms(
            sandbox or Bubblewrap(hidden=[settings.data_dir]),
            plain=PlainProcesses(),
            unsandboxed="models" in settings.unsandboxed,
        ),
        newer=settings.model if openai.is_official else (),
        price=read_prices(settings.prices_file).of,
    )


def build_rooms(settings: Settings) -> Rooms:
    """Where packs that are not ours are read."""
    return Rooms(
        Bubblewrap(hidden=[settings.data_dir]),
        without=PlainProcesses() if "packs" in settings.unsandboxed else None,
        kept_in=settings.data_dir / "packs",
    )


def build_store(settings: Settings, *, patience_s: float = PATIENCE_S) -> Store:
    """The database alone, for what comes before everything else: its schema."""
    return open_store(settings.effective_database_url, clock=utc_now, patience_s=patience_s)


def utc_now() -> datetime:
    """The present, aware."""
    return datetime.now(UTC)


def _local(settings: Settings) -> LocalForge | None:
    if not settings.local_forge_on:
        return None
    return LocalForge(settings.data_dir / "forge", name=settings.name)


def _forges(settings: Settings, keys: Keys, local: LocalForge | None) -> dict[str, Forge]:
    forges: dict[str, Forge] = {}
    if local is not None:
        forges["local"] = local
    if settings.github_configured:
        forges["github"] = _github(settings, keys)
    return forges


def _github(settings: Settings, keys: Keys) -> Forge:
    # Importing githubkit costs a third of a second, which a server without GitHub need not pay.
    from bot.forges.github import GitHubForge

    return GitHubForge(
        app_id=settings.github_app_id or 0,
        private_key=_private_key(settings),
        pace=RedisPace(settings.effective_redis_url),
        api_url=settings.github_api_url,
        web_url=settings.github_web_url or "",
        name=settings.name,
        redis_url=settings.effective_redis_url,
        secret_key=keys.secret_key,
    )


def _api(settings: Settings) -> ApiCalls:
    if not settings.api_origins:
        return NoApiCalls()
    # Loaded here, as few servers call anything.
    from bot.agents.api_caller import ApiCaller

    return ApiCaller(settings.api_origins)


def _sign_in(settings: Settings) -> dict[str, SignInProvider]:
    """Where people can sign in. What it needs is loaded only where somebody can."""
    providers: dict[str, SignInProvider] = {}
    if settings.github_client_id and settings.github_client_secret:
        from bot.forges.github import sign_in as github
        from bot.oauth import OAuthProvider

        providers["github"] = OAuthProvider(
            github.sign_in_endpoints(settings.github_api_url, settings.github_web_url or ""),
            client_id=settings.github_client_id,
            client_secret=settings.github_client_secret,
        )
    if settings.gitlab_client_id and settings.gitlab_client_secret:
        from bot.forges.gitlab import sign_in as gitlab
        from bot.oauth import OAuthProvider

        providers["gitlab"] = OAuthProvider(
            gitlab.sign_in_endpoints(settings.gitlab_url),
            client_id=settings.gitlab_client_id,
            client_secret=settings.gitlab_client_secret,
        )
    return providers


def _private_key(settings: Settings) -> str:
    path = settings.github_private_key_path
    if path is None:
        return settings.github_private_key or ""
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigurationError(
            f"GITHUB_PRIVATE_KEY_PATH names {path}, which cannot be read.",
            reason="bad_settings",
            remedy="Let it name the .pem file that GitHub gave out for the App.",
        ) from exc

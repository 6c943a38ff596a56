"""What doctor says to the operator of a server."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

from bot.build import build, build_models
from bot.core.policy import Policy, Verify
from bot.doctor import examine
from bot.forges.port import Finding
from bot.sandbox.plain import PlainProcesses
from bot.services import NoSandbox
from bot.settings import Settings
from tests.packages import install_example, install_module


def findings(environment: dict[str, str]) -> dict[str, Finding]:
    services = build(Settings.from_environment(environment))
    return {finding.name: finding for finding in examine(services, environment)}


def fresh(tmp_path: Path, **more: str) -> dict[str, str]:
    return {"FIRSTCOMMIT_DATA_DIR": str(tmp_path / "data"), **more}


def test_a_fresh_folder_is_in_place_since_serve_makes_the_rest(tmp_path: Path) -> None:
    found = findings(fresh(tmp_path, FIRSTCOMMIT_PORT=str(free_port())))
    assert [finding.name for finding in found.values() if not finding.ok] == []
    assert "serve` starts it" in found["queue"].detail
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_a_database_of_ones_own_that_is_away_is_named_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql://u:hunter2@127.0.0.1:{free_port()}/d"
    found = findings(fresh(tmp_path, DATABASE_URL=url, FIRSTCOMMIT_SECRET_KEY="k" * 32))
    database = found["database"]
    assert not database.ok
    assert "DATABASE_URL" in database.remedy
    assert "hunter2" not in database.detail


def test_a_redis_that_is_away_is_a_finding(tmp_path: Path) -> None:
    found = findings(fresh(tmp_path, REDIS_URL=f"redis://127.0.0.1:{free_port()}/0"))
    assert not found["queue"].ok
    assert "REDIS_URL" in found["queue"].remedy


def test_a_port_that_is_taken_is_a_finding(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        found = findings(fresh(tmp_path, FIRSTCOMMIT_PORT=str(port)))
    assert not found["port"].ok
    assert "FIRSTCOMMIT_PORT" in found["port"].remedy


def test_a_port_that_is_shared_with_whoever_asks_is_a_finding_too(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as listener:
        port = listener.getsockname()[1]
        assert not findings(fresh(tmp_path, FIRSTCOMMIT_PORT=str(port)))["port"].ok


def test_no_forge_at_all_is_a_finding(tmp_path: Path) -> None:
    found = findings(fresh(tmp_path, FIRSTCOMMIT_LOCAL_FORGE="off"))
    assert "FIRSTCOMMIT_LOCAL_FORGE" in found["forges"].remedy


def test_where_people_sign_in_is_told_with_the_address_to_register(tmp_path: Path) -> None:
    client = {"GITLAB_CLIENT_ID": "id", "GITLAB_CLIENT_SECRET": "hunter2"}
    found = findings(fresh(tmp_path, FIRSTCOMMIT_PUBLIC_URL="https://bot.example", **client))
    detail = found["sign-in with GitLab"].detail
    assert "https://bot.example/auth/gitlab/callback" in detail
    assert "sign-in with GitHub" not in found
    assert "hunter2" not in str(found)
    found = findings(fresh(tmp_path, FIRSTCOMMIT_PORT="8123", **client))
    detail = found["sign-in with GitLab"].detail
    assert "http://localhost:8123/auth/gitlab/callback, from this machine only" in detail


def test_what_a_container_platform_set_is_told(tmp_path: Path) -> None:
    found = findings(fresh(tmp_path, FIRSTCOMMIT_SERVICE_HOST="10.0.0.1"))
    assert "FIRSTCOMMIT_SERVICE_HOST" in found["settings"].detail


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_what_packages_bring_is_told(tmp_path: Path, package_path: Path) -> None:
    assert "of ours" in findings(fresh(tmp_path))["steps"].detail
    install_example(package_path)
    told = findings(fresh(tmp_path))["steps"]
    assert told.ok
    assert "licence_header (firstcommit-licence-header 1.0.0)" in told.detail


def test_a_package_that_is_broken_is_a_finding(tmp_path: Path, package_path: Path) -> None:
    install_module(package_path, "broken_package", "x = 1", {"step": "broken_package:STEP"})
    told = findings(fresh(tmp_path))["steps"]
    assert not told.ok
    assert "broken_package 0.1" in told.detail


def test_what_checks_need_is_told_and_a_fault_only_where_they_must_pass(tmp_path: Path) -> None:
    services = build(Settings.from_environment(fresh(tmp_path)))
    services = replace(services, sandbox=NoSandbox("bubblewrap is not installed."))

    def sandbox(**changes: object) -> Finding:
        found = examine(replace(services, **changes), {})  # type: ignore[arg-type]
        return next(finding for finding in found if finding.name == "sandbox")

    assert sandbox().ok
    assert "bubblewrap is not installed" in sandbox().detail
    demanded = sandbox(policy=Policy(verify=Verify.REQUIRE))
    assert not demanded.ok
    assert "bubblewrap is not installed" in demanded.remedy


def test_no_model_is_no_fault(tmp_path: Path) -> None:
    found = findings(fresh(tmp_path))["models"]
    assert found.ok
    assert "none is configured" in found.detail


def test_a_model_without_its_key_is_a_finding(tmp_path: Path) -> None:
    found = findings(fresh(tmp_path, FIRSTCOMMIT_MODEL="openai:some,anthropic:other"))["models"]
    assert not found.ok
    assert "OPENAI_API_KEY" in found.detail
    key = {"OPENAI_API_KEY": "sk-1", "ANTHROPIC_API_KEY": "sk-2"}
    found = findings(fresh(tmp_path, FIRSTCOMMIT_MODEL="openai:some,anthropic:other", **key))
    assert "OPENAI_API_KEY" not in found["models"].detail
    assert "sk-" not in found["models"].detail


def test_a_model_that_may_not_read_strangers_text_is_a_finding(tmp_path: Path) -> None:
    environment = fresh(tmp_path, FIRSTCOMMIT_MODEL="scripted:plain")
    sandbox = Untalkative()
    refused = model_finding(environment, sandbox)
    assert not refused.ok
    assert "FIRSTCOMMIT_UNSANDBOXED=models" in refused.remedy
    accepted = model_finding({**environment, "FIRSTCOMMIT_UNSANDBOXED": "models"}, sandbox)
    assert accepted.ok
    assert "without a sandbox" in accepted.detail


class Untalkative(NoSandbox):
    """A machine without namespaces."""

    open = PlainProcesses.open


def model_finding(environment: dict[str, str], sandbox: Untalkative) -> Finding:
    settings = Settings.from_environment(environment)
    models = build_models(settings, sandbox)
    services = replace(build(settings), sandbox=sandbox, models=models)
    return next(one for one in examine(services, environment) if one.name == "models")

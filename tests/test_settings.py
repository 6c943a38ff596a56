"""The environment, read once and wholly checked."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from bot.errors import ConfigurationError
from bot.resources import config_dir
from bot.setting_keys import KEYS, Secret
from bot.settings import Settings, ignored_platform_keys


def read(**environment: str) -> Settings:
    return Settings.from_environment(environment)


def refused(**environment: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read(**environment)
    return caught.value.message


def test_an_empty_environment_works_with_the_data_folder_of_the_user() -> None:
    settings = read(XDG_DATA_HOME="/data")
    assert settings.data_dir == Path("/data/firstcommit")
    assert settings.effective_database_url == "sqlite:////data/firstcommit/firstcommit.db"
    assert settings.effective_redis_url == "unix:///data/firstcommit/valkey.sock"
    assert settings.local_forge_on


def test_every_problem_is_said_at_once() -> None:
    message = refused(FIRSTCOMMIT_PORT="http", FIRSTCOMMIT_HOTS="0.0.0.0", REDIS_URL="here")
    assert "FIRSTCOMMIT_PORT must be a whole number from 1 to 65535" in message
    assert "did you mean FIRSTCOMMIT_HOST?" in message
    assert "REDIS_URL must begin with redis://" in message


@pytest.mark.parametrize("value", ["", "   "])
def test_set_but_empty_means_unset(value: str) -> None:
    assert read(FIRSTCOMMIT_PORT=value, FIRSTCOMMIT_PUBLIC_URL=value).public_url is None


@pytest.mark.parametrize("value", ["a,,b", "a,", ","])
def test_an_empty_entry_in_a_list_is_an_error(value: str) -> None:
    assert "GITHUB_WEBHOOK_SECRET has an empty entry" in refused(GITHUB_WEBHOOK_SECRET=value)


def test_several_webhook_secrets_while_rotating() -> None:
    assert read(GITHUB_WEBHOOK_SECRET="old, new").github_webhook_secrets == ("old", "new")


def test_what_container_platforms_inject_is_ignored_and_told() -> None:
    environment = {
        "FIRSTCOMMIT_SERVICE_HOST": "10.0.0.1",
        "FIRSTCOMMIT_PORT_8000_TCP_ADDR": "10.0.0.1",
        "FIRSTCOMMIT_PORT": "tcp://10.0.0.1:8000",
    }
    assert read(**environment).port == 8000
    assert ignored_platform_keys(environment) == tuple(sorted(environment))


@pytest.mark.parametrize(
    ("environment", "port"),
    [({"PORT": "9000"}, 9000), ({"PORT": "9000", "FIRSTCOMMIT_PORT": "9001"}, 9001), ({}, 8000)],
)
def test_the_port(environment: dict[str, str], port: int) -> None:
    assert read(**environment).port == port


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("s3cret\n")
    assert read(FIRSTCOMMIT_ADMIN_TOKEN_FILE=str(file)).admin_token == "s3cret"


def test_a_secret_file_that_is_empty_absent_or_doubled_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("\n")
    assert "is empty in the file" in refused(FIRSTCOMMIT_ADMIN_TOKEN_FILE=str(file))
    absent = str(tmp_path / "absent")
    assert "cannot be read" in refused(FIRSTCOMMIT_ADMIN_TOKEN_FILE=absent)
    both = refused(FIRSTCOMMIT_ADMIN_TOKEN="x", FIRSTCOMMIT_ADMIN_TOKEN_FILE=str(file))
    assert "is set twice" in both


def test_secrets_do_not_show() -> None:
    settings = read(
        FIRSTCOMMIT_ADMIN_TOKEN="hunter2",
        DATABASE_URL="postgres://u:hunter2@h/d",
        FIRSTCOMMIT_SECRET_KEY="hunter2 hunter2 hunter2",
        GITHUB_WEBHOOK_SECRET="hunter2",
        GITHUB_PRIVATE_KEY="hunter2",
        GITHUB_APP_ID="1",
    )
    assert "hunter2" not in repr(settings)
    assert settings.database_url == "postgresql://u:hunter2@h/d"


def test_a_database_of_its_own_needs_a_shared_secret_key() -> None:
    assert "needs FIRSTCOMMIT_SECRET_KEY" in refused(DATABASE_URL="postgresql://h/d")


@pytest.mark.parametrize(
    ("environment", "on"),
    [
        ({}, True),
        ({"GITHUB_WEBHOOK_SECRET": "x"}, False),
        ({"GITHUB_APP_ID": "1", "GITHUB_PRIVATE_KEY": "k"}, False),
        ({"GITHUB_APP_ID": "1", "GITHUB_PRIVATE_KEY": "k", "FIRSTCOMMIT_LOCAL_FORGE": "on"}, True),
        ({"FIRSTCOMMIT_LOCAL_FORGE": "off"}, False),
    ],
)
def test_the_local_forge_steps_back_for_another(environment: dict[str, str], on: bool) -> None:
    assert read(**environment).local_forge_on is on


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"GITHUB_APP_ID": "1"}, "GITHUB_APP_ID needs"),
        ({"GITHUB_PRIVATE_KEY": "k"}, "needs GITHUB_APP_ID"),
        (
            {"GITHUB_APP_ID": "1", "GITHUB_PRIVATE_KEY": "k", "GITHUB_PRIVATE_KEY_PATH": "/k"},
            "is set twice",
        ),
        ({"GITHUB_API_URL": "https://user:pw@host"}, "no credentials"),
        ({"FIRSTCOMMIT_NAME": "First Commit"}, "lower-case letters"),
        ({"FIRSTCOMMIT_LOCAL_FORGE": "maybe"}, "must be on or off"),
        ({"FIRSTCOMMIT_LOG": "xml"}, "must be text or json"),
        ({"FIRSTCOMMIT_MODEL": "gpt-5"}, "has the entry 'gpt-5'; each is openai:NAME"),
        ({"FIRSTCOMMIT_MODEL": "openai:a,"}, "has the entry ''"),
        ({"FIRSTCOMMIT_MODEL": "other:a"}, "has the entry 'other:a'"),
        ({"FIRSTCOMMIT_MODEL": "openai:a b"}, "has the entry"),
        ({"OPENAI_BASE_URL": "localhost:11434"}, "begins with https:// or http://"),
        ({"OPENAI_BASE_URL": "http://0x7f.1/v1"}, "odd spelling"),
        ({"ANTHROPIC_BASE_URL": "https://u:p@host"}, "no credentials"),
        ({"FIRSTCOMMIT_SECRET_KEY": "short"}, "at least 16 characters"),
    ],
)
def test_what_cannot_work_is_refused(environment: dict[str, str], words: str) -> None:
    assert words in refused(**environment)


def test_the_socket_of_a_deep_data_folder_lies_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    url = read(FIRSTCOMMIT_DATA_DIR=str(deep)).effective_redis_url
    assert len(url.removeprefix("unix://").encode()) <= 107


def test_every_field_has_its_key_and_every_key_its_line_in_the_example() -> None:
    example = (config_dir() / "settings.example.env").read_text()
    assert {key.field for key in KEYS} == {field.name for field in fields(Settings)}
    assert re.findall(r"^#([A-Z_]+)=", example, re.MULTILINE) == [key.key for key in KEYS]
    for key in KEYS:
        assert key.doc in example.replace("\n# ", " ")


def test_a_secret_equals_its_text_and_hides_it() -> None:
    assert Secret("x") == "x"
    assert repr(Secret("x")) == "'***'"


def test_the_origins_that_may_be_called() -> None:
    assert read().api_origins == ()
    given = "https://API.example.com , private:http://10.0.0.8:8080"
    origins = read(FIRSTCOMMIT_API_ORIGINS=given).api_origins
    assert list(map(str, origins)) == ["https://api.example.com", "private:http://10.0.0.8:8080"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("https://a.b/v1", "has the entry 'https://a.b/v1', which must end with the host"),
        ("https://a.b,https://*.c", "has the entry 'https://*.c', which must name one origin"),
        ("https://a.b,", "has the entry '', which must begin with https://"),
        ("http://a.b", "only behind private:"),
    ],
)
def test_an_origin_that_is_none_is_named(value: str, words: str) -> None:
    message = refused(FIRSTCOMMIT_API_ORIGINS=value)
    assert "FIRSTCOMMIT_API_ORIGINS" in message
    assert words in message


def test_credentials_in_an_origin_are_not_repeated() -> None:
    assert "hunter2" not in refused(FIRSTCOMMIT_API_ORIGINS="https://ann:hunter2@a.b")


@pytest.mark.parametrize("forge", ["GITHUB", "GITLAB"])
def test_people_sign_in_by_an_id_and_its_secret(forge: str) -> None:
    client = {f"{forge}_CLIENT_ID": "an-id", f"{forge}_CLIENT_SECRET": "s3cret"}
    assert "s3cret" not in repr(read(**client))
    for has, lacks in (("CLIENT_ID", "CLIENT_SECRET"), ("CLIENT_SECRET", "CLIENT_ID")):
        given = {f"{forge}_{has}": "given"}
        assert f"{forge}_{has} needs {forge}_{lacks}" in refused(**given)

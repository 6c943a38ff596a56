"""Secrets in text. Those here are made up at run time, so that no scanner finds this file."""

from __future__ import annotations

import base64
import hashlib

import pytest

from bot.core.secrets_scan import scan_text


def made_up(length: int, seed: str = "seed") -> str:
    """Letters and digits that look random and are the same each time."""
    text = "".join(
        base64.b64encode(hashlib.sha512(f"{seed}{turn}".encode()).digest()).decode()
        for turn in range(length // 40 + 1)
    )
    return "".join(character for character in text if character.isalnum())[:length]


def upper(length: int) -> str:
    return base64.b32encode(hashlib.sha512(b"seed").digest()).decode().rstrip("=")[:length]


KEY_HEAD = "-----BEGIN {}PRIVATE KEY-----"

SECRETS = [
    ("private key", KEY_HEAD.format("RSA ") + "\n" + made_up(64) + "\n"),
    ("private key", KEY_HEAD.format("") + "\\n" + made_up(64) + "\\n"),
    ("private key", KEY_HEAD.format("OPENSSH ") + "\r\n" + made_up(64)),
    ("private key", KEY_HEAD.format("EC ") + "\nProc-Type: 4,ENCRYPTED\n"),
    ("AWS access key", "AKIA" + upper(16)),
    ("GitHub token", "ghp_" + made_up(36)),
    ("GitHub token", "gho_" + made_up(36)),
    ("GitHub token", "ghs_" + made_up(36)),
    ("GitHub token", "github_pat_" + made_up(22) + "_" + made_up(59)),
    ("GitLab token", "glpat-" + made_up(20)),
    ("Slack token", "xoxb-" + "2837465091-" + made_up(24)),
    ("Google API key", "AIza" + made_up(35)),
    ("Stripe key", "sk_live_" + made_up(24)),
    ("OpenAI key", "sk-proj-" + made_up(48)),
    ("OpenAI key", "sk-" + made_up(48)),
    ("Anthropic key", "sk-ant-api03-" + made_up(80)),
    ("npm token", "npm_" + made_up(36)),
    ("PyPI token", "pypi-" + made_up(120)),
    ("signed token (JWT)", f"eyJ{made_up(20)}.eyJ{made_up(40)}.{made_up(43)}"),
    ("password in an address", f"postgres://app:{made_up(20)}@db.internal/app"),
    ("password or key", f'password = "{made_up(24)}"'),
    ("password or key", f"DB_PASSWORD: '{made_up(24)}'"),
    ("password or key", f'"client_secret": "{made_up(32)}"'),
    ("password or key", f'const apiKey = "{made_up(32)}";'),
    ("password or key", f"aws_secret_access_key = '{made_up(40)}'"),
    ("AWS access key", f'"AWS_ACCESS_KEY_ID": "ASIA{upper(16)}"'),
    ("GitHub token", "https://x-access-token:ghs_" + made_up(36) + "@github.com/a/b"),
    ("GitHub token", "ghr_" + made_up(76)),
    ("GitLab token", "glrt-" + made_up(20)),
    ("GitLab token", "gloas-".replace("gloas", "glsoat") + made_up(20)),
    ("Slack token", "xapp-1-" + upper(11) + "-2837465091-" + made_up(40)),
    (
        "Slack webhook",
        "https://hooks.slack.com/services/T0" + upper(9) + "/B0" + upper(9) + "/" + made_up(24),
    ),
    ("Google client secret", "GOCSPX-" + made_up(28)),
    ("Stripe key", "rk_live_" + made_up(40)),
    ("webhook secret", "whsec_" + made_up(32)),
    ("Hugging Face token", "hf_" + made_up(34)),
    ("key of a model", "gsk_" + made_up(52)),
    ("Vault token", "hvs." + made_up(90)),
    ("Terraform token", made_up(14) + ".atlasv1." + made_up(67)),
    ("DigitalOcean token", "dop_v1_" + hashlib.sha256(b"seed").hexdigest()),
    ("Docker token", "dckr_pat_" + made_up(27)),
    ("SendGrid key", "SG." + made_up(22) + "." + made_up(43, "b")),
    ("Telegram token", "2837465091:AA" + made_up(33)),
    ("age key", "AGE-SECRET-KEY-1" + upper(58)),
    ("OpenAI key", "sk-or-v1-" + made_up(64)),
    ("password in an address", "amqps://app:" + "s3Cr" + "9tPw@mq.acme.org/v"),
    ("password in an address", f"mongodb+srv://app:{made_up(16)}@c0.acme.org"),
    ("password in a connection string", f"Server=db;Database=a;Password={made_up(16)};"),
    ("password in a connection string", f"AccountName=a;AccountKey={made_up(86)}==;"),
]

#: In files of settings, a value needs no quotes.
WITHOUT_QUOTES = [
    (".env", f"DB_PASSWORD={made_up(24)}"),
    (".env.production", f"export SESSION_SECRET={made_up(32)}"),
    ("deploy/app.yaml", f"  client_secret: {made_up(32)}"),
    ("app.properties", f"spring.datasource.password={made_up(20)}"),
    (".aws/credentials", f"aws_secret_access_key = {made_up(40)}"),
    (".npmrc", f"//registry.acme.org/:_authToken={made_up(36)}"),
    ("terraform.tfvars", f"api_token = {made_up(36)}"),
    ("Dockerfile", f"ENV API_KEY={made_up(32)}"),
]

HARMLESS = [
    "ghp_" + "x" * 36,
    "AKIA" + "IOSFODNN7EXAMPLE",
    'password = "changeme-please-1"',
    'password = "your-password-1234"',
    'password = "${DB_PASSWORD_FROM_ENV}"',
    'password: "{{ vault.password.Db1 }}"',
    'secret = os.environ["SECRET_KEY"]',
    'token = "<your-token-here-99>"',
    'password_hint = "the name of your first cat"',
    'PASSWORD_RESET_TEMPLATE = "accounts/password-reset.html"',
    'token_url = "https://auth.acme.org/oauth2/v2/token"',
    "risk-assessment-of-the-whole-Project-2024-edition",
    '<div class="sk-circle-fade-dot sk-folding-cube-bounce-in-out">',
    "-----BEGIN PUBLIC KEY-----\n" + made_up(64),
    "Paste the key between -----BEGIN PRIVATE KEY----- and the end line.",
    "postgres://postgres:postgres@localhost:5432/app",
    "https://user:password@example.org/",
    "sha512-" + made_up(86) + "==",
    "commit 4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "aws_secret_access_key = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'",
    'password = "/run/secrets/Db1-password-file"',
    'token = "https://auth.acme.org/oauth2/v2/Token99"',
    'secret: "arn:aws:secretsmanager:us-east-1:1234:secret:prod/Db-a1B2c3"',
    'token = "settings.auth.github.tokenV2"',
    'password = "test-Password-1234"',
    'SECRET_KEY = "django-insecure-change-me-7x"',
    'password = "Correct Horse 7 Battery"',
    "postgres://app:${DB_PASSWORD}@db/app",
    "postgres://app:secret@db/app",
    "redis://:<password>@localhost:6379/0",
    "sk_test_" + made_up(24),
    "pk_live_" + made_up(24),
    "ssh-ed25519 " + made_up(68),
    '"integrity": "sha512-' + made_up(86) + '=="',
    "uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683",
    "FROM python@sha256:" + hashlib.sha256(b"a").hexdigest(),
    "hf_transfer_enabled_for_all_of_the_downloads",
    "hvs.example_of_a_token_in_documentation",
    "Server=db;Password=changeme123;",
    "Password=${DB_PASSWORD};Other=1",
    "id: 550e8400-e29b-41d4-a716-446655440000",
    'tokenizer = "cl100k_base-Large-V2"',
]

HARMLESS_SETTINGS = [
    "DB_PASSWORD=",
    "DB_PASSWORD=change-me-please-1",
    "API_TOKEN=${API_TOKEN:-none}",
    "secret_key: !vault ansible/Db1",
    "password: {{ vault_db_password_1A }}",
    "token: ${{ secrets.GITHUB_TOKEN }}",
    "SECRET_KEY=$(openssl rand -base64 32)",
    "token_endpoint=https://auth.acme.org/oauth2/v2/Token99",
    "credentials: /etc/acme/Credentials-V2.json",
    "password: required-if-Auth-is-on",
]


@pytest.mark.parametrize(("kind", "text"), SECRETS)
def test_a_secret_is_found_with_its_line_and_without_its_value(kind: str, text: str) -> None:
    (found,) = scan_text("src/settings.py", f"# one\n# two\n{text}\n# end\n")
    assert (found.path, found.line, found.kind) == ("src/settings.py", 3, kind)
    assert text.strip() not in repr(found)


@pytest.mark.parametrize(("path", "text"), WITHOUT_QUOTES)
def test_in_settings_a_value_needs_no_quotes(path: str, text: str) -> None:
    (found,) = scan_text(path, f"# one\n{text}\nMORE=1\n")
    assert (found.line, found.kind) == (2, "password or key")
    # In a program, a word without quotes is a name.
    assert scan_text("src/app.py", f"# one\n{text}\n") == ()


@pytest.mark.parametrize("text", HARMLESS_SETTINGS)
def test_settings_that_hold_no_secret_are_let_pass(text: str) -> None:
    assert scan_text(".env", f"{text}\n") == ()
    assert scan_text("app.yaml", f"{text}\n") == ()


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_one_is_let_pass(text: str) -> None:
    assert scan_text("README.md", text) == ()


def test_checksums_in_lock_files_are_no_passwords() -> None:
    line = f'token = "{made_up(40)}"'
    assert scan_text("uv.lock", line) == ()
    assert scan_text("app/package-lock.json", line) == ()
    assert len(scan_text("settings.toml", line)) == 1


def test_a_known_token_is_found_in_a_lock_file_too() -> None:
    assert len(scan_text("uv.lock", "ghp_" + made_up(36))) == 1


def test_every_line_with_a_secret_is_named_once() -> None:
    text = "\n".join(
        ["ghp_" + made_up(36, "a") + " ghp_" + made_up(36, "b"), "", "npm_" + made_up(36)]
    )
    assert [found.line for found in scan_text("x", text)] == [1, 3]


@pytest.mark.parametrize(
    "piece",
    [
        "eyJ",
        "eyJa.",
        "a_",
        "password",
        "password ",
        'password="',
        "a://",
        "://x:",
        "sk-",
        "xoxb-1",
        "-----BEGIN ",
        "-----BEGIN A PRIVATE KEY-----",
        "gh",
        "AKIA",
        "\n",
        "token=>'",
        "a_token",
        "a/b:",
        ";password=",
        "x.atlasv1.",
        "1:AA",
        "SG.a.",
    ],
)
def test_twice_the_text_takes_about_twice_the_steps(piece: str) -> None:
    # Nothing is timed: a pattern that is quadratic here would take minutes instead of a moment.
    scan_text("x.env", piece * (600_000 // len(piece)))


@pytest.mark.parametrize("name", ["README.md", "docs/a.rst", "A.MARKDOWN"])
@pytest.mark.parametrize("head", ["ghp_", "sk_live_", "npm_"])
def test_what_markup_escapes_is_found_as_people_read_it(name: str, head: str) -> None:
    token = (head + made_up(36)).replace("_", r"\_")
    (found,) = scan_text(name, f"First.\n\nThe key is {token}, as it was given.\n")
    assert found.line == 3
    assert made_up(36) not in str(found)


def test_a_backslash_elsewhere_is_one() -> None:
    assert not scan_text("a.py", f'"ghp\\_{made_up(36)}"')

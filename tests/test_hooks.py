"""Hooks as people have them: checked, with a secret that is shown once, and signed."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from bot.core.hooks import HookKind
from bot.core.origins import read_allowed
from bot.errors import UserError
from bot.hooks import add_hook, body_bytes, change_hook, rotate_secret, signed_headers
from bot.setting_keys import Secret
from bot.settings import Settings
from bot.store.port import Hook, Sending
from tests.spine import Bot

URL = "https://hooks.example/in"


def added(bot: Bot, url: str = URL, *kinds: str) -> tuple[Hook, str]:
    return add_hook(bot.services, url=url, kinds=kinds, created_by="github:ada")


def pinged(bot: Bot, hook: Hook) -> Sending:
    bot.store.hook_deliveries.ping(hook.id)
    sending = bot.store.hook_deliveries.take(hook.id, lease_s=20)
    assert sending is not None
    return sending


def headers_of(bot: Bot, sending: Sending) -> dict[str, str]:
    body = body_bytes(sending.delivery)
    return dict(signed_headers(bot.services.keys, sending, body, datetime.now(UTC)))


def test_a_hook_is_made_with_a_secret_of_the_standard_form(bot: Bot) -> None:
    hook, secret = added(bot, URL, "files.saved")
    assert (hook.url, hook.kinds, hook.is_active) == (URL, (HookKind.FILES_SAVED,), True)
    assert (hook.organisation_id, hook.home, hook.created_by) == (None, None, "github:ada")
    assert secret.startswith("whsec_")
    assert 24 <= len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) <= 64
    assert added(bot)[1] != secret


def test_a_secret_lies_sealed_in_the_database(bot: Bot, tmp_path: Path) -> None:
    _, secret = added(bot)
    bot.store.database.close()
    raw = b"".join(file.read_bytes() for file in tmp_path.glob("store.db*"))
    assert b"hooks.example" in raw
    assert secret.removeprefix("whsec_").encode() not in raw


def test_what_is_signed_is_believed_by_the_library_of_receivers(bot: Bot) -> None:
    hook, secret = added(bot)
    sending = pinged(bot, hook)
    headers, body = headers_of(bot, sending), body_bytes(sending.delivery)
    told = Webhook(secret).verify(body, headers)
    assert told["type"] == "ping"
    assert headers["webhook-id"] == sending.delivery.id
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(added(bot)[1]).verify(body, headers)


def test_while_a_secret_is_replaced_receivers_may_have_either(bot: Bot) -> None:
    hook, old = added(bot)
    new = rotate_secret(bot.services, hook.id)
    assert new is not None
    sending = pinged(bot, hook)
    for secret in (old, new):
        Webhook(secret).verify(body_bytes(sending.delivery), headers_of(bot, sending))
    assert rotate_secret(bot.services, str(uuid4())) is None


def test_a_secret_of_one_hook_signs_for_no_other(bot: Bot) -> None:
    sending = pinged(bot, added(bot)[0])
    lent = replace(sending, hook=added(bot)[0])
    with pytest.raises(UserError) as caught:
        headers_of(bot, lent)
    assert caught.value.reason == "cannot_unseal"
    bot.change(keys=replace(bot.services.keys, secret_key=Secret("another")))
    with pytest.raises(UserError):
        headers_of(bot, sending)


@pytest.mark.parametrize(
    ("url", "kinds", "reason"),
    [
        ("ftp://hooks.example/", [], "bad_url"),
        ("https://me:pw@hooks.example/", [], "bad_url"),
        ("http://127.0.0.1:8000/", [], "private_address"),
        (URL, ["project.broken"], "unknown_kind"),
    ],
)
def test_what_cannot_work_is_refused_at_once(
    bot: Bot, url: str, kinds: list[str], reason: str
) -> None:
    hook, _ = added(bot)
    for ask in (lambda: added(bot, url, *kinds), lambda: changed(bot, hook, url, kinds)):
        with pytest.raises(UserError) as caught:
            ask()
        assert caught.value.reason == reason
    assert bot.store.hooks.get(hook.id) == hook


def changed(bot: Bot, hook: Hook, url: str, kinds: list[str]) -> Hook | None:
    return change_hook(bot.services, hook.id, url=url, kinds=kinds)


def test_the_operator_may_let_a_private_origin_be_told(bot: Bot, tmp_path: Path) -> None:
    listed = (read_allowed("private:http://127.0.0.1:8000"),)
    bot.change(settings=Settings(data_dir=tmp_path, api_origins=listed))
    assert added(bot, "http://127.0.0.1:8000/in")[0].url == "http://127.0.0.1:8000/in"


def test_a_hook_is_changed_in_what_is_given(bot: Bot) -> None:
    hook, _ = added(bot)
    found = change_hook(bot.services, hook.id, kinds=["export.failed"], active=False)
    assert found is not None
    assert (found.url, found.kinds, found.is_active) == (URL, (HookKind.EXPORT_FAILED,), False)
    assert change_hook(bot.services, str(uuid4()), active=True) is None


def test_letters_beyond_ascii_are_signed_as_they_are_sent(bot: Bot) -> None:
    hook, secret = added(bot)
    sending = pinged(bot, hook)
    named = replace(sending, delivery=replace(sending.delivery, body={"name": "größe \u2713"}))
    body = body_bytes(named.delivery)
    assert "größe".encode() in body
    Webhook(secret).verify(body, headers_of(bot, named))

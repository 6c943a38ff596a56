"""Who may deliver: the signature over the whole body."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from bot.core.signatures import sign, signature_holds

BODY = b'{"action":"created"}'
SECRET = "it's a secret to everybody"


def test_a_signature_is_that_of_githubs_documentation():
    # https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
    assert sign(b"Hello, World!", "It's a Secret to Everybody") == (
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    )


def test_what_was_signed_holds():
    assert signature_holds(BODY, sign(BODY, SECRET), [SECRET])


def test_the_old_and_the_new_secret_both_hold_while_rotating():
    for secret in ("old", "new"):
        assert signature_holds(BODY, sign(BODY, secret), ["new", "old"])


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256=",
        sign(BODY, "another"),
        sign(BODY + b" ", SECRET),
        sign(BODY, SECRET).removeprefix("sha256="),
        sign(BODY, SECRET).upper(),
        sign(BODY, SECRET) + " ",
        "sha1=" + hmac.new(SECRET.encode(), BODY, hashlib.sha1).hexdigest(),
        "sha256=é" + "0" * 63,
        "\udcff" * 71,
    ],
)
def test_anything_else_does_not(header):
    assert not signature_holds(BODY, header, [SECRET])


def test_no_secret_holds_nothing():
    assert not signature_holds(BODY, sign(BODY, ""), [""])
    assert not signature_holds(BODY, sign(BODY, SECRET), [])


def test_an_empty_secret_beside_a_real_one_opens_nothing():
    assert not signature_holds(BODY, sign(BODY, ""), ["", SECRET])
    assert signature_holds(BODY, sign(BODY, SECRET), ["", SECRET])

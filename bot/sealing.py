"""Secrets at rest: sealed under the server's key and bound to their place.

A sealed text opens only where it was put, so that whoever can write the database can neither
read one nor lend it to another run, organisation or origin.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.core.hidden import MASK, Hidden, masked, revealed, without
from bot.core.workflow import Workflow
from bot.errors import UserError
from bot.generation.pack_format import Pack
from bot.keys import Keys
from bot.secret_places import secret_places

__all__ = [
    "MASK",
    "Hidden",
    "masked",
    "open_inputs",
    "revealed",
    "seal",
    "seal_inputs",
    "secret_place",
    "unseal",
    "without",
]

#: How a sealed text stands among plain data.
SEALED = "$sealed"
_VERSION = "v1."
_NONCE_BYTES = 12
_PURPOSE = b"firstcommit: secrets at rest, 1"


def seal(keys: Keys, text: str, *, bound_to: Sequence[str]) -> str:
    """A text that only `unseal` reads, with the same key and place."""
    nonce = os.urandom(_NONCE_BYTES)
    packed = _cipher(keys).encrypt(nonce, text.encode(), _place(bound_to))
    return _VERSION + base64.urlsafe_b64encode(nonce + packed).decode("ascii")


def unseal(keys: Keys, sealed: str, *, bound_to: Sequence[str]) -> str:
    """The text that was sealed for that place.

    Raises:
        UserError: ``cannot_unseal`` where the key is another one, or the place, or it was
            changed.
    """
    try:
        if not sealed.startswith(_VERSION):
            raise ValueError("another version")
        packed = base64.b64decode(sealed.removeprefix(_VERSION), altchars=b"-_", validate=True)
        nonce, text = packed[:_NONCE_BYTES], packed[_NONCE_BYTES:]
        return _cipher(keys).decrypt(nonce, text, _place(bound_to)).decode()
    except (ValueError, binascii.Error, InvalidTag) as exc:
        raise UserError(
            "A secret cannot be opened with this server's key.",
            reason="cannot_unseal",
            remedy="It was stored under another FIRSTCOMMIT_SECRET_KEY; give it again.",
        ) from exc


def secret_place(forge: str, organisation: str, name: str, origin: str) -> tuple[str, ...]:
    """Where an organisation's secret is bound to, so that no row can stand in for another."""
    return ("secret", forge, organisation.lower(), name, origin)


def seal_inputs(
    keys: Keys,
    workflow: Workflow,
    inputs: Mapping[str, object],
    run_id: str,
    *,
    pack: Callable[[str], Pack],
) -> dict[str, object]:
    """A run's inputs as they are stored: secret ones, and secret answers to packs, are sealed.

    Args:
        pack: Gives the pack of a name, which knows what of its answers is secret.
    """
    sealed = dict(inputs)
    for secret in secret_places(workflow, inputs, pack):
        sealed = secret.replace(sealed, lambda value, place: _sealed(keys, value, (run_id, *place)))
    return sealed


def open_inputs(keys: Keys, inputs: Mapping[str, object], run_id: str) -> dict[str, object]:
    """The inputs of a run for its steps: what was sealed is `Hidden` now.

    Raises:
        UserError: ``cannot_unseal``.
    """
    return {name: _opened(keys, value, (run_id, name)) for name, value in inputs.items()}


def unsealed(value: object) -> object:
    """Plain data for people's eyes, in which every sealed text is a mask."""
    if isinstance(value, Mapping):
        if _is_sealed(value):
            return MASK
        return {name: unsealed(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [unsealed(part) for part in value]
    return value


def _sealed(keys: Keys, value: object, place: tuple[str, ...]) -> object:
    """Null stays null: nothing was given. What is sealed already stays as it is."""
    if value is None or _is_sealed(value):
        return value
    text = json.dumps(revealed(value))
    return {SEALED: seal(keys, text, bound_to=("run", *place))}


def _opened(keys: Keys, value: object, place: tuple[str, ...]) -> object:
    if isinstance(value, Mapping):
        if _is_sealed(value):
            text = unseal(keys, str(value[SEALED]), bound_to=("run", *place))
            return Hidden(json.loads(text))
        return {key: _opened(keys, part, (*place, str(key))) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_opened(keys, part, (*place, str(at))) for at, part in enumerate(value)]
    return value


def _is_sealed(value: object) -> bool:
    return isinstance(value, Mapping) and set(value) == {SEALED}


def _place(bound_to: Sequence[str]) -> bytes:
    return json.dumps(list(bound_to)).encode()


def _cipher(keys: Keys) -> AESGCM:
    return _derived(keys.secret_key)


@lru_cache(maxsize=4)
def _derived(secret_key: str) -> AESGCM:
    # Remembered: each page of a list is sealed with it, and deriving costs more than sealing.
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE)
    return AESGCM(derived.derive(secret_key.encode()))

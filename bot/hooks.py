"""Outgoing webhooks for whoever may have them: made, changed, and what they are sent signed.

A secret is shown once, to whoever asked for the hook; here it is kept sealed, for its own hook
alone. https://www.standardwebhooks.com
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import uuid4

from standardwebhooks import Webhook

from bot.core.hook_targets import check_target
from bot.core.hooks import read_kinds
from bot.keys import Keys
from bot.sealing import seal, unseal
from bot.services import Services
from bot.store.port import Hook, HookDelivery, NewHook, Sending

_PREFIX = "whsec_"
_SECRET_BYTES = 32
#: After a secret was replaced, the old one goes on signing beside it for so long.
OLD_SECRET_S = 86_400.0


def add_hook(
    services: Services,
    *,
    url: str,
    kinds: Iterable[str],
    created_by: str,
    organisation_id: str | None = None,
    home: str | None = None,
) -> tuple[Hook, str]:
    """A new hook and its secret, which cannot be read again.

    Args:
        kinds: Words of `HookKind`; none means all.
        organisation_id, home: Of which projects it hears, one or the other; neither: of all.

    Raises:
        UserError: ``bad_url``, ``private_address``, ``unknown_kind`` or ``too_many_hooks``.
        LookupError: The organisation is gone.
    """
    new_id, secret = str(uuid4()), _new_secret()
    hook = services.store.hooks.create(
        NewHook(
            id=new_id,
            organisation_id=organisation_id,
            home=home,
            url=str(check_target(url, services.settings.api_origins)),
            kinds=read_kinds(kinds),
            sealed_secret=_sealed(services.keys, secret, new_id),
            created_by=created_by,
        )
    )
    return hook, secret


def change_hook(
    services: Services,
    hook_id: str,
    *,
    url: str | None = None,
    kinds: Iterable[str] | None = None,
    active: bool | None = None,
) -> Hook | None:
    """The hook with what is given changed; None where there is no such hook.

    Raises:
        UserError: ``bad_url``, ``private_address`` or ``unknown_kind``.
    """
    origins = services.settings.api_origins
    return services.store.hooks.change(
        hook_id,
        url=None if url is None else str(check_target(url, origins)),
        kinds=None if kinds is None else read_kinds(kinds),
        active=active,
    )


def rotate_secret(services: Services, hook_id: str) -> str | None:
    """A new secret for a hook, which cannot be read again; None where there is no such hook.

    For a day, the old one signs beside it.
    """
    secret = _new_secret()
    sealed = _sealed(services.keys, secret, hook_id)
    hook = services.store.hooks.replace_secret(hook_id, sealed, old_valid_s=OLD_SECRET_S)
    return None if hook is None else secret


def body_bytes(delivery: HookDelivery) -> bytes:
    """What is sent, the same at each attempt."""
    return json.dumps(dict(delivery.body), ensure_ascii=False, separators=(",", ":")).encode()


def signed_headers(keys: Keys, sending: Sending, body: bytes, at: datetime) -> Mapping[str, str]:
    """What tells the receiver what this is, and that it is from us.

    Raises:
        UserError: ``cannot_unseal``.
    """
    place = _place(sending.hook.id)
    signatures = [
        Webhook(unseal(keys, sealed, bound_to=place)).sign(sending.delivery.id, at, body.decode())
        for sealed in sending.sealed_secrets
    ]
    return {
        "Content-Type": "application/json",
        "webhook-id": sending.delivery.id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _new_secret() -> str:
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode("ascii")


def _sealed(keys: Keys, secret: str, hook_id: str) -> str:
    return seal(keys, secret, bound_to=_place(hook_id))


def _place(hook_id: str) -> tuple[str, ...]:
    return ("hook", hook_id)

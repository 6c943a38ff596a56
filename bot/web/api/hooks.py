"""Outgoing webhooks: who wants to hear of projects, where, and what they were told."""

from __future__ import annotations

from flask import Response

from bot.core.access_scopes import Scope
from bot.core.homes import account_home
from bot.errors import UserError
from bot.hooks import add_hook, change_hook, rotate_secret
from bot.sight import Role
from bot.store.port import Hook, HookDelivery, Page, Whose
from bot.web.api import rights
from bot.web.api.answering import answer, listing, nothing, shown_once
from bot.web.api.hook_shapes import (
    HookAnswer,
    HookChange,
    HookDeliveryAnswer,
    HookDeliveryPage,
    HookPage,
    MadeHookAnswer,
    NewHook,
    delivery_shape,
    hook_shape,
)
from bot.web.api.once import once
from bot.web.api.operation import Call, Needs, Operation, Paging

GROUP = "Hooks"


def _list(call: Call) -> Response:
    owned = (each for each, role in call.sight.roles.items() if role >= Role.OWNER)
    whose = Whose(
        organisation_ids=frozenset(owned),
        homes=_homes(call),
        everybody=call.caller.operates,
    )

    def fetch(after: str | None, limit: int) -> Page[Hook]:
        before = int(after) if after else None
        found = call.services.store.hooks.listed(whose, before=before, limit=limit + 1)
        items = found[:limit]
        return Page(items=items, next=str(items[-1].serial) if len(found) > limit else None)

    return listing(call.services, call.query, "hooks", fetch, hook_shape)


def _create(call: Call) -> Response:
    body: NewHook = call.body
    owner: dict[str, str | None] = {"organisation_id": None, "home": None}
    if body.organisation_id is not None:
        found = rights.named_organisation(call, body.organisation_id)
        owner["organisation_id"] = rights.owned(call, found).id
    elif not call.caller.operates:
        owner["home"] = account_home(call.caller.actor)

    def make() -> tuple[Hook, str]:
        return add_hook(
            call.services, url=body.url, kinds=body.kinds, created_by=call.caller.name, **owner
        )

    hook, secret = once(call, "hook", make, named=lambda made: f"hook {made[0].id}")
    location = f"/api/v1/hooks/{hook.id}"
    return shown_once(answer({**hook_shape(hook), "secret": secret}, 201, location=location))


def _get(call: Call) -> Response:
    return answer(hook_shape(_mine(call)))


def _change(call: Call) -> Response:
    body: HookChange = call.body
    hook = _mine(call, to_change=True)
    changed = change_hook(
        call.services, hook.id, url=body.url, kinds=body.kinds, active=body.active
    )
    return answer(hook_shape(_there(changed)))


def _remove(call: Call) -> Response:
    call.services.store.hooks.remove(_mine(call, to_change=True).id)
    return nothing()


def _rotate(call: Call) -> Response:
    hook = _mine(call, to_change=True)
    secret = rotate_secret(call.services, hook.id)
    found = _there(call.services.store.hooks.get(hook.id))
    return shown_once(answer({**hook_shape(found), "secret": secret}))


def _ping(call: Call) -> Response:
    hook = _mine(call, to_change=True)
    delivery = call.services.store.hook_deliveries.ping(hook.id)
    call.services.queue.hook(hook.id)
    return answer(delivery_shape(_sent(delivery)), 202)


def _deliveries(call: Call) -> Response:
    hook = _mine(call)

    def fetch(after: str | None, limit: int) -> Page[HookDelivery]:
        before = int(after) if after else None
        deliveries = call.services.store.hook_deliveries
        found = deliveries.listed(hook.id, before=before, limit=limit + 1)
        items = found[:limit]
        return Page(items=items, next=str(items[-1].serial) if len(found) > limit else None)

    return listing(call.services, call.query, f"told:{hook.id}", fetch, delivery_shape)


def _redeliver(call: Call) -> Response:
    hook, deliveries = _mine(call, to_change=True), call.services.store.hook_deliveries
    known = deliveries.get(call.path["delivery"])
    if known is None or known.hook_id != hook.id:
        raise UserError("There is no such delivery.", reason="unknown_delivery")
    again = _sent(deliveries.redeliver(known.id))
    call.services.queue.hook(hook.id)
    return answer(delivery_shape(again), 202)


def _mine(call: Call, *, to_change: bool = False) -> Hook:
    """The hook that the address names, where it is the caller's, or their organisation's."""
    sight = call.sight
    hook = call.services.store.hooks.get(call.path["id"])
    if hook is None or not _is_mine(call, hook, sight.role(hook.organisation_id)):
        raise UserError("There is no such hook.", reason="unknown_hook")
    if to_change and hook.organisation_id is not None:
        rights.owned(call, rights.named_organisation(call, hook.organisation_id))
    return hook


def _is_mine(call: Call, hook: Hook, role: Role) -> bool:
    if call.caller.operates:
        return True
    if hook.organisation_id is not None:
        return role >= Role.OWNER
    return hook.home in _homes(call)


def _homes(call: Call) -> frozenset[str]:
    return frozenset(map(account_home, call.caller.accounts))


def _there(hook: Hook | None) -> Hook:
    if hook is None:
        raise UserError("There is no such hook.", reason="unknown_hook")
    return hook


def _sent(delivery: HookDelivery | None) -> HookDelivery:
    if delivery is None:
        raise UserError("There is no such hook.", reason="unknown_hook")
    return delivery


OPERATIONS = (
    Operation(
        method="GET",
        address="/hooks",
        name="list_hooks",
        group=GROUP,
        summary="List one's own hooks, and those of organisations that one owns",
        needs=Needs.SELF,
        scope=Scope.READ,
        query=Paging,
        gives={200: HookPage},
        view=_list,
    ),
    Operation(
        method="POST",
        address="/hooks",
        name="create_hook",
        group=GROUP,
        summary="Be told of projects",
        description="Signed as https://www.standardwebhooks.com has it, tried again for days, and "
        "switched off when nobody answers. The operator's hooks hear of everything.",
        needs=Needs.OWNER,
        scope=Scope.WRITE,
        body=NewHook,
        gives={201: MadeHookAnswer},
        creates=True,
        view=_create,
    ),
    Operation(
        method="GET",
        address="/hooks/<uuid:id>",
        name="get_hook",
        group=GROUP,
        summary="One hook",
        needs=Needs.SELF,
        scope=Scope.READ,
        gives={200: HookAnswer},
        view=_get,
    ),
    Operation(
        method="PATCH",
        address="/hooks/<uuid:id>",
        name="change_hook",
        group=GROUP,
        summary="Change a hook, or switch it on or off",
        needs=Needs.SELF,
        scope=Scope.WRITE,
        body=HookChange,
        gives={200: HookAnswer},
        view=_change,
    ),
    Operation(
        method="DELETE",
        address="/hooks/<uuid:id>",
        name="delete_hook",
        group=GROUP,
        summary="Remove a hook, with all that was on its way",
        needs=Needs.SELF,
        scope=Scope.WRITE,
        gives={204: None},
        view=_remove,
    ),
    Operation(
        method="POST",
        address="/hooks/<uuid:id>/secret",
        name="rotate_hook_secret",
        group=GROUP,
        summary="Get a new secret; for a day the old one signs, too",
        needs=Needs.SELF,
        scope=Scope.WRITE,
        gives={200: MadeHookAnswer},
        view=_rotate,
    ),
    Operation(
        method="POST",
        address="/hooks/<uuid:id>/ping",
        name="ping_hook",
        group=GROUP,
        summary="Send something that tells nothing",
        needs=Needs.SELF,
        scope=Scope.WRITE,
        gives={202: HookDeliveryAnswer},
        view=_ping,
    ),
    Operation(
        method="GET",
        address="/hooks/<uuid:id>/deliveries",
        name="list_hook_deliveries",
        group=GROUP,
        summary="What a hook was told, newest first",
        needs=Needs.SELF,
        scope=Scope.READ,
        query=Paging,
        gives={200: HookDeliveryPage},
        view=_deliveries,
    ),
    Operation(
        method="POST",
        address="/hooks/<uuid:id>/deliveries/<uuid:delivery>/redeliver",
        name="redeliver",
        group=GROUP,
        summary="Send something again, at once",
        needs=Needs.SELF,
        scope=Scope.WRITE,
        gives={202: HookDeliveryAnswer},
        view=_redeliver,
    ),
)

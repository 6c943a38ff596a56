"""A form on GitHub becomes a change, and an account that installs the App is shown how to begin."""

from __future__ import annotations

from typing import Any

import pytest

from bot.forms import form_file
from bot.generation.packs import PackLibrary
from bot.onboarding.standing import BRANCH
from bot.resources import templates_dir
from tests.e2e.scene import BOT, Scene, assert_change
from tests.forms.github_forms import faults, filled

pytestmark = [pytest.mark.e2e, pytest.mark.needs("node")]

HOME = "acme/.github"
PACK = "python-package"
FORM = f".github/ISSUE_TEMPLATE/{PACK}.yml"
POLICY = ".github/firstcommit.yml"


def test_a_form_that_is_filled_in_becomes_a_change(scene: Scene) -> None:
    form = form_file(PackLibrary(templates_dir() / "packs").get(PACK), "github").text
    asked = scene.open(
        filled(form, {"Name": "orders", "CI": "github", "Licence": "none of these"}), who="will"
    )
    run = scene.completed(asked)
    change = assert_change(scene, asked, run)
    assert change["user"]["login"] == BOT
    assert run.inputs["answers"]["licence"] == "none"
    files = scene.github.as_user("olga").tree("acme/handbook", change["head"]["ref"])
    assert "src/orders/__init__.py" in files
    assert "LICENSE" not in files


def test_without_one_place_for_it_doctor_says_why(scene: Scene) -> None:
    told = scene.settled(scene.github.installed().guid)
    assert told == "installation created: it is in force; onboarding: no home"
    asked = scene.ask("@firstcommit doctor")
    assert scene.settled(asked.delivery.guid) == "doctor"
    assert "Have an owner add acme/.github" in scene.answer(asked)
    assert scene.github.calls.publishing == []


def test_installing_opens_one_change_that_explains_itself(scene: Scene) -> None:
    olga = scene.github.as_user("olga")
    olga.create_repository(HOME, private=False)
    read_only = scene.ask("@firstcommit doctor", who="rita")
    assert scene.settled(read_only.delivery.guid) == "doctor"
    assert onboarding(scene) == []
    told = scene.settled(scene.github.installed().guid)
    assert told == "installation created: it is in force; onboarding: open"
    (change,) = onboarding(scene)
    assert (change["user"]["login"], change["draft"]) == (BOT, False)
    assert POLICY in change["body"]
    assert olga.file(HOME, POLICY, BRANCH).startswith(b"# What firstcommit may do here")
    assert faults(olga.file(HOME, FORM, BRANCH).decode()) == []
    assert len(scene.github.calls.publishing) <= 4
    assert scene.settled(scene.github.installed().guid).endswith("onboarding is known")
    asked = scene.ask("@firstcommit doctor")
    scene.settled(asked.delivery.guid)
    assert change["html_url"] in scene.answer(asked)
    assert len(onboarding(scene)) == 1


def onboarding(scene: Scene) -> list[dict[str, Any]]:
    return scene.github.as_user("olga").changes(HOME, state="all")

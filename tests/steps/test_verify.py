"""``verify``: what is wrong with files is told, and what must not leave does not."""

from __future__ import annotations

from tests.spine import GENERATE, Bot


def test_a_file_that_does_not_parse_is_told_and_published_all_the_same(bot: Bot) -> None:
    bot.do(f"{GENERATE} data='{{not json'")
    assert bot.run.status == "completed"
    assert "- [ ] ⚠️ Verify them — 1 finding\n" in bot.living
    assert bot.living.splitlines()[0].endswith("); 1 finding")
    assert "`data.json:1`" in bot.living
    (change,) = bot.forge.people.changes(bot.shop)
    assert (
        "The verification has 1 finding;"
        in bot.forge.people.change_texts(bot.shop, change.number)[1]
    )


def test_a_secret_stops_the_run_before_anything_is_published(bot: Bot) -> None:
    bot.do(f"{GENERATE} folder=doc title=AKIA" + "Q3EGPLZXCVBNMASD")
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "secret_found"
    assert "looks like a secret" in bot.living
    assert "Q3EGPLZXCVBNMASD" not in bot.living
    assert not bot.forge.calls_of("commit_on_new_branch")
    project = bot.store.projects.get(str(bot.run.project_id))
    assert project is not None
    assert project.status == "failed"


def test_a_path_that_an_answer_leads_astray_stops_the_run(bot: Bot) -> None:
    bot.do(f"{GENERATE} folder=../../outside")
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "bad_path"
    assert not bot.forge.calls_of("commit_on_new_branch")


def test_a_path_into_gits_own_folder_stops_the_run(bot: Bot) -> None:
    bot.do(f"{GENERATE} folder=.git")
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "bad_path"


def test_a_project_larger_than_the_operator_allows_stops_the_run(bot: Bot) -> None:
    bot.change(settings=bot.services.settings.replace(max_files=3))
    bot.do(GENERATE)
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "too_many_files"

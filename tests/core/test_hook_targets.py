"""Where a hook may be."""

from __future__ import annotations

import pytest

from bot.core.hook_targets import check_target, target_of
from bot.core.origins import read_allowed, read_origin
from bot.errors import UserError

INTRANET = [read_allowed("private:http://10.0.0.8:8080"), read_allowed("https://api.example.com")]


def refused(url: str) -> str:
    with pytest.raises(UserError) as caught:
        check_target(url, INTRANET)
    return caught.value.reason


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/a?b=c",
        "http://hooks.example.com/",
        "https://8.8.8.8/x",
        "https://[2a00:1450:4001::1]/x",
        "http://10.0.0.8:8080/listed",
    ],
)
def test_public_addresses_and_listed_ones_may_be(url: str) -> None:
    assert str(check_target(url, INTRANET)) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.8/another-port",
        "https://10.0.0.8:8080/another-scheme",
        "http://127.0.0.1/",
        "http://localhost:8000/",
        "http://app.localhost/",
        "http://[::1]/",
    ],
)
def test_private_addresses_may_not_and_the_remedy_names_the_setting(url: str) -> None:
    with pytest.raises(UserError) as caught:
        check_target(url, INTRANET)
    assert caught.value.reason == "private_address"
    assert "FIRSTCOMMIT_API_ORIGINS" in caught.value.remedy


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1]/",
        "http://0.0.0.0/",
        "http://[::ffff:169.254.169.254]/",
    ],
)
def test_no_setting_is_named_for_what_none_allows(url: str) -> None:
    listed = [read_allowed("private:http://10.0.0.8:8080")]
    with pytest.raises(UserError) as caught:
        check_target(url, listed)
    assert caught.value.reason == "private_address"
    assert "FIRSTCOMMIT_API_ORIGINS" not in caught.value.remedy


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com", "https://me:pw@example.com/", "https://a b/", "https://x/#y", "//x", ""],
)
def test_what_can_be_read_in_two_ways_is_no_address(url: str) -> None:
    assert refused(url) == "bad_url"


def test_listing_a_public_origin_makes_it_no_more_private() -> None:
    assert not target_of(read_origin("https://api.example.com"), INTRANET).private
    assert target_of(read_origin("http://10.0.0.8:8080"), INTRANET).private

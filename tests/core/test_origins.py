"""Addresses have one reading, and what could have two is refused."""

from __future__ import annotations

import pytest

from bot.core.origins import read_allowed, read_origin, read_url, with_query
from bot.errors import UserError


@pytest.mark.parametrize(
    ("text", "origin", "target"),
    [
        ("https://api.example.com", "https://api.example.com", "/"),
        ("HTTPS://API.Example.COM:443/v1", "https://api.example.com", "/v1"),
        ("http://intranet:80", "http://intranet", "/"),
        ("https://api.example.com:8443/?q=1", "https://api.example.com:8443", "/?q=1"),
        ("https://api.example.com?q=1", "https://api.example.com", "/?q=1"),
        ("https://93.184.216.34/a", "https://93.184.216.34", "/a"),
        ("https://[2606:4700:0:0::1]/", "https://[2606:4700::1]", "/"),
        ("https://[::ffff:7F00:1]/", "https://[::ffff:7f00:1]", "/"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example", "/"),
        ("https://a.b/straße%2Fx?n=é@b", "https://a.b", "/stra%C3%9Fe%2Fx?n=%C3%A9@b"),
        ("https://a.b//evil.example/", "https://a.b", "//evil.example/"),
    ],
)
def test_an_address_is_read(text: str, origin: str, target: str) -> None:
    url = read_url(text)
    assert (str(url.origin), url.target) == (origin, target)
    assert read_url(str(url)) == url


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ftp://a.b/", "must begin with https://"),
        ("https:/a.b/", "must begin with https://"),
        ("//a.b/", "must begin with https://"),
        ("a.b", "must begin with https://"),
        ("", "must begin with https://"),
        ("https:///path", "no host"),
        ("https://ann@a.b/", "credentials"),
        ("https://ann:pw@a.b/", "credentials"),
        ("https://a.b\\@c.d/", "backslash"),
        ("https://a.b/ x", "space"),
        ("https://a.b/\r\nHost: c", "control"),
        ("https://a.b/\x00", "control"),
        (" https://a.b/", "space"),
        ("https://a.b/#x", "behind #"),
        ("https://a.b#@c.d/", "behind #"),
        ("https://bücher.example/", "xn--"),
        ("https://１２７.0.0.1/", "xn--"),
        ("https://a。b/", "xn--"),
        ("https://a.b./", "dot at the end"),
        ("https://a..b/", "read in one way"),
        ("https://.a.b/", "read in one way"),
        ("https://-a.b/", "read in one way"),
        ("https://%61.b/", "read in one way"),
        ("https://a.b:/", "read in one way"),
        ("https://a.b:0/", "port"),
        ("https://a.b:65536/", "port"),
        ("https://a.b:0443/", "port"),
        ("https://a.b:443x/", "read in one way"),
        ("https://2130706433/", "odd spelling"),
        ("https://127.1/", "odd spelling"),
        ("https://0177.0.0.1/", "odd spelling"),
        ("https://0x7f000001/", "odd spelling"),
        ("https://0x7f.0.0.0x1/", "odd spelling"),
        ("https://1.2.3.4.5/", "odd spelling"),
        ("https://256.1.1.1/", "odd spelling"),
        ("https://a.0x/", "odd spelling"),
        ("https://127.0.0.1./", "dot at the end"),
        ("https://[::1%25eth0]/", "read in one way"),
        ("https://[::g]/", "read in one way"),
        ("https://[1.2.3.4]/", "IPv6"),
        ("https://::1/", "read in one way"),
        (f"https://{'a' * 64}.b/", "read in one way"),
        (f"https://a.b/{'a' * 4096}", "more than 4096"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(text: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        read_url(text)
    assert caught.value.reason == "bad_url"


def test_a_problem_does_not_repeat_the_address() -> None:
    with pytest.raises(UserError) as caught:
        read_url("https://ann:hunter2@a.b/")
    assert "hunter2" not in caught.value.message + caught.value.remedy


@pytest.mark.parametrize(
    "text",
    ["https://api.example.com", "https://api.example.com:8443", "private:http://127.0.0.1:8080"],
)
def test_an_entry_of_the_list_is_read_and_written_alike(text: str) -> None:
    assert str(read_allowed(text)) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("https://api.example.com/", "no path"),
        ("https://api.example.com/v1", "no path"),
        ("https://api.example.com?x", "no path"),
        ("https://*.example.com", "no wildcards"),
        ("*", "no wildcards"),
        ("https://ann@api.example.com", "credentials"),
        ("http://api.example.com", "must begin with https://"),
        ("api.example.com", "must begin with https://"),
        ("private:api.example.com", "must begin with https://"),
        ("https://127.1", "odd spelling"),
    ],
)
def test_an_entry_that_is_no_origin_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_allowed(text)


def test_an_origin_has_no_path() -> None:
    assert str(read_origin("https://A.b:443")) == "https://a.b"
    with pytest.raises(ValueError, match="no path"):
        read_origin("https://a.b/x")


def test_a_query_is_added_to() -> None:
    pairs = [("q", "a b&c"), ("n", "ü")]
    assert str(with_query(read_url("https://a.b"), pairs)) == "https://a.b/?q=a+b%26c&n=%C3%BC"
    assert with_query(read_url("https://a.b/?x=1"), [("y", "2")]).target == "/?x=1&y=2"
    assert with_query(read_url("https://a.b/x"), []).target == "/x"

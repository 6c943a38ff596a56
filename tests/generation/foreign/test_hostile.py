"""Packs and templates that mean no good: all refused, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.core.git_values import REGULAR, TreeFile
from bot.core.limits import ProjectLimits
from bot.core.pack_addresses import read_pack_address
from bot.errors import BotError, UserError
from bot.generation.foreign.bundle import bundle_of
from bot.generation.foreign.frames import BadFrame, pack_frame, read_frame
from bot.generation.foreign.rooms import Rooms
from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from bot.sandbox.bubblewrap import Bubblewrap
from tests.foreign_packs import bundle, quick_rooms, rooms, source

ADDRESSES = (
    "ext::sh -c id",
    "fd::17",
    "file:///etc/passwd",
    "git+file:///srv/repo@v1",
    "ssh://git@example.com/acme/x",
    "git+ssh://git@example.com/acme/x@v1",
    "git@github.com:acme/x",
    "http://example.com/acme/x@v1",
    "git://example.com/acme/x@v1",
    "https://ann:secret@example.com/acme/x@v1",
    "https://token@example.com/acme/x@v1",
    "https://example.com/acme/x",
    "https://example.com/acme/x@",
    "https://example.com/acme/x@--upload-pack=touch",
    "https://example.com/acme/x@v1^{}",
    "https://example.com/acme/x@a..b",
    "https://example.com/acme/x@v1:refs/heads/main",
    "https://example.com/../../x@v1",
    "https://example.com/acme/x@v1//../../etc",
    "https://example.com/acme/x@v1//.git",
    "https://example.com/acme/x?y=1@v1",
    "https://example.com/acme/x#frag@v1",
    "https://0x7f.1/acme/x@v1",
    "https://example.com@evil.example/acme/x@v1",
    "--upload-pack=touch",
    "-oProxyCommand=id",
    "../packs/x",
    "/etc/passwd",
    "~/x",
    "//evil.example/x",
    "acme/x@v1//.git/hooks",
    "acme/x@--force",
    "nowhere:acme/x@v1",
    "acme/../x",
    "acme/x@v1\nhost",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses(address: str) -> None:
    with pytest.raises(UserError) as refused:
        read_pack_address(address)
    assert refused.value.reason == "bad_pack_address"
    assert "secret" not in refused.value.message


PLAIN = TreeFile(path="pack.yaml", content=b"name: x\n")


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (TreeFile(path="files/link", content=b"/etc/passwd", mode=0o120000), "symbolic link"),
        (TreeFile(path="vendor", content=b"", mode=0o160000), "submodule"),
        (TreeFile(path="files/../../x", content=b""), "leads elsewhere"),
        (TreeFile(path="/etc/x", content=b""), "leads elsewhere"),
        (TreeFile(path=".git/config", content=b""), "leads elsewhere"),
        (TreeFile(path="files/.GIT./x", content=b""), "leads elsewhere"),
        (TreeFile(path="files/a\nb", content=b""), "control character"),
        (TreeFile(path="files/" + "d/" * 40 + "x", content=b""), "too long"),
        (TreeFile(path="pack.yaml/x", content=b""), "both a file and a folder"),
        (
            TreeFile(path="files/x", content=b"version https://git-lfs.github.com/spec/v1\noid"),
            "Git LFS",
        ),
        (TreeFile(path="files/x", content=b"x" * (11 * 1024 * 1024)), "too large"),
    ],
)
def test_files_as_they_are_fetched(file: TreeFile, said: str) -> None:
    with pytest.raises(UserError, match=said):
        bundle_of([PLAIN, file], shown="theirs")


def test_a_bomb_of_files() -> None:
    many = (TreeFile(path=f"files/{number}", content=b"") for number in range(10**9))
    with pytest.raises(UserError) as refused:
        bundle_of(many, shown="theirs")
    assert refused.value.reason == "too_many_files"


def test_a_folder_that_holds_no_template() -> None:
    with pytest.raises(UserError, match="holds no template"):
        bundle_of([TreeFile(path="README.md", content=b"x", mode=REGULAR)], shown="theirs")


def native(**files: str) -> Mapping[str, str]:
    return {"pack.yaml": manifest(), **files}


def manifest(more: str = "", question: str = "") -> str:
    return (
        "name: theirs\nversion: 1.0.0\nsummary: x\nquestions:\n"
        f"  name: {{type: string{question}}}\n{more}"
    )


def ours(path: str, text: str = "x") -> Mapping[str, str]:
    return {"pack.yaml": manifest(), f"files/{path}": text, "files/README.md": "x"}


def copier(config: str, **files: str) -> Mapping[str, str]:
    named = {path.replace("__dot__", "."): text for path, text in files.items()}
    return {"copier.yml": "name: {type: str}\n" + config, **named}


LOOP = "{% for i in range(2000) %}{{ 'x' * 1000 }}{% endfor %}"

REFUSED: Mapping[str, tuple[Mapping[str, str], str]] = {
    "a path that leads out": (ours("{{ '..' }}/{{ '..' }}/x"), "bad_path"),
    "an absolute path": (ours("{{ '/etc/passwd' }}"), "template_error"),
    "a path into git's own folder": (ours("{{ dot }}git/hooks/post-checkout"), "bad_path"),
    "a name with an end of a line": (ours("{{ 'a\\nb' }}"), "bad_path"),
    "names that differ in case alone": (ours("{{ 'readme.MD' }}"), "bad_path"),
    "an output without end": (ours("x", LOOP), "too_large"),
    "a macro that calls itself": (
        ours("x", "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"),
        "template_error",
    ),
    "a template that includes itself": (
        ours("x", "{% include 'files/x' %}{{ name }}"),
        "template_error",
    ),
    "a way to Python's classes": (ours("x", "{{ ''.__class__.__mro__ }}"), "template_error"),
    "a way through format": (
        ours("x", "{{ '{0.__class__.__mro__}'.format(name) }}"),
        "template_error",
    ),
    "a way through globals": (ours("x", "{{ cycler.__init__.__globals__ }}"), "template_error"),
    "a text that fills the memory": (ours("x", "{{ 'x' * 10**12 }}"), "template_error"),
    "files without end": (
        {
            "pack.yaml": manifest('files: [{path: x, each: "{{ range(99) | list }}", as: i}]'),
            "files/x": "x",
        },
        "too_many_files",
    ),
    "an alias in its manifest": (
        {"pack.yaml": "name: &a theirs\nversion: *a\n", "files/x": "x"},
        "bad_pack",
    ),
    "a manifest that is nested without end": (
        {"pack.yaml": "name: " + "[" * 5000, "files/x": "x"},
        "bad_pack",
    ),
    "a question that is a key of the command": (
        {
            "copier.yml": "path: {type: str}\n",
        },
        "bad_pack",
    ),
    "Copier: an include of what lies outside": (
        {"copier.yml": "name: {type: str}\n---\n!include ../../../../etc/passwd\n"},
        "bad_pack",
    ),
    "Copier: an include of an absolute path": (
        {"copier.yml": "!include /etc/passwd\n"},
        "bad_pack",
    ),
    "Copier: an object of Python's": (
        {"copier.yml": "name: !!python/object/apply:os.system [id]\n"},
        "bad_pack",
    ),
    "Copier: a folder that lies outside": (
        copier("_subdirectory: ../../..\n"),
        "template_error",
    ),
    "Copier: tasks": (copier("_tasks: [touch x]\n"), "template_wants_code"),
    "Copier: extensions": (copier("_jinja_extensions: [os.path]\n"), "template_wants_code"),
    "Copier: a path that leads out": (
        {**copier(""), "{{ '..' }}/{{ '..' }}/x.jinja": "x"},
        "template_error",
    ),
    "Copier: a path into git's own folder": (
        {**copier("_exclude: [copier.yml]\n"), "{{ '.g' ~ 'it' }}/config": "x"},
        "bad_path",
    ),
    "Copier: what the machine's variables hold": (
        {**copier(""), "x.jinja": "{{ '$PATH' | expandvars }}"},
        "template_error",
    ),
    "Copier: the names of the machine's files": (
        {**copier(""), "x.jinja": "{{ '/etc/*' | fileglob }}"},
        "template_error",
    ),
    "Copier: a way to Python's classes": (
        {**copier(""), "x.jinja": "{{ ''.__class__.__mro__ }}"},
        "template_error",
    ),
    "Copier: a template from outside": (
        {**copier(""), "x.jinja": "{% include '../../../../etc/passwd' %}"},
        "template_error",
    ),
    "Copier: files without end": (
        {**copier(""), "{% yield i from range(99) %}{{ i }}{% endyield %}": "x"},
        "too_many_files",
    ),
    "Copier: a number that is none": (
        copier("x: {type: float, default: .nan}\n"),
        "template_error",
    ),
    "Copier: a number without end": (
        copier("x: {type: yaml, default: '[1, .inf]'}\n"),
        "template_error",
    ),
    "Copier: a file that is too large": ({**copier(""), "x.jinja": LOOP}, "too_large"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_they_do_when_they_are_read_and_rendered(name: str) -> None:
    files, reason = REFUSED[name]
    with pytest.raises(BotError) as refused:
        make(quick_rooms(), files)
    assert refused.value.reason == reason
    assert "/tmp" not in refused.value.message


def test_a_number_that_no_database_takes_is_no_answer() -> None:
    generator = ProjectGenerator(PackLibrary(Path("none")), quick_rooms())
    pack = generator.rooms.read(bundle(copier("x: {type: float, default: 1}\n")), source())
    with pytest.raises(UserError, match="has to be a finite number"):
        generator.generate(pack, {"name": "orders", "x": float("inf")})


def test_a_child_that_answers_with_more_files_than_it_may_is_not_heard_out() -> None:
    frame = pack_frame({}, [TreeFile(path=f"{n}", content=b"", mode=REGULAR) for n in range(9)])
    assert len(read_frame(frame, most_files=9)[1]) == 9
    with pytest.raises(BadFrame, match="more files"):
        read_frame(frame, most_files=8)


COOKIE = '{"name": "x", "slug": "{{ cookiecutter.name }}"}'
SLUG = "{{ cookiecutter.slug }}"
COOKIES: Mapping[str, tuple[Mapping[str, str], str]] = {
    "hooks": ({f"{SLUG}/x": "x", "hooks/post_gen_project.sh": "touch x"}, "template_wants_code"),
    "a hook before it asks": (
        {f"{SLUG}/x": "x", "hooks/pre_prompt.py": "import os"},
        "template_wants_code",
    ),
    "a path that leads out": ({f"{SLUG}/{{{{ '..' }}}}/{{{{ '..' }}}}/x": "x"}, "bad_path"),
    "a way to Python's classes": (
        {f"{SLUG}/x": "{{ ''.__class__.__mro__[1].__subclasses__() }}"},
        "template_error",
    ),
    "a way through a function": (
        {f"{SLUG}/x": "{{ cookiecutter.items.__func__.__globals__ }}"},
        "template_error",
    ),
}


@pytest.mark.parametrize("name", COOKIES)
def test_what_cookiecutters_templates_do(name: str) -> None:
    """In a process of their own: what is done to Cookiecutter there would stay in this one."""
    files, reason = COOKIES[name]
    with pytest.raises(BotError) as refused:
        make(rooms(), {"cookiecutter.json": COOKIE, **files})
    assert refused.value.reason == reason


def test_an_extension_is_code() -> None:
    manifest = '{"name": "x", "_extensions": ["os.path"]}'
    with pytest.raises(BotError) as refused:
        make(quick_rooms(), {"cookiecutter.json": manifest, "{{cookiecutter.name}}/x": "x"})
    assert refused.value.reason == "template_wants_code"


SLOW: Mapping[str, tuple[Mapping[str, str], str]] = {
    "a loop without end": (
        ours(
            "x",
            "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        ),
        "orders",
    ),
    "a pattern without end": (
        {"pack.yaml": manifest(question=', pattern: "(a+)+$"'), "files/x": "x"},
        "a" * 60 + "!",
    ),
}


@pytest.mark.parametrize("name", SLOW)
def test_what_takes_for_ever_is_stopped(name: str) -> None:
    files, answer = SLOW[name]
    with pytest.raises(BotError, match="too long") as refused:
        make(rooms(time_s=1), files, answer)
    assert refused.value.reason == "template_error"


def test_a_bomb_of_aliases_is_stopped() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]")
    with pytest.raises(BotError):
        make(rooms(time_s=1), {"copier.yml": "\n".join(lines) + "\nname: {type: str}\n"})


@pytest.mark.needs("bwrap")
def test_inside_a_sandbox_nothing_of_this_machine_is_seen(tmp_path: Path) -> None:
    """Of a template that is trusted, and runs what it likes."""
    secret = tmp_path / "secret.txt"
    secret.write_text("hunter2")
    tasks = f"_tasks: ['cat {secret} > a.txt || true', 'env > b.txt']\n"
    walled = Rooms(Bubblewrap(hidden=[tmp_path]))
    trusting = source(trusted=True)
    files = {**copier(tasks), "x.jinja": "{{ name }}"}
    pack = walled.read(bundle(files), trusting)
    made = {
        file.path: file.content
        for file in walled.make(pack, {"name": "a"}, {}, ProjectLimits()).files
    }
    assert made["a.txt"] == b""
    assert b"TOKEN" not in made["b.txt"]


def make(where: Rooms, files: Mapping[str, str], name: str = "orders") -> None:
    generator = ProjectGenerator(PackLibrary(Path("none")), where)
    pack = where.read(bundle(files), source())
    generator.generate(pack, {"name": name}, limits=ProjectLimits(files=50))

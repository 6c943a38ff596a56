"""Lock files of packs that do not ship: found by what is in them, built from by the operator."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.generation.generator import ProjectGenerator
from bot.generation.pack_format import PackSource
from bot.generation.packs import PackLibrary
from bot.living import living_text
from bot.resources import templates_dir
from bot.sandbox.bubblewrap import Bubblewrap
from bot.steps.evidence import evidence_of
from bot.verification.building import build
from bot.verification.locks import Lock, lock_of, refuse_unlocked
from bot.verification.toolchains import COMPLETE, Toolchains, Wanted, identity
from tests.foreign_packs import SERVICE, quick_rooms
from tests.spine import PACKS, Bot

FOLDER = ".github/firstcommit/packs/service"
SHA = "0" * 64
PYTHON = f"fc-tool==1.0 \\\n    --hash=sha256:{SHA} \\\n    --hash=sha256:{'1' * 64}\n"
CHECKED = (
    SERVICE["pack.yaml"] + "checks: [{name: tool, run: [fc-tool]}]\ntoolchain: {python: lock.txt}\n"
)


@pytest.fixture
def bot(tmp_path: Path, spine_database: Path) -> Iterator[Bot]:
    made = Bot(tmp_path, spine_database, sandbox=Bubblewrap())
    made.change(generator=ProjectGenerator(PackLibrary(PACKS), quick_rooms()))
    yield made
    made.store.database.close()


@pytest.mark.needs("bwrap")
def test_an_organisations_pack_is_checked_with_what_the_operator_has_built(bot: Bot) -> None:
    home = bot.forge.people.add_repository("acme/.github", private=False)
    for path, text in {**SERVICE, "pack.yaml": CHECKED, "lock.txt": PYTHON}.items():
        content = text if isinstance(text, bytes) else text.encode()
        bot.commit(f"{FOLDER}/{path}", content, where=home)
    bot.do("/generate service name=orders")
    assert "Not run: needs the python toolchain of service" in bot.living
    assert f"`firstcommit toolchains build github:acme/.github//{FOLDER}`" in bot.living

    lock = Lock(kind="python", content=PYTHON.encode())
    built(Toolchains(bot.services.settings.toolchains_dir), lock)
    bot.do("/generate service name=parcels")
    assert "1 check passed" in living_text(bot.services, bot.run)
    (kept,) = bot.store.verifications.of_run(bot.run.id)
    assert evidence_of(kept).toolchains == {"python": identity(lock)}


def built(toolchains: Toolchains, lock: Lock) -> None:
    place = toolchains.place(Wanted(kind=lock.kind, lock=lock, id=identity(lock)))
    tool = place / "python" / "bin" / "fc-tool"
    tool.parent.mkdir(parents=True)
    tool.write_text("#!/bin/sh\nexit 0\n")
    tool.chmod(0o755)
    (place / COMPLETE).write_text('{"kind": "python", "asked_for": "github:acme/x"}')


def test_those_of_the_packs_that_ship_are_built_from() -> None:
    library = PackLibrary(templates_dir() / "packs")
    for name in library.names():
        pack = library.get(name)
        for kind in pack.toolchain:
            refuse_unlocked(lock_of(pack, kind))


@pytest.mark.parametrize(
    "text",
    [
        "fc-tool==1.0\n",
        f"fc-tool>=1.0 --hash=sha256:{SHA}\n",
        f"fc-tool==1.0 --hash=md5:{SHA}\n",
        f"fc-tool @ https://example.com/x.whl --hash=sha256:{SHA}\n",
        f"https://example.com/x.whl --hash=sha256:{SHA}\n",
        f"./x.whl --hash=sha256:{SHA}\n",
        f"--index-url https://example.com/\nfc-tool==1.0 --hash=sha256:{SHA}\n",
        f"-e . --hash=sha256:{SHA}\n",
        f"-r other.txt\nfc-tool==1.0 --hash=sha256:{SHA}\n",
        f"fc-tool==1.0 --hash=sha256:{SHA} --config-settings x=y\n",
        f"fc-tool==${{HOME}} --hash=sha256:{SHA}\n",
        f"# a comment\x0b--index-url https://example.com/\nfc-tool==1.0 --hash=sha256:{SHA}\n",
    ],
)
def test_what_is_not_pinned_with_hashes_is_not_built_from(text: str, tmp_path: Path) -> None:
    lock = Lock(kind="python", content=text.encode())
    refused(lock, tmp_path)


LEFT_PAD = {"version": "1.3.0", "integrity": f"sha512-{'A' * 86}=="}


@pytest.mark.parametrize(
    "packages",
    [
        {"node_modules/x": {"version": "1.0.0"}},
        {"node_modules/x": {**LEFT_PAD, "resolved": "git+ssh://git@example.com/x.git#1234"}},
        {"node_modules/x": {**LEFT_PAD, "resolved": "http://example.com/x.tgz"}},
        {"node_modules/x": {**LEFT_PAD, "version": "file:../x"}},
        {"node_modules/x": {**LEFT_PAD, "link": True}},
        {"node_modules/../../x": LEFT_PAD},
        {"../x": LEFT_PAD},
        {"node_modules/x": {**LEFT_PAD, "integrity": "sha1-AAAA"}},
        ["node_modules/x"],
    ],
)
def test_nor_what_npm_would_install_unseen(packages: object, tmp_path: Path) -> None:
    content = json.dumps({"lockfileVersion": 3, "packages": packages}).encode()
    refused(Lock(kind="node", content=content, manifest=b"{}"), tmp_path)


def refused(lock: Lock, folder: Path) -> None:
    toolchains = Toolchains(folder / "toolchains")
    wanted = Wanted(kind=lock.kind, lock=lock, id=hashlib.sha256(lock.content).hexdigest()[:16])
    with pytest.raises(UserError, match="not built from") as caught:
        build(toolchains, wanted, tell=lambda line: None)
    assert caught.value.reason == "toolchain_failed"
    assert not toolchains.folder.exists()


def test_a_strangers_pack_reads_no_file_of_this_machine(tmp_path: Path) -> None:
    library = PackLibrary(templates_dir() / "packs")
    shipped = library.get("flask-service")
    source = PackSource(kind="git", name="x", address="github:acme/x", shown="github:acme/x")
    for named in ("/etc/passwd", "../flask-service/toolchain/python.lock", "_shared/../x"):
        pack = replace(shipped, source=source, bundle=None, toolchain={"python": named})
        with pytest.raises(FileNotFoundError):
            lock_of(pack, "python")

"""Packs that are not ours, for tests: small ones in each tool's format."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Mapping

from bot.core.git_values import EXECUTABLE, REGULAR, TreeFile
from bot.generation.foreign.bundle import Bundle, bundle_of
from bot.generation.foreign.child import answered
from bot.generation.foreign.rooms import Rooms
from bot.generation.pack_format import PackSource
from bot.sandbox.plain import PlainProcesses
from bot.sandbox.port import Ending, SandboxOrder, SandboxOutcome

PIXEL = bytes(range(256)) + b"\x00\xff{{ name }}"

SERVICE = {
    "pack.yaml": """\
name: service
version: 2.1.0
summary: A service as we build them
questions:
  name: {type: string, pattern: "^[a-z][a-z0-9-]*$"}
  database: {type: boolean, default: false}
  engine: {type: choice, choices: [postgres, sqlite], default: sqlite, when: "{{ database }}"}
""",
    "files/README.md": "# {{ name }}\n{% if database %}{{ engine }}\n{% endif %}",
    "files/logo.png": PIXEL,
}

COPIER = {
    "copier.yml": """\
_subdirectory: template
project_name: {type: str, help: "What is it called?"}
module: {type: str, default: "{{ project_name | replace('-', '_') }}", when: false}
features: {type: str, multiselect: true, choices: [api, cli, docs], default: [api]}
token: {type: str, secret: true, default: none}
""",
    "template/README.md.jinja": "# {{ project_name }}\n{{ features | join(' ') }}\n",
    "template/{{ module }}/__init__.py": "",
    "template/{% if 'docs' in features %}docs{% endif %}/index.md.jinja": "{{ project_name }}\n",
    "template/{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers | to_nice_yaml }}",
}

COOKIECUTTER = {
    "cookiecutter.json": """\
{"project_name": "My Thing",
 "slug": "{{ cookiecutter.project_name | lower | replace(' ', '-') }}",
 "licence": ["MIT", "Apache-2.0"]}
""",
    "{{ cookiecutter.slug }}/README.md": "# {{ cookiecutter.project_name }}\n",
    "{{ cookiecutter.slug }}/LICENSE": "{{ cookiecutter.licence }}\n",
}


def tree(files: Mapping[str, str | bytes], *, executable: str = "") -> list[TreeFile]:
    """Files by path, as a forge gives them."""
    return [
        TreeFile(
            path=path,
            content=content.encode() if isinstance(content, str) else content,
            mode=EXECUTABLE if path == executable else REGULAR,
        )
        for path, content in files.items()
    ]


def bundle(files: Mapping[str, str | bytes], **more: str) -> Bundle:
    """Files as a pack that was fetched."""
    return bundle_of(tree(files, **more), shown="theirs")


def source(name: str = "theirs", **more: object) -> PackSource:
    """Where a pack came from."""
    return PackSource(
        **{"kind": "folder", "name": name, "address": name, "shown": name, **more}  # type: ignore[arg-type]
    )


def rooms(**more: float) -> Rooms:
    """Processes without a sandbox, which are to be had everywhere."""
    return Rooms(PlainProcesses(), **more)


def quick_rooms() -> Rooms:
    """The child in this process, for what is about its words and not about its walls."""
    return Rooms(InThisProcess())


class InThisProcess:
    """Stands for a sandbox: has the child's answer given here, in a folder of its own."""

    def problem(self) -> str | None:
        """None."""
        return None

    def run(
        self, order: SandboxOrder, *, poll: Callable[[], object] | None = None
    ) -> SandboxOutcome:
        """What the child would print."""
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            printed = answered(order.stdin)
        return SandboxOutcome(
            ending=Ending.EXITED, exit_code=0, stdout=printed, stderr=b"", duration_s=0.0
        )

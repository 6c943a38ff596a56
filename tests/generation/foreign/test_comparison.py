"""Copier's and Cookiecutter's templates come out as those tools themselves make them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.core.limits import CEILINGS
from bot.generation.foreign.bundle import bundle_of
from tests.foreign_packs import PIXEL, rooms, source, tree

Files = Mapping[str, str | bytes]
Tree = dict[str, tuple[bool, bytes]]

SUBFOLDER: Files = {
    "copier.yml": """\
_subdirectory: "{{ flavour }}"
_exclude: ["*.bak", "docs/{{ 'draft' if not drafts else 'nothing' }}*", "!keep.bak"]
flavour: {type: str, choices: {Plain one: plain, Rich one: rich}, default: plain}
drafts: {type: bool, default: false}
name: {type: str, default: "{{ flavour }}-thing"}
shout: {type: str, default: "{{ name | upper }}", when: false}
""",
    "plain/README.md.jinja": "# {{ shout }}\n\nno newline at the end: {{ drafts }}",
    "plain/raw.txt.jinja": "{% raw %}${{ secrets.TOKEN }} {{ not_ours }}{% endraw %} {{ name }}\n",
    "plain/not-rendered.txt": "{{ name }}\r\n",
    "plain/old.bak": "old",
    "plain/keep.bak": "kept",
    "plain/docs/draft.md": "draft",
    "plain/docs/final.md.jinja": "{# nothing #}{{- name }}\n",
    "plain/logo.png": PIXEL,
    "plain/bin/run.sh.jinja": "#!/bin/sh\necho {{ name }}\n",
    "plain/empty": "",
    "rich/README.md.jinja": "rich {{ name }}\n",
}
PATHS: Files = {
    "copier.yml": """\
_templates_suffix: .tpl
_envops: {block_start_string: "[%", block_end_string: "%]", variable_start_string: "[[",
          variable_end_string: "]]", keep_trailing_newline: false, trim_blocks: true}
name: {type: str}
modules: {type: yaml, default: "[one, two]"}
features: {type: str, multiselect: true, choices: [api, cli, docs], default: [api, docs]}
port: {type: int, default: 8080, validator: "[% if port < 1024 %]too low[% endif %]"}
ratio: {type: float, default: 0.5}
extra: {type: json, default: '{"a": [1, 2]}'}
secret_word: {type: str, secret: true, default: hush}
cli_name: {type: str, default: "[[ name ]]-cli", when: "[[ 'cli' in features ]]"}
""",
    "[% yield module from modules %][[ module ]][% endyield %]/[[ module ]].py.tpl": (
        "name = '[[ module ]] of [[ name ]]'\n[% if port %]\nport = [[ port ]]\n[% endif %]\n"
    ),
    "[% if 'docs' in features %]docs[% endif %]/index.md.tpl": "[[ name ]] [[ ratio ]]\n",
    "[% if 'cli' in features %][[ cli_name ]].txt[% endif %].tpl": "[[ cli_name ]]\n",
    "data.json.tpl": "[[ extra | to_nice_json ]]\n",
    "plain.txt": "[[ name ]]\n",
    "shared.inc": "included [[ name ]]",
    "with.txt.tpl": "[% include 'shared.inc' %]\n",
    "[[ _copier_conf.answers_file ]].tpl": "[[ _copier_answers | to_nice_yaml ]]",
}
COOKIE: Files = {
    "cookiecutter.json": """\
{"project_name": "My Thing",
 "slug": "{{ cookiecutter.project_name | slugify }}",
 "licence": ["MIT", "{{ 'Apache' }}-2.0", "none"],
 "with_docs": false,
 "_copy_without_render": ["static", "*.html", "raw/{{ cookiecutter.slug }}.txt"],
 "_private": "{{ kept }}",
 "__module": "{{ cookiecutter.slug.replace('-', '_') }}",
 "_jinja2_env_vars": {"lstrip_blocks": true, "trim_blocks": true},
 "deploy": {"staging": {"host": "{{ cookiecutter.slug }}.example"}, "live": {"host": "x"}},
 "__prompts__": {"project_name": "What is it called?", "licence": {"__prompt__": "Which?"}}}
""",
    "README.md": "of the template",
    "templates/base.txt": "base of {{ cookiecutter.slug }}",
    "{{cookiecutter.slug}}/README.md": (
        "# {{ cookiecutter.project_name }}\r\n{{ cookiecutter._private }}\r\n"
    ),
    "{{cookiecutter.slug}}/{{ cookiecutter.__module }}/__init__.py": (
        "{% if cookiecutter.with_docs %}\ndocs = True\n{% else %}\ndocs = False\n{% endif %}\n"
    ),
    "{{cookiecutter.slug}}/{{ 'docs' if cookiecutter.with_docs else 'doc' }}/index.md": "docs\n",
    "{{cookiecutter.slug}}/{% if cookiecutter.licence != 'none' %}LICENSE{% endif %}": (
        "{{ cookiecutter.licence }}\n"
    ),
    "{{cookiecutter.slug}}/static/{{ kept }}.js": "{{ kept }}\n",
    "{{cookiecutter.slug}}/page.html": "<p>{{ kept }}</p>\n",
    "{{cookiecutter.slug}}/raw.txt": "{% raw %}{{ kept }}{% endraw %}\n",
    "{{cookiecutter.slug}}/hosts": (
        "{% for name, each in cookiecutter.deploy|dictsort %}{{ name }} {{ each.host }}\n"
        "{% endfor %}{% include 'base.txt' %}\n"
    ),
    "{{cookiecutter.slug}}/logo.png": PIXEL,
    "{{cookiecutter.slug}}/bin/run": "#!/bin/sh\necho {{ cookiecutter.slug }}\n",
}

CHOSEN = {"Apache-2.0": "{{ 'Apache' }}-2.0"}


@pytest.mark.parametrize(
    ("files", "executable", "answers"),
    [
        (SUBFOLDER, "plain/bin/run.sh.jinja", {}),
        (SUBFOLDER, "", {"flavour": "rich", "name": "x"}),
        (SUBFOLDER, "", {"drafts": True}),
        (PATHS, "", {"name": "orders"}),
        (PATHS, "", {"name": "orders", "features": ["cli"], "modules": ["a"], "port": 9000}),
    ],
)
def test_copier(
    tmp_path: Path, files: Files, executable: str, answers: Mapping[str, object]
) -> None:
    from copier import run_copy

    folder, made = laid_out(tmp_path / "theirs", files, executable), tmp_path / "made"
    run_copy(str(folder), made, data=dict(answers), defaults=True, quiet=True)
    expected = read_back(made)
    ours = rendered(files, executable, answers)
    # The tool writes the folder that it was given, and for us that is one of the child's own.
    assert ours == with_path(expected, str(folder), "theirs")


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"project_name": "Big Shop", "licence": "none", "with_docs": True},
        {"licence": "Apache-2.0", "deploy": {"live": {"host": "y"}}},
    ],
)
def test_cookiecutter(tmp_path: Path, answers: Mapping[str, object]) -> None:
    from cookiecutter.main import cookiecutter

    executable = "{{cookiecutter.slug}}/bin/run"
    folder = laid_out(tmp_path / "theirs", COOKIE, executable)
    # The tool itself knows a choice that is a template only by that.
    given = {name: CHOSEN.get(str(value), value) for name, value in answers.items()}
    config = tmp_path / "config.yml"
    config.write_text(f"replay_dir: {tmp_path}\ncookiecutters_dir: {tmp_path}\n")
    made = cookiecutter(
        str(folder),
        no_input=True,
        extra_context=given,
        output_dir=str(tmp_path / "made"),
        config_file=str(config),
    )
    assert rendered(COOKIE, executable, answers) == read_back(Path(made))


def rendered(files: Files, executable: str, answers: Mapping[str, object]) -> Tree:
    ours = rooms()
    where = source(plain_address="theirs")
    pack = ours.read(bundle_of(tree(files, executable=executable), shown="theirs"), where)
    made = ours.make(pack, answers, {}, CEILINGS)
    return {file.path: (file.mode == 0o100755, file.content) for file in made.files}


def laid_out(folder: Path, files: Files, executable: str) -> Path:
    for file in tree(files, executable=executable):
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        path.chmod(file.mode & 0o777)
    return folder


def read_back(folder: Path) -> Tree:
    found: Tree = {}
    for root, _, names in os.walk(folder):
        for name in names:
            path = Path(root) / name
            is_executable = bool(path.stat().st_mode & 0o100)
            found[path.relative_to(folder).as_posix()] = (is_executable, path.read_bytes())
    return found


def with_path(files: Tree, old: str, new: str) -> Tree:
    return {
        path: (mode, content.replace(old.encode(), new.encode()))
        for path, (mode, content) in files.items()
    }

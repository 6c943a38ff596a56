"""What all roles have in common that write one file of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from bot.roles.checking import ended, file_problems, planned
from bot.roles.role import Accepted, Answer, SeenFile, Setting, WrittenFile, refuse

#: Of all files together that are shown beside a question, in characters.
MOST_SHOWN = 120_000


class OneFile(Answer):
    """The file that was asked for, whole."""

    content: str = Field(description="all of the file, exactly as it is to be stored")


def shown(setting: Setting) -> Mapping[str, object]:
    """The file, the interfaces of what it needs, and what of that is there already."""
    wanted = setting.part("file")
    needs = [str(need) for need in wanted.get("needs", ())]
    plan = planned(setting)
    return {
        "design": outline(setting),
        "wanted": wanted,
        "interfaces": [plan[need] for need in needs if need in plan],
        "sources": texts(setting, [*needs, *([wanted["path"]] if wanted.get("replaces") else [])]),
        "paths": sorted(setting.files),
    }


def outline(setting: Setting) -> Mapping[str, object]:
    """The plan without what stands elsewhere in it as well: interfaces, and its groups."""
    design = setting.part("design")
    files = [
        {key: one.get(key) for key in ("path", "purpose", "needs")}
        for one in planned(setting).values()
    ]
    told = {key: design.get(key) for key in ("name", "summary", "pack")}
    return {**told, "files": files}


def texts(setting: Setting, paths: Sequence[str], most: int = MOST_SHOWN) -> list[SeenFile]:
    """Those of these files that are there and are texts, as many as there is room for."""
    found: list[SeenFile] = []
    for path in dict.fromkeys(paths):
        file = setting.files.get(path)
        if file is not None and file.text is not None and len(file.text) <= most:
            most -= len(file.text)
            found.append(file)
    return found


def accept(setting: Setting, answer: OneFile) -> Accepted:
    """The file at the path that the plan says, whatever else its text may say."""
    wanted = setting.part("file")
    file = WrittenFile(
        path=str(wanted.get("path", "")),
        content=ended(answer.content),
        executable=wanted.get("executable") is True,
    )
    refuse(file_problems(setting, file))
    return Accepted(answer={"path": file.path}, text=file.content, files=(file,))

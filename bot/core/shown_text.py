"""A Markdown text as whoever looks at its page reads it, for models to be told.

Left out is what forges do not show, and what could therefore say to a model what nobody has
agreed to: HTML comments, attributes and tags, elements that are hidden, alternate texts and titles
of images and links, link definitions (which people use as comments), characters without width,
sources of diagrams, formulas that hide what they say. What is surely code is shown as it is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from bot.core.shown_html import Elements
from bot.core.shown_inline import Inline
from bot.core.text_leaves import Fence, Heading, Html, IndentedCode, Leaf, Paragraph, Verbatim
from bot.core.text_lines import split_lines
from bot.core.text_links import read_definitions
from bot.core.text_structure import read_leaves
from bot.core.unseen import without_unseen

IMAGE = "(an image)"
DIAGRAM = "(a diagram)"
#: Of fences with these words forges show what they draw, not what stands there.
_DRAWN = frozenset({"mermaid", "geojson", "topojson", "stl", "math", "plantuml", "kroki"})
_FENCE = re.compile(r"\A([`~]{3,}[ \t]*+)([\w+#.-]{0,20})[^\n]*+")
_BLANKS = re.compile(r"(?:[ \t]*\n){4,}")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
#: A formula in which something is drawn without ink, tiny, or in a colour.
_FORMULA = re.compile(
    r"(\$\$?|\$`)(?=[^$\n]*\\[A-Za-z]*(?:phantom|color|tiny|smash|style|href|class))[^$\n]*\$\$?"
)


def shown(markdown: str) -> str:
    """What is left; never raises."""
    text = without_unseen(markdown.replace("\r\n", "\n").replace("\r", "\n"))
    found = "".join(_pieces(text))
    return _BLANKS.sub("\n\n", without_unseen(_ENTITY.sub(_seen, found))).strip()


def _pieces(text: str) -> Iterator[str]:
    lines = split_lines(text)
    leaves = read_leaves(text, lines)
    starts, labels = _definitions(text, leaves)
    elements = Elements(text)
    at = 0
    for leaf in leaves:
        # What lies between: line breaks, and marks of quotes and lists.
        yield elements.outside(text[at : leaf.start], at)
        start, at = starts.get(id(leaf), leaf.start), leaf.end
        start = max(start, elements.shut_until)
        if start < leaf.end:
            yield _leaf(text, leaf, start, elements, labels)
    yield elements.outside(text[at:], at)


def _leaf(text: str, leaf: Leaf, start: int, elements: Elements, labels: frozenset[str]) -> str:
    match leaf:
        case Fence() if leaf.info.lower().strip("{} .").split(" ")[0] in _DRAWN:
            return elements.outside(DIAGRAM, start)
        case Fence() | IndentedCode():
            code = elements.outside(text[start : leaf.end], start)
            # Of what stands behind a fence, pages use the first word and show none.
            return _FENCE.sub(r"\1\2", code, count=1) if isinstance(leaf, Fence) else code
        case Html() | Verbatim():
            return elements.block(start, leaf.end)
        case Paragraph() | Heading():
            inline = Inline(text, start, leaf.end, elements, labels, image=IMAGE)
            return _FORMULA.sub("(a formula)", inline.read())
    return ""


def _definitions(text: str, leaves: tuple[Leaf, ...]) -> tuple[dict[int, int], frozenset[str]]:
    """Where the paragraphs begin behind the definitions in them, and all labels there are."""
    starts, labels = {}, frozenset[str]()
    for leaf in leaves:
        if isinstance(leaf, Paragraph):
            defined, starts[id(leaf)] = read_definitions(text, leaf.start, leaf.end)
            labels |= defined
    return starts, labels


def _seen(entity: re.Match[str]) -> str:
    """The entity as it stands, unless nobody would see what it spells."""
    spelt = html.unescape(entity[0])
    return entity[0] if without_unseen(f"x{spelt}x") == f"x{spelt}x" else ""

"""HTML in a Markdown text, as far as it decides what is shown of it."""

from __future__ import annotations

import re

from bot.core.text_leaves import TAG

#: Longer tags are cut at the next bracket, whatever stands between.
_LONGEST_TAG = 10_000
_OTHER = (
    (re.compile(r"<\?"), "?>"),
    (re.compile(r"<!\[CDATA\["), "]]>"),
    (re.compile(r"<![A-Za-z]"), ">"),
)
#: Elements whose content no page shows, if they are closed: else they are words about HTML.
_UNSHOWN = frozenset(
    {"script", "style", "template", "title", "head", "noscript", "iframe", "object"}
)
_HIDING = re.compile(
    r"\s(?:hidden|aria-hidden)(?=[\s=/>])"
    r"|display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)"
    r"|opacity\s*:\s*0?\.?0*\d?(?=[\s;\"'>])|clip(?:-path)?\s*:"
    r"|font-size\s*:\s*[01](?:\.\d+)?\s*(?:px|pt|em|rem|%|[;\"'\s>])"
    r"|(?:max-)?(?:width|height)\s*:\s*[01](?:px)?[;\"'\s>]"
    r"|(?<![-\w])color\s*[:=]\s*[\"']?\s*"
    r"(?:white|transparent|#fff|#ffffff|rgba?\([^)]*,\s*0\s*\))"
    r"|text-indent\s*:\s*-|(?:left|top|right|bottom)\s*:\s*-\d{3}",
    re.IGNORECASE,
)
#: A tag without attributes says no more than one of these words.
_NAMES = frozenset(
    {
        *("a", "abbr", "address", "article", "aside", "audio", "b", "bdi", "bdo", "blockquote"),
        *("body", "br", "button", "canvas", "caption", "cite", "code", "col", "data", "datalist"),
        *("dd", "del", "details", "dfn", "dialog", "div", "dl", "dt", "em", "embed", "fieldset"),
        *("figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head"),
        *("header", "hr", "html", "i", "iframe", "img", "input", "ins", "kbd", "label", "legend"),
        *("li", "link", "main", "map", "mark", "menu", "meta", "meter", "nav", "ol", "option"),
        *("output", "p", "picture", "pre", "progress", "q", "ruby", "s", "samp", "script"),
        *(
            "search",
            "section",
            "select",
            "slot",
            "small",
            "source",
            "span",
            "strong",
            "style",
            "sub",
        ),
        *("summary", "sup", "svg", "table", "tbody", "td", "template", "textarea", "tfoot", "th"),
        *("thead", "time", "title", "tr", "track", "u", "ul", "var", "video", "wbr"),
    }
)
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)


class Elements:
    """What of HTML is open at a place of the text.

    ``shut_until`` is where the comment ends that was found last: a block's goes on for as long as
    nothing closes it, whatever Markdown makes of the lines in it.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.shut_until = 0
        self._hidden_by = ""
        self._depth = 0
        self._absent: set[str] = set()

    @property
    def is_hidden(self) -> bool:
        """Whether an element is open whose content is not shown."""
        return self._depth > 0

    def outside(self, piece: str, at: int) -> str:
        """What is shown of a piece without HTML, which begins at an offset."""
        shut = max(0, self.shut_until - at)
        return "\n" * piece.count("\n") if self.is_hidden else piece[shut:]

    def block(self, start: int, end: int) -> str:
        """What is shown of a block of HTML, in which Markdown means nothing."""
        parts: list[str] = []
        at = start
        while at < end:
            mark = self.text.find("<", at, end)
            mark = end if mark < 0 else mark
            parts.append(self.outside(self.text[at:mark], at))
            if mark == end:
                break
            at, piece = self.markup(mark, end, is_block=True)
            parts.append(piece)
        return "".join(parts)

    def markup(self, at: int, end: int, *, is_block: bool) -> tuple[int, str]:
        """Where to go on behind the ``<`` at an offset, and what is shown of what begins there."""
        if self.text.startswith("<!--", at, end):
            return self._comment(at, end, is_block=is_block)
        if tag := TAG.match(self.text, at, min(end, at + _LONGEST_TAG)):
            return tag.end(), self._tag(tag)
        for opener, closer in _OTHER:
            if opener.match(self.text, at, end):
                behind = self._behind(closer, at, end)
                return (behind, "") if behind else (at + 1, self._unless_hidden("<"))
        if end - at > _LONGEST_TAG and self.text[at + 1 : at + 2].isalpha():
            behind = self._behind(">", at, end)
            if behind:
                return behind, ""
        return at + 1, self._unless_hidden("<")

    def _comment(self, at: int, end: int, *, is_block: bool) -> tuple[int, str]:
        # `<!-->` is one, too.
        behind = self._behind("-->", at + 2, len(self.text) if is_block else end)
        if behind:
            self.shut_until = max(self.shut_until, behind)
            return min(behind, end), ""
        if is_block:
            self.shut_until = len(self.text)
            return end, ""
        return at + 1, self._unless_hidden("<")

    def _tag(self, tag: re.Match[str]) -> str:
        name = (tag[2] or tag[3]).lower()
        if self.is_hidden:
            if name == self._hidden_by:
                self._depth += -1 if tag[1] else 1
            return ""
        if not tag[1] and name not in _VOID and self._hides(tag, name):
            self._hidden_by, self._depth = name, 1
            return ""
        bare = tag[0] in (f"<{tag[3]}>", f"<{tag[3]}/>", f"</{tag[2]}>")
        return tag[0] if bare and (name in _NAMES or len(name) == 1) else ""

    def _hides(self, tag: re.Match[str], name: str) -> bool:
        if name in _UNSHOWN:
            return re.compile(f"</{name}", re.IGNORECASE).search(self.text, tag.end()) is not None
        return _HIDING.search(tag[0]) is not None

    def _unless_hidden(self, piece: str) -> str:
        return "" if self.is_hidden else piece

    def _behind(self, closer: str, start: int, end: int) -> int:
        """The offset behind the next such mark; 0 where there is none."""
        # Looking for one that does not come again and again would take time that grows as a square.
        key = f"{closer}{end}"
        if key in self._absent:
            return 0
        found = self.text.find(closer, start, end)
        if found < 0:
            self._absent.add(key)
            return 0
        return found + len(closer)

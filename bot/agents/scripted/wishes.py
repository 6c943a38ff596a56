"""What a request wishes for, as far as a small program can tell: something to count or convert."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: In metres, grams, litres and seconds: of how many the unit is one.
_UNITS = (
    {"metres": 1.0, "kilometres": 1000.0, "miles": 1609.344, "feet": 0.3048, "inches": 0.0254},
    {"grams": 1.0, "kilograms": 1000.0, "pounds": 453.59237, "ounces": 28.349523125},
    {"litres": 1.0, "gallons": 3.785411784, "cups": 0.2365882365},
    {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86400.0},
)
COUNTED = ("words", "lines", "letters", "digits", "vowels")
_COMMAND = re.compile(r"\b(?:command|cli|tool)\b", re.IGNORECASE)
_FOR = re.compile(r"\bfor (?:the )?((?:people|those) who [a-z]+|[a-z]{2,40})", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is wanted: to count something, or to convert one unit into another and back.

    ``audience`` is empty where nobody said for whom; ``counted``, where it is a conversion.
    """

    counted: str = ""
    units: tuple[str, str] = ("", "")
    is_command: bool = False
    audience: str = ""

    @property
    def words(self) -> str:
        """It in one line."""
        kind = "command" if self.is_command else "library"
        what = f"counts {self.counted}" if self.counted else f"converts {' to '.join(self.units)}"
        return f"A {kind} that {what} for {self.audience or 'anybody'}"

    @property
    def name(self) -> str:
        """What a project of it could be called."""
        return f"{self.counted[:-1]}-count" if self.counted else "-to-".join(self.units)


def read_wish(text: str) -> Wish | None:
    """The wish in a text; None where there is none that is understood."""
    audience = _FOR.search(text)
    told = audience[1].strip() if audience else ""
    is_command = bool(_COMMAND.search(text))
    words = re.findall(r"[a-z]+", text.lower())
    for counted in COUNTED:
        if counted in words and any(word.startswith("count") for word in words):
            return Wish(counted=counted, is_command=is_command, audience=told)
    for units in _UNITS:
        found = [word for word in dict.fromkeys(words) if word in units]
        if len(found) > 1:
            return Wish(units=(found[0], found[1]), is_command=is_command, audience=told)
    return None


def factor(one: str, other: str) -> float | None:
    """By what a number of one unit is multiplied to be of the other."""
    for units in _UNITS:
        if one in units and other in units:
            return units[one] / units[other]
    return None

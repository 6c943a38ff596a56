"""The one change by which an account that installs us is shown how to begin.

It adds a policy file with the rules in force, and the forms of the packs, and says what they are
for. What is there already is never touched; nothing is opened twice. Whether somebody may ask for
it is decided by who calls; where it goes and what it holds is decided here.
"""

from __future__ import annotations

from bot.onboarding.asked import finding_for, finding_of_server, onboarded
from bot.onboarding.opening import Opened, open_once, welcome
from bot.onboarding.standing import Account, Stage, Standing, look

__all__ = [
    "Account",
    "Opened",
    "Stage",
    "Standing",
    "finding_for",
    "finding_of_server",
    "look",
    "onboarded",
    "open_once",
    "welcome",
]

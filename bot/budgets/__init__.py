"""What runs may spend on language models: caps, the meter that holds calls to them, and quotes.

Here are rules and words; the counters are the store's (`bot.store.port.budgets`), and nobody here
speaks to a model. Who asks one gets a `Meter` from `meter`.
"""

from bot.budgets.caps import HeldCap, Whose, caps_of, owners_of, rule_of, run_cap, within
from bot.budgets.metering import meter
from bot.budgets.quoting import Quote, Spending, asking_steps, quote_of, spending_of
from bot.budgets.today import EVERYBODYS, Standing, standing_text, standing_today

__all__ = [
    "EVERYBODYS",
    "HeldCap",
    "Quote",
    "Spending",
    "Standing",
    "Whose",
    "asking_steps",
    "caps_of",
    "meter",
    "owners_of",
    "quote_of",
    "rule_of",
    "run_cap",
    "spending_of",
    "standing_text",
    "standing_today",
    "within",
]

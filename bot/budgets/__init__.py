"""What runs may spend on language models: caps, the meter that holds calls to them, and quotes.

Here are rules and words; the counters are the store's (`bot.store.port.budgets`), and nobody here
speaks to a model. Who asks one gets a `Meter` from `meter`.
"""

from bot.budgets.metering import meter
from bot.budgets.quoting import Quote, Spending, quote_of, spending_of

__all__ = ["Quote", "Spending", "meter", "quote_of", "spending_of"]

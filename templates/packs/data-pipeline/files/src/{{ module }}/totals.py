"""Third stage: orders become totals. A function of values, which knows of no file."""

import datetime
from collections.abc import Iterable
from decimal import Decimal

from .schema import Order, Total

NOTHING = (0, Decimal("0.00"))


def totals(orders: Iterable[Order]) -> list[Total]:
    """Add up orders by day and currency; the order in which they come makes no difference."""
    sums: dict[tuple[datetime.date, str], tuple[int, Decimal]] = {}
    for order in orders:
        key = (order.day, order.currency)
        count, amount = sums.get(key, NOTHING)
        sums[key] = (count + 1, amount + order.amount)
    return [
        Total(day=day, currency=currency, orders=count, amount=amount)
        for (day, currency), (count, amount) in sorted(sums.items())
    ]

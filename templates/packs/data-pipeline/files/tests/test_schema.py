import datetime
from decimal import Decimal

import pytest
from pydantic import ValidationError

from {{ module }}.schema import Order

GOOD = {"id": "o-1", "day": "2026-01-05", "customer": " Ada ", "amount": "-1.50", "currency": "EUR"}


def test_a_good_row_is_typed() -> None:
    order = Order.model_validate(GOOD)
    assert (order.day, order.amount) == (datetime.date(2026, 1, 5), Decimal("-1.50"))
    assert order.customer == "Ada"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", ""),
        ("id", "o 1"),
        ("id", "o-1\n"),
        ("id", "x" * 41),
        ("day", "2026-02-30"),
        ("day", "yesterday"),
        ("customer", " "),
        ("amount", "1.005"),
        ("amount", "NaN"),
        ("amount", "Infinity"),
        ("amount", "1,50"),
        ("amount", "1e20"),
        ("amount", ""),
        ("currency", "eur"),
        ("currency", "EURO"),
        ("currency", "€"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(column: str, value: str) -> None:
    with pytest.raises(ValidationError, match=column):
        Order.model_validate({**GOOD, column: value})

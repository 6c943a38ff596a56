import datetime
import random
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from {{ module }}.schema import Order
from {{ module }}.totals import totals

ORDERS = st.lists(
    st.builds(
        Order,
        id=st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True),
        day=st.dates(datetime.date(2026, 1, 1), datetime.date(2026, 1, 4)),
        customer=st.just("Ada"),
        amount=st.decimals(-1000, 1000, places=2),
        currency=st.sampled_from(["EUR", "USD"]),
    )
)


def test_nothing_adds_up_to_nothing() -> None:
    assert totals([]) == []


@given(ORDERS)
def test_nothing_is_lost_and_nothing_counted_twice(orders: list[Order]) -> None:
    made = totals(orders)
    assert sum(total.orders for total in made) == len(orders)
    expected = sum((order.amount for order in orders), Decimal(0))
    assert sum((total.amount for total in made), Decimal(0)) == expected


@given(ORDERS, st.randoms(use_true_random=False))
def test_the_order_of_rows_makes_no_difference(orders: list[Order], chance: random.Random) -> None:
    shuffled = orders[:]
    chance.shuffle(shuffled)
    assert totals(shuffled) == totals(orders)


@given(ORDERS)
def test_each_day_and_currency_stands_once_and_sorted(orders: list[Order]) -> None:
    keys = [(total.day, total.currency) for total in totals(orders)]
    assert keys == sorted(set(keys))

from {{ module }}.reading import RawRow, Rejected
from {{ module }}.schema import Order
from {{ module }}.validation import validate


def row(line: int, **changed: str) -> RawRow:
    values = {
        "id": f"o-{line}",
        "day": "2026-01-05",
        "customer": "Ada",
        "amount": "1",
        "currency": "EUR",
    }
    return RawRow(source="orders.csv", line=line, values={**values, **changed})


def test_every_reason_is_told_and_no_value() -> None:
    (rejected,) = validate([row(2, amount="a-secret", currency="x")])
    assert isinstance(rejected, Rejected)
    assert rejected.line == 2
    assert "amount: " in rejected.reason
    assert "currency: " in rejected.reason
    assert "a-secret" not in rejected.reason


def test_an_id_counts_once_and_the_first_one_is_named() -> None:
    first, second = validate([row(2), row(3, id="o-2")])
    assert isinstance(first, Order)
    assert isinstance(second, Rejected)
    assert second.reason == "id: is that of orders.csv, line 2"


def test_what_was_rejected_before_stays_so() -> None:
    rejected = Rejected(source="orders.csv", line=2, reason="has 1 values for 5 columns")
    assert list(validate([rejected])) == [rejected]

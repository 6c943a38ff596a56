"""Second stage: rows of text become orders, or are rejected with every reason."""

from collections.abc import Iterable, Iterator

from pydantic import ValidationError

from .reading import RawRow, Rejected
from .schema import Order


def validate(rows: Iterable[RawRow | Rejected]) -> Iterator[Order | Rejected]:
    """Check each row; an id that has been seen before is rejected, too."""
    seen: dict[str, str] = {}
    for row in rows:
        if isinstance(row, Rejected):
            yield row
            continue
        try:
            order = Order.model_validate(row.values)
        except ValidationError as error:
            # Where and why, but not the value: it may be of a person.
            reasons = [f"{each['loc'][0]}: {each['msg']}" for each in error.errors()]
            yield Rejected(source=row.source, line=row.line, reason="; ".join(reasons))
            continue
        place = f"{row.source}, line {row.line}"
        if order.id in seen:
            reason = f"id: is that of {seen[order.id]}"
            yield Rejected(source=row.source, line=row.line, reason=reason)
            continue
        seen[order.id] = place
        yield order

"""What a row of the input and a row of the output have to be."""

import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,40}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Amount = Annotated[Decimal, Field(max_digits=14, decimal_places=2, allow_inf_nan=False)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Order(BaseModel):
    """One row of the input; a field is a column."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id
    day: datetime.date
    customer: Text
    amount: Amount
    currency: Currency


class Total(BaseModel):
    """One row of the output: what came in on a day, in one currency."""

    model_config = ConfigDict(frozen=True)

    day: datetime.date
    currency: str
    orders: int
    amount: Decimal

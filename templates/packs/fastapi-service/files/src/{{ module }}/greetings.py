"""Greetings: first endpoints, to be replaced by what this service is for."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, StringConstraints

router = APIRouter(prefix="/api/v1/greetings", tags=["greetings"])

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class Person(BaseModel):
    """Who is to be greeted."""

    name: Name


class Greeting(BaseModel):
    """What is said."""

    message: str


@router.post("")
async def greet(person: Person) -> Greeting:
    """Greet somebody by name."""
    return Greeting(message=f"Hello, {person.name}!")

"""Greetings: first endpoints, to be replaced by what this service is for."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnprocessableEntity

MAX_NAME = 100

blueprint = Blueprint("greetings", __name__, url_prefix="/api/v1/greetings")


@blueprint.post("")
def greet() -> ResponseReturnValue:
    """Answer ``{"name": "Ada"}`` with a greeting."""
    return {"message": f"Hello, {_name(request.get_json())}!"}


def _name(body: object) -> str:
    name = body.get("name") if isinstance(body, dict) else None
    if not isinstance(name, str) or not name.strip():
        raise UnprocessableEntity("The body has to be an object with a name, a text.")
    if len(name) > MAX_NAME:
        raise UnprocessableEntity(f"The name has more than {MAX_NAME} characters.")
    return name.strip()

"""What people type, made into a message to the head-end: what it cannot hold is one readable line."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from city.errors import BadInput
from city.sections import explain

M = TypeVar("M", bound=BaseModel)


def message(model: type[M], **values: Any) -> M:
    """A message of these values.

    Raises:
        BadInput: one of them is too long, too large or of another kind; the line names it.
    """
    try:
        return model(**values)
    except ValidationError as error:
        raise BadInput(explain(error, model)) from error

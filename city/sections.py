"""Tables of TOML files: unknown keys are errors, and every fault is told in one line."""

import difflib
from typing import get_args

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError
from pydantic_core import ErrorDetails


class Section(BaseModel):
    """A table of the file: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """The first fault of a document in one line: key, got, expected, and for an unknown key the nearest one.

    An unknown key comes before a missing one: a slip of the pen makes both.
    """
    faults = error.errors(include_url=False)
    fault = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
    return explain_fault(fault, model)


def explain_fault(fault: ErrorDetails, model: type[BaseModel]) -> str:
    """One fault of a document in one line: key, got, expected, and for an unknown key the nearest one."""
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{key}: unknown key{_nearest(fault['loc'], model)}"
    if fault["type"] == "missing":
        return f"{key}: missing"
    message = fault["msg"].removeprefix("Value error, ")
    expected = message[0].lower() + message[1:]
    if isinstance(fault["input"], dict):  # the table as a whole: too long to repeat
        return f"{key + ': ' if key else ''}expected {expected.removeprefix('input should be ')}"
    for beginning in ("input should be ", "string should "):
        expected = expected.removeprefix(beginning)
    got = "a secret" if _is_secret(fault["loc"], model) else repr(fault["input"])
    return f"{key}: got {got}, expected {expected}"


def _is_secret(location: tuple[int | str, ...], model: type[BaseModel]) -> bool:
    """Whether a key should hold something that must not be shown."""
    for part in location:
        field = next(
            (each for name, each in model.model_fields.items() if part == (each.alias or name)), None
        )
        if field is not None:
            if SecretStr in {field.annotation, *get_args(field.annotation)}:
                return True
            model = _table_within(field.annotation) or model
    return False


def _nearest(location: tuple[int | str, ...], model: type[BaseModel]) -> str:
    """The hint for an unknown key: the nearest key of the table it stands in, or all of them."""
    for part in location[:-1]:
        for name, field in model.model_fields.items():
            if part == (field.alias or name):
                model = _table_within(field.annotation) or model
                break
    known = [field.alias or name for name, field in model.model_fields.items() if name != "folder"]
    near = difflib.get_close_matches(str(location[-1]), known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; expected one of {', '.join(known)}"


def _table_within(annotation: object) -> type[BaseModel] | None:
    """The model that an annotation is, or that it holds (``X | None``, ``tuple[X, ...]``)."""
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None

"""Asking for what is not there."""

from city.errors import BadInput


class Unknown(BadInput):
    """There is nothing of that name."""

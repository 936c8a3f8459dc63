"""What people write to an incident, in the words of the API: whose it is, and notes."""

from datetime import datetime

from pydantic import Field

from city.message import Message

LONGEST_NAME, LONGEST_NOTE = 40, 500


class NoteView(Message):
    """What somebody wrote to an incident."""

    at: datetime
    by: str
    text: str


class AssignRequest(Message):
    """Whose an incident is."""

    name: str = Field(max_length=LONGEST_NAME)
    """A token's name, or any other; empty: nobody's any more."""


class NoteRequest(Message):
    """What is to be kept with an incident."""

    text: str = Field(min_length=1, max_length=LONGEST_NOTE)


class PeopleView(Message):
    """To whom an incident may be assigned: the names of the tokens that hold."""

    names: tuple[str, ...]

"""What a person chose for the tables of the console, kept from one day to the next."""

import os
import tempfile
from pathlib import Path
from threading import Lock

from pydantic import TypeAdapter

from city.message import Message


class Choice(Message):
    """How one table is shown."""

    columns: tuple[str, ...] | None = None
    """The keys of the columns that show, in their order; None: as the console would."""
    sort: str | None = None
    reversed: bool = False


_DOCUMENT = TypeAdapter(dict[str, Choice])


class Kept:
    """Choices by table. Without a file, or with one that cannot be written, they last as long as the console."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._choices: dict[str, Choice] = {}
        self._writing = Lock()

    @property
    def folder(self) -> Path | None:
        """Where what is kept from one day to the next is; None: nowhere."""
        return self._file.parent if self._file else None

    def read(self) -> None:
        """Take in what was kept before; a file that is broken is as none."""
        try:
            if self._file is not None:
                self._choices = _DOCUMENT.validate_json(self._file.read_bytes())
        except (OSError, ValueError):
            self._choices = {}

    def of(self, table: str) -> Choice | None:
        """What was chosen for a table; None: nothing yet."""
        return self._choices.get(table)

    def keep(self, table: str, choice: Choice) -> None:
        """Remember a choice; ``write`` puts it in the file."""
        self._choices = {**self._choices, table: choice}

    def write(self) -> None:
        """Replace the file as a whole, so that it is never half written; waits for the disk, so not in the loop."""
        if self._file is None:
            return
        with self._writing:
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                replace_whole(self._file, _DOCUMENT.dump_json(self._choices, indent=1))
            except OSError:
                return  # a full disk or a home that may not be written to: the choice lasts until the end


def replace_whole(file: Path, content: bytes) -> None:
    """Put a content in the place of a file's, or leave it as it was. Raises OSError."""
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as new:
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def kept_file() -> Path:
    """Where the choices of this user are kept."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "falotier" / "console.json"

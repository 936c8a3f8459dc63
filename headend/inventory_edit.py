"""Changing the inventory file: a whole new one or none, with nobody in between, and the former one kept beside it."""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from city.errors import BadInput

WAIT_REAL_S = 5.0
"""Real seconds that a change waits for another one of the same file."""
LOOK_REAL_S = 0.05
EMPTY: Mapping[str, Any] = {
    "type": "FeatureCollection",
    "lamp_types": [],
    "hotspots": [],
    "groups": [],
    "features": [],
}


class InventoryEdit:
    """One change of an inventory file; a context manager that holds the file's lock.

    Read ``document``, give the new one to ``stage`` (written beside the file and on disk, nothing changed yet), and
    ``commit`` puts it in the file's place in one step. The former file stays beside it, with ``.bak`` at its end.
    """

    def __init__(self, file: Path, *, may_be_new: bool = False) -> None:
        self._file = file.resolve()
        self._may_be_new = may_be_new
        self._staged = self._file.with_name(f".{self._file.name}.new")
        self._lock: IO[str] | None = None
        self.document: dict[str, Any] = {}

    def __enter__(self) -> Self:
        """Take the lock and read the file.

        Raises:
            BadInput: the file or its folder cannot be used, or somebody else has been changing it for too long.
        """
        try:
            # The lock stands beside the file: the file itself is replaced, and a lock on it would go with the old one.
            lock = self._lock = self._file.with_name(f".{self._file.name}.lock").open("w", encoding="utf-8")
            self._wait_for(lock)
            self.document = read_document(self._file, may_be_new=self._may_be_new)
        except OSError as error:
            self._release()
            raise BadInput(f"{self._file}: cannot be changed: {error.strerror}") from error
        except BaseException:
            self._release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Forget what was not committed, and let others at the file."""
        self._staged.unlink(missing_ok=True)
        self._release()

    def _wait_for(self, lock: IO[str]) -> None:
        end = time.monotonic() + WAIT_REAL_S
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= end:
                    raise BadInput(f"{self._file}: is being changed by somebody else; try again") from None
                time.sleep(LOOK_REAL_S)
            else:
                return

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def stage(self, document: Mapping[str, Any]) -> None:
        """Write the new file beside the old one, down to the disk.

        Raises:
            BadInput: it cannot be written.
        """
        try:
            with self._staged.open("w", encoding="utf-8") as out:
                out.write(document_text(document))
                out.flush()
                os.fsync(out.fileno())
            if self._file.exists():
                shutil.copymode(self._file, self._staged)
        except (OSError, UnicodeEncodeError) as error:
            raise BadInput(f"{self._file}: cannot be written: {error}") from error

    def commit(self) -> None:
        """Put the staged file in the place of the old one, which is kept with ``.bak`` at its end.

        Raises:
            BadInput: the folder does not let it.
        """
        try:
            if self._file.exists():
                shutil.copy2(self._file, self._file.with_name(f"{self._file.name}.bak"))
            self._staged.replace(self._file)
            folder = os.open(self._file.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise BadInput(f"{self._file}: cannot be replaced: {error.strerror}") from error


def read_document(file: Path, *, may_be_new: bool = False) -> dict[str, Any]:
    """The inventory file as it stands; an empty one where there is none yet and that is allowed.

    Raises:
        BadInput: it cannot be read, or is no FeatureCollection.
    """
    if may_be_new and not file.exists():
        return {key: list(value) if isinstance(value, list) else value for key, value in EMPTY.items()}
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadInput(f"{file}: no such file; name the inventory under [inventory] file") from error
    except OSError as error:
        raise BadInput(f"{file}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{file}: not JSON: {error}") from error
    return collection(document, str(file))


def collection(document: object, where: str) -> dict[str, Any]:
    """A document that is a FeatureCollection.

    Raises:
        BadInput: it is not; the message names ``where`` it stood.
    """
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise BadInput(f"{where}: type: expected a GeoJSON FeatureCollection")
    if not isinstance(document.get("features"), list):
        raise BadInput(f"{where}: features: expected a list")
    return document


def document_text(document: Mapping[str, Any]) -> str:
    """The file's text: one line for each thing, so that two versions are easy to compare."""
    members = []
    for key, value in document.items():
        if isinstance(value, list) and value:
            lines = ",\n".join(f"  {json.dumps(each, ensure_ascii=False)}" for each in value)
            members.append(f" {json.dumps(key)}: [\n{lines}\n ]")
        else:
            members.append(f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(members) + "\n}\n"

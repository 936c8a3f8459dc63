"""Drafts of light plans, kept until they are deployed or thrown away: a console that ends loses none."""

from datetime import datetime
from hashlib import blake2s
from pathlib import Path
from threading import Lock

from pydantic import ValidationError

from city.message import Message
from city.plan_drafts import DraftText
from console.kept import replace_whole

NAME_BYTES = 6


class Draft(Message):
    """What somebody has written, and from what."""

    head_end: str
    """The address of the head-end that it is for."""
    text: DraftText
    made_from: DraftText
    """The plan in force as it was when it was begun."""
    plan: str
    """As ``PlanText.plan``."""
    at: datetime
    """When it was written last, UTC."""


class Drafts:
    """One draft for each head-end, in memory and in a folder; without one, they last as long as the console."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._known: dict[str, Draft | None] = {}
        self._writing = Lock()

    def of(self, head_end: str) -> Draft | None:
        """The draft for a head-end, read once from the disk; one that is broken is as none."""
        if head_end not in self._known:
            self._known[head_end] = self._read(head_end)
        return self._known[head_end]

    def keep(self, draft: Draft) -> None:
        """Remember it; ``write`` puts it in its file."""
        self._known[draft.head_end] = draft

    def drop(self, head_end: str) -> None:
        """Forget it; ``write`` takes its file away."""
        self._known[head_end] = None

    def write(self, head_end: str) -> bool:
        """Bring the file up to date; waits for the disk, so not in the loop. False: it could not be written."""
        if (file := self._file(head_end)) is None:
            return True
        with self._writing:
            draft = self._known.get(head_end)
            try:
                if draft is None:
                    file.unlink(missing_ok=True)
                else:
                    file.parent.mkdir(parents=True, exist_ok=True)
                    replace_whole(file, draft.model_dump_json().encode())
            except OSError:
                return False
        return True

    def _read(self, head_end: str) -> Draft | None:
        try:
            file = self._file(head_end)
            draft = Draft.model_validate_json(file.read_bytes()) if file else None
        except (OSError, ValidationError):
            return None
        return draft if draft and draft.head_end == head_end else None

    def _file(self, head_end: str) -> Path | None:
        name = blake2s(head_end.encode(), digest_size=NAME_BYTES).hexdigest()
        return self._folder / f"draft-{name}.json" if self._folder else None

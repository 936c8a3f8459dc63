"""What changed, and in which order: how a console is told only what is new to it."""

from collections.abc import Iterator


class Changes:
    """Numbers every change of every thing with a version that only grows; each thing keeps its last one."""

    def __init__(self) -> None:
        self.version = 0
        self._at: dict[str, int] = {}

    def touch(self, name: str) -> None:
        """Note that a thing has changed."""
        self.version += 1
        self._at.pop(name, None)
        self._at[name] = self.version

    def since(self, version: int) -> Iterator[str]:
        """The things that changed after a version, newest first."""
        for name in reversed(self._at):
            if self._at[name] <= version:
                return
            yield name

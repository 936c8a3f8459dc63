"""A symptom that most children share is their parent's: one incident, not as many as there are children."""

from city.incidents import Evidence, Finding
from city.symptoms import Symptom
from lighting.rules import FEWEST, QUORUM


class Quorum:
    """The children of one parent that show one symptom, and that symptom of the parent's."""

    __slots__ = ("_fewest", "_share", "_showing", "symptom")

    def __init__(self, symptom: Symptom, children: int, fewest: int = FEWEST) -> None:
        self.symptom = symptom
        self._showing: set[str] = set()
        self._fewest = fewest
        self._share = QUORUM * children

    @property
    def reached(self) -> bool:
        """Whether enough of them show it for it to be the parent's."""
        showing = len(self._showing)
        return showing >= self._fewest and showing >= self._share

    def note(self, child: str, evidence: Evidence, *, shows: bool) -> Finding | None:
        """Take what one child shows, and say what it means for the parent: never more than probable."""
        if shows:
            self._showing.add(child)
        else:
            self._showing.discard(child)
        if not (self.reached or self.symptom.present):
            return None
        figures = {**evidence.figures, "lamps_concerned": float(len(self._showing))}
        named = Evidence("quorum", evidence.at, figures)
        return self.symptom.observe(named, shows=self.reached, probable=True)

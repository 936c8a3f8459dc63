"""What a gateway announces of its lamp controllers: pure, and never an exception for what a device may send."""

from lighting.limits import SIMPLEST, LampFeature, LampLimits

LARGEST = {
    "programmes": 1_000,
    "entries": 10_000,
    "steps": 1_000,
    "resolution_min": 60,
    "octets": 64 * 1024,
}
"""A controller that holds more than this is a mistake of whoever announces it."""

KNOWN_FEATURES = {feature.value: feature for feature in LampFeature}


def read_limits(announced: object) -> tuple[LampLimits | None, tuple[str, ...]]:
    """The limits in a status message, and why they could not be used; neither where none are announced.

    A number that is missing is the simplest controller's. Features that we do not know are ignored. One absurd
    value, and nothing of the announcement is believed: the texts are a bounded set, fit for counting.
    """
    if announced is None:
        return None, ()
    if not isinstance(announced, dict):
        return None, ("limits: not an object",)
    numbers: dict[str, int] = {}
    refused: list[str] = []
    for key, most in LARGEST.items():
        number = announced.get(key, getattr(SIMPLEST, key))
        least = getattr(SIMPLEST, key) if key == "octets" else int(key != "entries")
        if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
            refused.append(f"limits.{key}: not a whole number from {least} to {most}")
        else:
            numbers[key] = number
    features = announced.get("features", [])
    if not isinstance(features, list):
        refused.append("limits.features: not a list")
    if refused:
        return None, tuple(refused)
    known = frozenset(
        KNOWN_FEATURES[word] for word in features if isinstance(word, str) and word in KNOWN_FEATURES
    )
    return LampLimits(**numbers, features=known), ()

"""What the Record tab says: what to do, and what was seen of it. Sides are the person's own."""

from typing import Final

from annotation.taxonomy import FINGERS, category
from model.prelabel.check import Verdict

DO: Final = {
    "pinch": "Pinch {place} between thumb and index finger, and pull a little",
    "poke": "Poke {place} with a fingertip, and stay a moment",
    "stroke": "Stroke {place} slowly with your fingertips",
    "swipe": "Swipe across {place}, quick and light",
}
FINGER: Final[dict[str, str]] = {name: name if name in ("thumb", "palm") else f"{name} finger" for name in FINGERS}
OTHERS: Final = "Another face is in the picture: keep it only if it is nobody's, of a poster say."
MOST_REGIONS: Final = 2  # that are named
ONCE_MORE: Final = {
    "face lost": "Your face was not seen: look into the camera. Once more?",
    "no touch": "No touch was seen. Once more?",
    "too short": "{seen}, but only for a moment. Once more, a little longer?",
    "wrong side": "{seen}: that is the other side. Once more, on {place}?",
    "other place": "{seen}: that is another place. Once more, on {place}?",
    "other finger": "{seen}: the place is right, the fingers are not. Once more?",
    "other motion": "{seen}: the place is right, the motion is not. Once more?",
}


def place(pattern: str) -> str:
    """Where a pattern touches: `poke-left-cheek` → `your left cheek`."""
    return "your " + pattern.split("-", 1)[1].replace("-", " ")


def instruction(pattern: str) -> str:
    """What to do for a pattern."""
    return DO[category(pattern)].format(place=place(pattern))


def sentence(verdict: Verdict, others: bool = False) -> str:
    """The verdict, to whoever did it: `Index finger on your left cheek: done.`; and whether somebody else is seen."""
    return _verdict(verdict) + (f" {OTHERS}" if others else "")


def _verdict(verdict: Verdict) -> str:
    regions = [name.replace("_", " ") for name in verdict.regions[:MOST_REGIONS]]
    where = f"your {_listed(regions)}" if regions else "your face"
    seen = f"{_listed([FINGER[name] for name in verdict.fingers])} on {where}".capitalize()
    if verdict.done:
        return f"{seen}: done."
    return ONCE_MORE[verdict.why].format(seen=seen, place=place(verdict.pattern))


def _listed(words: list[str]) -> str:
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else "".join(words)

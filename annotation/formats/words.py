"""What other programs' labels say of a contact: region, finger and hand, in one label or in attributes."""

import re
from collections.abc import Mapping
from typing import Any, Final

from annotation.taxonomy import FINGERS, HANDS, REGIONS

_REGION: Final[dict[str, re.Pattern[str]]] = {
    region: re.compile(rf"(?<![a-z]){region.replace('_', '[ _-]?')}(?![a-z])")
    for region in sorted(REGIONS, key=lambda name: -len(name))
}
_BETWEEN: Final = re.compile(r"[^a-z]+")


def touch(label: Any, attributes: Mapping[str, Any] | None = None) -> tuple[str, str, str]:
    """Region, finger, hand: `left_cheek`, `left cheek index`, `left_cheek/index/left`; empty where unsaid."""
    text = label.strip().lower() if isinstance(label, str) else ""
    region = next((name for name, pattern in _REGION.items() if pattern.search(text)), "")
    words = _BETWEEN.split(_REGION[region].sub(" ", text, count=1)) if region else []
    said = {name: str(value).strip().lower() for name, value in (attributes or {}).items()}
    finger = said.get("finger") or next((word for word in words if word in FINGERS), "")
    hand = said.get("hand") or next((word for word in words if word in HANDS), "")
    return region, finger, hand

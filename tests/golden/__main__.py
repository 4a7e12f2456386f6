"""Make the kept figures anew and print how far each has moved: `python -m tests.golden [--landmarks] [--dry]`."""

import argparse

import numpy as np

from model.face.landmarks import find_face
from tests.golden.cases import DATA, cases, photo_of
from tests.golden.compare import allowed, changes
from tests.golden.figures import Figures, figures_of
from tests.golden.kept import keep, kept


def main() -> None:
    """Renew all figures, or only print what moved."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    parser.add_argument("--landmarks", action="store_true", help="find the faces' landmarks anew as well")
    parser.add_argument("--dry", action="store_true", help="print what moved, and keep nothing")
    options = parser.parse_args()
    DATA.mkdir(exist_ok=True)
    if options.landmarks:
        found = {face: find_face(photo_of(face)).landmarks.astype(np.float32) for face in ("plain", "other")}
        np.savez_compressed(DATA / "faces.npz", **found)
    for case in cases():
        before, after = kept(case.name), figures_of(case)
        print(f"{case.name}: {report(before, after)}", flush=True)
        if not options.dry:
            keep(case.name, after)


def report(before: Figures, after: Figures) -> str:
    """What moved, a line each, farthest over what is allowed first."""
    if not before:
        return "new"
    moved = {name: way for name, way in changes(before, after).items() if way > 0}
    if not moved:
        return "as before, bit for bit in what is kept"
    lines = sorted(moved, key=lambda name: -moved[name] / max(allowed(name), 1e-12))
    return "".join(_line(name, moved[name], allowed(name)) for name in lines)


def _line(name: str, way: float, limit: float) -> str:
    return f"\n  {name:28} {way:12.6g}  {'CHANGED, ' if way > limit else ''}allowed {limit:g}"


if __name__ == "__main__":
    main()

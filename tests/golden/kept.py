"""The kept figures as files: one compressed archive a case."""

import numpy as np

from tests.golden.cases import DATA
from tests.golden.figures import Figures


def kept(name: str) -> Figures:
    """The figures of a case as they were kept, empty if there are none."""
    path = DATA / f"{name}.npz"
    if not path.is_file():
        return {}
    with np.load(path, allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


def keep(name: str, figures: Figures) -> None:
    """Write the figures of a case."""
    np.savez_compressed(DATA / f"{name}.npz", **figures)

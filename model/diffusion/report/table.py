"""Figures as a Markdown table."""

from collections.abc import Iterable
from typing import Final

from model.diffusion.training.figures import Figures

Table = dict[str, dict[str, Figures]]  # strength → method or variant → figures
COLUMNS: Final = (
    "hand_psnr", "hand_ssim", "contact_psnr", "contact_ssim", "face_psnr", "face_ssim", "warp", "flicker",
    "contact_mm", "contact_found", "hand_found", "face_nme", "identity", "detail",
)  # fmt: skip


def format_table(table: Table) -> str:
    """The table as Markdown."""
    known = {name for rows in table.values() for row in rows.values() for name in row}
    names = [name for name in COLUMNS if name in known]
    lines = ["| guidance | method | " + " | ".join(names) + " |", "|" + "---|" * (len(names) + 2)]
    for strength, rows in table.items():
        for method, row in rows.items():
            cells = [f"{row[name]:.3f}" if name in row else "–" for name in names]
            lines.append(f"| {strength} | {method} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def join(words: Iterable[str]) -> str:
    """Words with commas between them."""
    return ", ".join(words)

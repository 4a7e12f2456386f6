"""What each part of the model is worth, in words and a table, for the model card."""

from typing import Any, Final

from model.diffusion.report.ablate import VARIANTS, WHOLE, rows_of
from model.diffusion.report.table import Table, format_table, join
from model.diffusion.training.figures import Figures

JUDGED: Final = {"hand_psnr": 1, "contact_psnr": 1, "contact_ssim": 1, "warp": -1}  # figure → which way is better


def worth_of_parts(report: dict[str, Any]) -> str:
    """The ablation's table, and in how many comparisons the whole model is the better one."""
    if not report:
        return "Ablations have not been run: nothing is known yet of what each part is worth.\n"
    rows = rows_of(report)
    steps = join(sorted({str(variant["training"]["steps"]) for variant in report["variants"].values()}))
    lines = [
        f"Each variant trained from the same seed on the same data for {steps} steps, then measured on "
        f"{report['about']['clips']} clips of people never trained on.\n",
        format_table(rows) + "\n",
        f"How often the whole model beats the one without a part, in {join(JUDGED)}:\n",
        "| guidance | " + " | ".join(name for name in VARIANTS if name != WHOLE) + " |",
        "|---" * len(VARIANTS) + "|",
    ]
    for strength, each in rows.items():
        cells = [_beaten(each, name) for name in VARIANTS if name != WHOLE]
        lines.append(f"| {strength} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, *_not_ahead(rows)]) + "\n"


def _not_ahead(rows: Table) -> list[str]:
    """In words: against which variants the whole model does not win most figures."""
    lines = []
    for strength, each in rows.items():
        behind = [name for name in VARIANTS if name != WHOLE and (wins := _wins(each, name)) and 2 * wins[0] <= wins[1]]
        if behind:
            lines.append(f"- Guided by {strength}, the whole model is not ahead of {join(behind)}: at this length of "
                         "training, what they lack shows no use there.")  # fmt: skip
    return ["", *lines] if lines else []


def _beaten(rows: dict[str, Figures], name: str) -> str:
    wins = _wins(rows, name)
    return f"{wins[0]} of {wins[1]}" if wins else "–"


def _wins(rows: dict[str, Figures], name: str) -> tuple[int, int] | None:
    """Figures in which the whole model is better than a variant, of how many; None if one was not trained."""
    if name not in rows or WHOLE not in rows:
        return None
    both = [key for key in JUDGED if key in rows[name] and key in rows[WHOLE]]
    return sum(JUDGED[key] * (rows[WHOLE][key] - rows[name][key]) > 0 for key in both), len(both)

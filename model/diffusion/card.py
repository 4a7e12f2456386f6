"""The door `python -m model.diffusion.card`, as the cards of checkpoints name it; the work is done in report."""

import sys

from model.diffusion.report.card import main

if __name__ == "__main__":
    sys.exit(main())

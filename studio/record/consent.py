"""What people agree to before they film themselves. Other words need another version: which one is kept with them."""

from typing import Final

VERSION: Final = "2026-11"
POINTS: Final[tuple[tuple[str, str], ...]] = (
    (
        "What is recorded",
        "Up to eighteen times three seconds of your face and one of your hands, as you touch your face. Pictures only,"
        " no sound, and only while the page says so. Beside them: where you are (a room, outdoors), your camera's name,"
        " and what you agree to here. Not your name: you are called by a random one.",
    ),
    (
        "What it is for",
        "To find out how programs can tell where a hand touches a face, and to train and test such programs: for"
        " example those that check that a living person sits before a camera.",
    ),
    (
        "Who sees it",
        "The people who run this studio and those who work on labels here. They may give the data set, with your clips"
        " in it, to others who work on the same. Visitors of this page do not see your clips unless whoever runs the"
        " studio opens them. Nothing is sent anywhere by itself.",
    ),
    (
        "How you take it back",
        "At any time and without a reason. You get a code: whoever has it can delete all your clips, their labels and"
        " this consent, for good, and no later data set has them. Copies that were given away before are not in this"
        " program's reach: ask whoever runs the studio.",
    ),
)
ADULT: Final = "I am 18 or older."
AGREED: Final = "I have read this, and I agree. Nobody but me is in the picture."


def words() -> str:
    """All of it as one text, which is kept."""
    return "\n".join([*(f"{head}: {text}" for head, text in POINTS), ADULT, AGREED])

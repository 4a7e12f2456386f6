"""Save as fast as can be until killed; say every save that was acknowledged. Arguments: folder, round.

Of several such processes the losers of a conflict go on from the head; what lost is acknowledged too.
"""

import os
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from samples import contact, labels

from annotation import clips, revisions
from annotation.errors import Conflict
from annotation.opening import open_store
from annotation.saving import Submission

WRITERS = 4
CLIPS = 8


def write(store, writer: int, client: str) -> None:
    """Save revision after revision of two clips, now and then with a verdict."""
    sequence = 0
    heads = {clip: clips.get(store, "eva", clip).head for clip in (2 * writer + 1, 2 * writer + 2)}
    while True:
        for clip in heads:
            sequence += 1
            made = labels(contact(start=sequence % 12, end=12 + sequence % 7, keyframes=()))
            sent = Submission(made, seen=heads[clip], client=client, sequence=sequence)
            try:
                if sequence % 5 == 0:
                    saved = revisions.decide(store, "eva", clip, sent, "corrected")
                else:
                    saved = revisions.save(store, "eva", clip, sent)
                heads[clip] = saved.number
            except Conflict as conflict:
                saved, heads[clip] = conflict.yours, conflict.head.number
            # One system call for a short line: whole in the pipe, or not there.
            os.write(1, f"{clip} {saved.number} {made.contacts[0].start} {made.contacts[0].end}\n".encode())


if __name__ == "__main__":
    opened = open_store(sys.argv[1])
    os.write(1, b"ready\n")
    for number in range(WRITERS):
        client = f"{sys.argv[2]}-{number}"
        threading.Thread(target=write, args=(opened, number, client)).start()

"""Labels of filmed clips: what the networks see, when a finger touches, what that is called."""

from model.prelabel.answer import Answer, answer_steps
from model.prelabel.check import Verdict, check_clip, check_steps
from model.prelabel.labels import prelabel, prelabel_steps

__all__ = ["Answer", "Verdict", "answer_steps", "check_clip", "check_steps", "prelabel", "prelabel_steps"]

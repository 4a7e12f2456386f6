"""Labels of filmed clips: what the networks see, when a finger touches, what that is called."""

from model.prelabel.labels import prelabel, prelabel_steps

__all__ = ["prelabel", "prelabel_steps"]

"""Photo → FaceScan."""

from model.face.photo import load_photo
from model.face.quality import CHILD
from model.face.refine import refine
from model.face.scan import FaceCheck, check, scan

__all__ = ["CHILD", "FaceCheck", "check", "load_photo", "refine", "scan"]

"""The device that a clip is filmed with, last on the way: a phone in a hand, a webcam on its stand."""

from .device import DEVICES, Device
from .film import shoot

__all__ = ["DEVICES", "Device", "shoot"]

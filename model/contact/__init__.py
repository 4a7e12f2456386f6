"""Soft tissue and contact: how the skin answers the hand, and how the hand's pads answer the skin."""

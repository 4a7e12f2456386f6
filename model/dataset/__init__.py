"""Data sets to learn from: simulated from photos, or of filmed clips, and varied."""

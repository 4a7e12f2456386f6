"""Figures of an engine's clips, held against the bars of the project."""

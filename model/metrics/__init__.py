"""Figures of a clip, each by its published rule, none of them by the code that it judges."""

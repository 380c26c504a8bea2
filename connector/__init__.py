"""Scores empathy in support conversations, explains every point, and keeps no text."""

__version__ = "0.1.0"

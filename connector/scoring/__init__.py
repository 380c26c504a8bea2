"""Scores messages and conversations; pure: no settings, no store, no network, no clock."""

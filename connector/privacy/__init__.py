"""Keeps raw text away from every disk: policy, vault, erasure."""

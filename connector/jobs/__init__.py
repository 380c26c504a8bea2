"""Background work on Huey.

Arguments are names of installations, never text. The database row is the truth and the queue only a wake-up:
whatever the queue forgets, the next tick finds again.
"""

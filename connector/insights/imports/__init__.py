"""Files that people bring: surveys, reviews, mentions, posts, subscriptions, headcounts, referrals.

A file is read whole, in memory, and taken whole or not at all. Free text is scored and dropped here.
"""

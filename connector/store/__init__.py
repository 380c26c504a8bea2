"""The database: installations, scores, cursors, owed write-backs."""

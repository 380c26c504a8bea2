"""An account in a folder of JSON Lines."""

"""`python -m connector` is the command `empathy-connector`."""

from .cli import main

main()

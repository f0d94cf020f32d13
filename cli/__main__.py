"""`python -m cli`: what `attune` does, also where it is not installed."""

from cli import main

main()

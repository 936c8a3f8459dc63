"""``python -m console.cli``: the same as ``falotier``."""

from console.cli import main

main()

"""Hostile bytes for every decoder of the field: briefly in the suite, for longer with ``make fuzz``."""

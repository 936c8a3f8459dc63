"""The spool: on the disk before it is acknowledged, and until the store has it."""

"""The console in a browser: a process for each visitor, behind the head-end's own tokens."""

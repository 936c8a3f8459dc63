"""What people touch: the terminal console, the command line, and the client of the head-end's API."""

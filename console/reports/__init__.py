"""Reports for people outside the console: as text, as a page to print, and as a table of comma-separated values."""

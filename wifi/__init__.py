"""City Wi-Fi, pure: no input or output, no clock of its own, no task."""

"""The head-end: the service that never sleeps, between the drivers and the consoles."""

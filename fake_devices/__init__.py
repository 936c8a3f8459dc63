"""A simulated Mulhouse that speaks the real protocols. Shares no code with the drivers that it is read by."""

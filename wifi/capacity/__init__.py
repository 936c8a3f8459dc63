"""What is to be expected of a public place, and what would help it. The method: docs/wifi-capacity.md."""

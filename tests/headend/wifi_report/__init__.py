"""The report on public Wi-Fi."""

"""The report on public Wi-Fi: how each place was used, how far it was available, and what went wrong there."""

from headend.wifi_report.reporter import WifiReporter

__all__ = ["WifiReporter"]

"""What may go wrong in a scenario, what only looks like it, and what each of it may befall."""

from collections.abc import Mapping
from typing import Literal

Target = Literal[
    "lamp",
    "circuit",
    "phase",
    "cabinet",
    "gateway",
    "access_point",
    "radio",
    "hotspot",
    "wifi_controller",
    "city",
]

FAULTS: Mapping[str, tuple[Target, ...]] = {
    "lamp_dead": ("lamp",),
    "driver_fault": ("lamp",),
    "day_burner": ("lamp",),
    "cycling": ("lamp",),
    "dimming_stuck": ("lamp",),
    "led_string_out": ("lamp",),
    "high_power": ("lamp",),
    "low_power_factor": ("lamp",),
    "over_temperature": ("lamp",),
    "wrong_lamp_type": ("lamp",),
    "controller_swapped": ("lamp",),
    "controller_silent": ("lamp",),
    "breaker_trip": ("circuit",),
    "relay_stuck_on": ("circuit",),
    "relay_stuck_off": ("circuit",),
    "voltage_sag": ("circuit", "cabinet"),
    "phase_lost": ("phase",),
    "cabinet_supply_loss": ("cabinet",),
    "cabinet_silent": ("cabinet",),
    "clock_drift": ("cabinet",),
    "meter_drift": ("cabinet",),
    "local_override": ("cabinet",),
    "door_open": ("cabinet",),
    "gateway_lost": ("gateway",),
    "ap_down": ("access_point",),
    "ap_flapping": ("access_point",),
    "ap_rebooting": ("access_point",),
    "counters_stuck": ("access_point",),
    "radio_off": ("radio",),
    "interference": ("radio",),
    "backhaul_down": ("hotspot",),
    "radio_saturated": ("hotspot",),
    "wifi_controller_lost": ("wifi_controller",),
}
"""Each kind of fault with what it may befall; the first is drawn where the file names nothing."""

NOISE: Mapping[str, tuple[Target, ...]] = {
    "maintenance_window": ("cabinet",),
    "daytime_unpowered": ("cabinet",),
    "storm_photocell": ("cabinet",),
    "warm_up": ("cabinet",),
    "planned_extinction": ("cabinet",),
    "override_by_technician": ("cabinet",),
    "festive_load": ("cabinet",),
    "counter_reset": ("lamp",),
    "lost_messages": ("city",),
    "duplicated_uplinks": ("city",),
    "late_uplinks": ("city",),
    "single_reboot": ("access_point",),
    "site_maintenance": ("hotspot",),
    "crowd": ("hotspot",),
    "missed_polls": ("city",),
}
"""The same for what must not become an incident."""

SWITCHED = frozenset({"relay_stuck_on", "relay_stuck_off"})
"""Faults of relays that switch every evening and morning: the cabinet that they befall is a night-fed one."""

TARGETS: Mapping[str, tuple[Target, ...]] = {**FAULTS, **NOISE}
WAYS: tuple[str, ...] = ("silent", "status", "missing_row")
"""How an access point may be down: it says nothing, or its controller says so, or lists it no more."""

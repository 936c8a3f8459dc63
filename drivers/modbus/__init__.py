"""Modbus: cabinets, meters and their profiles."""

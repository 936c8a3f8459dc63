"""SNMP: access points, and their profiles."""

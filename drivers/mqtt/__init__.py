"""MQTT: lamp controllers behind gateways, and their profiles."""

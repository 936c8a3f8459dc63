"""Adapters: one for each thing outside. They translate and nothing else; policy is the head-end's."""

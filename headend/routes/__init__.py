"""The routes of the API, by noun; who may call them stands in each signature."""

"""The inventory, exchanged with others: GeoJSON, tables (CSV) and FIWARE entities, in and out."""

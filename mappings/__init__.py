"""One YAML mapping for each connector: data only."""

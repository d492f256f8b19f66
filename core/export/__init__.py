"""Export: incidents of the store as files that other programs read."""

"""The store: a local, bitemporal copy of incidents and their timelines, for reports that read no vendor."""

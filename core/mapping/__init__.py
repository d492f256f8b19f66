"""Mappings: what a mapping file may say, and how it translates records and incidents both ways."""

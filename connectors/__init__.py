"""One package for each vendor; the core finds them through the entry-point group ``isthmus.connectors``."""

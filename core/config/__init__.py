"""The configuration file: connections, links, and what is wrong with them."""

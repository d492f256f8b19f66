"""HTTP towards the vendors: sessions, retries, limits, credentials, redaction of what goes wrong."""

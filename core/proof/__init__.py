"""Proof of a mapping: complete, stable, and each field labelled lossless, lossy or one-way."""

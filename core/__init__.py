"""The vendor-neutral heart: model, mapping, reconciliation, ledger and engine."""

"""Reconciliation: read, decide, plan, write once, settle, count; migration on the same parts."""

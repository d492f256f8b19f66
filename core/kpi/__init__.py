"""KPIs: what each one means, and its figures for a period."""

"""Priority: weights of impact and urgency, their sum, and the ranges of the sum.

Weights and ranges are those of the product as published (impact 9, 5, 3, 0; urgency 20, 15, 10, 0; 0-9 Low, 10-17
Medium, 18-23 High, 24-29 Critical); recorded rows agree. Companies may configure others. Priority is never set
directly.
"""

from __future__ import annotations

_IMPACT = {"1": 9, "2": 5, "3": 3, "4": 0}
_URGENCY = {"1": 20, "2": 15, "3": 10, "4": 0}
_LEAST = ((24, "Critical"), (18, "High"), (10, "Medium"), (0, "Low"))


def prioritized(impact: str, urgency: str) -> tuple[str, int]:
    """Give the priority and its weight."""
    weight = _IMPACT[impact[0]] + _URGENCY[urgency[0]]
    return next(label for least, label in _LEAST if weight >= least), weight

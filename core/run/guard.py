"""Refuse to write through a mapping that is not proven: what it would get wrong is told before the first write."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations

from ..errors import MappingError
from ..proof.proof import Proof, prove
from ..sync.side import Side

LIFTED = "proof"
"""Name under which a person lifts this guard: ``--lift proof``."""
MOST = 5
"""Problems that the message names; ``isthmus check`` tells them all."""


def require_proof(sides: Mapping[str, Side], lifted: frozenset[str]) -> None:
    """Prove every way in which a link writes, on what mappings and live metadata tell.

    Raises:
        MappingError: a mapping is incomplete; names the fields and the fixes.
    """
    for source, target in permutations(sides.values(), 2):
        if target.writable:
            require(prove(source, target), lifted)


def require(proof: Proof, lifted: frozenset[str]) -> None:
    """Accept a proof without problems, or one that a person lifted.

    Raises:
        MappingError: the mapping is incomplete; names the fields and the fixes.
    """
    if proof.complete or LIFTED in lifted:
        return
    words = "; ".join(str(each) for each in proof.problems[:MOST])
    more = f"; and {len(proof.problems) - MOST} more" if len(proof.problems) > MOST else ""
    raise MappingError(
        f"the mapping {proof.source} -> {proof.target} is not proven: {words}{more} "
        f"('isthmus check' tells everything; --lift {LIFTED} writes all the same)"
    )

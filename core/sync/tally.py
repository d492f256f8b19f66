"""The equation that closes every run: ``seen = written + unchanged + excluded + conflicts + failed``.

It is kept for incidents, comments and files. What was seen is counted where it is read, what became of it where that is
known; a remainder means that something was lost in between, and the run is red.
"""

from __future__ import annotations

from dataclasses import dataclass, field

KINDS = ("incidents", "comments", "files")
OUTCOMES = ("written", "unchanged", "excluded", "conflicts", "failed")


@dataclass(slots=True)
class Tally:
    """Counts of one run."""

    seen: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    counts: dict[str, dict[str, int]] = field(default_factory=lambda: {kind: dict.fromkeys(OUTCOMES, 0) for kind in KINDS})
    notes: list[str] = field(default_factory=list)
    """What a person should read: skips, clones, refusals; at most a thousand."""

    def see(self, kind: str, number: int = 1) -> None:
        """Count something that was read."""
        self.seen[kind] += number

    def count(self, kind: str, outcome: str, number: int = 1) -> None:
        """Count what became of something."""
        self.counts[kind][outcome] += number

    def note(self, words: str) -> None:
        """Keep a sentence for the report."""
        if len(self.notes) < 1000:
            self.notes.append(words)

    def remainder(self, kind: str) -> int:
        """Give what is unexplained: 0 where the equation holds."""
        return self.seen[kind] - sum(self.counts[kind].values())

    @property
    def balanced(self) -> bool:
        """Tell whether nothing is unexplained."""
        return all(self.remainder(kind) == 0 for kind in KINDS)

    @property
    def outcome(self) -> str:
        """Give the run's outcome: ``red``, ``partial`` or ``ok``."""
        if not self.balanced:
            return "red"
        troubled = any(self.counts[kind][name] for kind in KINDS for name in ("failed", "conflicts"))
        return "partial" if troubled else "ok"

    def report(self) -> dict[str, object]:
        """Give the counts as JSON values."""
        return {
            **{kind: {"seen": self.seen[kind], **self.counts[kind], "unexplained": self.remainder(kind)} for kind in KINDS},
            "outcome": self.outcome,
            "notes": self.notes,
        }

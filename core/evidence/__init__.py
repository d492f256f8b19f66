"""Evidence: what proves that a report is true, to somebody who has nothing else."""

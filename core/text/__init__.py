"""Rich text: canonical HTML, and the vendors' own forms of it."""

"""What a command does: assemble the parts, run, show, and end with a code."""

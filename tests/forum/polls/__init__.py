"""Secret votes and budget ballots."""

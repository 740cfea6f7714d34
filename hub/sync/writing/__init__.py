"""From records to the remotes: what is owed, prepared, sent, landed, and settled when an answer was lost."""

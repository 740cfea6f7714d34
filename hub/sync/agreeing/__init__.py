"""From documents to records: links, three-way merge, policies and conflicts, and what others are owed by it."""

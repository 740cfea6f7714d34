"""From pages, webhooks and carriers to documents: what to read, how far it was read, and what is no longer there."""

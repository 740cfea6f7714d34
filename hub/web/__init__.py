"""The hub's side of HTTP: webhooks and health."""

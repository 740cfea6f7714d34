"""How a connection is opened and kept: lease, tokens, secrets, webhooks subscribed to, state and back-off."""

"""Webhooks in a storm: 200 a second, a kill in the middle, and a hub that must lose none."""

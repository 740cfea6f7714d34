"""Entrepot, the integration hub for e-commerce."""

__version__ = "0.1.0"

"""The performance bed; never part of the tests."""

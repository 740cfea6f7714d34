"""What all tests share: how hypothesis looks for counterexamples."""

from __future__ import annotations

import os

from hypothesis import settings

# A busy machine is no failure. On the build server the same examples are tried each time; elsewhere new ones.
settings.register_profile("entrepot", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("entrepot")

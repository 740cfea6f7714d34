"""What all tests share: how hypothesis looks for counterexamples, and that Ctrl-C reaches what they start."""

from __future__ import annotations

import os
import signal

from hypothesis import settings

# A busy machine is no failure. On the build server the same examples are tried each time; elsewhere new ones.
settings.register_profile("entrepot", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("entrepot")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # begun in the background of a shell: programs would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)

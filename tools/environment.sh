#!/bin/sh
# Make .venv from requirements-dev.lock, or say in one sentence what is missing.
set -u
python=${1:-python3}
log=.cache/environment.log

fail() {
    echo "$1" >&2
    exit 1
}

why_not_installed() {
    if grep -qi 'hashes are required\|do not match the hashes' "$log"; then
        fail "A downloaded package is not the one in requirements-dev.lock, so nothing was installed: see $log."
    elif grep -qi 'connection\|name resolution\|unreachable\|timed out\|no matching distribution' "$log"; then
        fail "The packages cannot be downloaded: no package index answers over the network (details in $log)."
    fi
    fail "The packages of requirements-dev.lock could not be installed: see $log."
}

command -v "$python" >/dev/null 2>&1 || fail "$python is not installed: install Python 3.11, 3.12 or 3.13."
"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' ||
    fail "Python 3.11, 3.12 or 3.13 is needed, $python is $("$python" -V 2>&1): name another with make PYTHON=python3.11."
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "Python's venv module is missing: install it (on Debian: apt install python3-venv) and run make again."

echo "Setting up .venv from requirements-dev.lock (once, about a minute) ..."
mkdir -p .cache
"$python" -m venv .venv >"$log" 2>&1 || fail "The virtual environment .venv could not be made: see $log."
pip() { .venv/bin/python -m pip --disable-pip-version-check --no-input --retries 2 "$@" >>"$log" 2>&1; }
pip install --require-hashes -r requirements-dev.lock || why_not_installed
pip install --no-deps --no-build-isolation --editable . || fail "Entrepot itself could not be installed: see $log."
touch .venv/ready

#!/bin/sh
# Rewrites the lock files from the .in files; needs uv on PATH and the package index.
set -eu
cd "$(dirname "$0")/.."
for name in requirements requirements-dev requirements-node; do
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --custom-compile-command scripts/lock.sh "$name.in" -o "$name.txt" "$@"
done

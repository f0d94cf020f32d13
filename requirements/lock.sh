#!/usr/bin/env bash
# Rewrites the locked, hash-pinned requirements from pyproject.toml (needs uv). Runtime first; development never moves a runtime pin.
set -euo pipefail
cd "$(dirname "$0")/.."
for version in 3.11 3.13; do
  tag="py${version/./}"
  common=(pyproject.toml --python-version "$version" --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet "$@")
  uv pip compile "${common[@]}" --group build -o "requirements/$tag.txt"
  uv pip compile "${common[@]}" --extra postgres --extra write-tags --group dev -c "requirements/$tag.txt" -o "requirements/$tag-dev.txt"
done

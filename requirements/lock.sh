#!/usr/bin/env bash
# Rewrites the locked, hash-pinned requirements from pyproject.toml (needs uv). Runtime first; development never moves a runtime pin.
# Extras are kept in the names: pip before 23.3 takes the newest release of coverage[toml] where only coverage is pinned, and then refuses it.
set -euo pipefail
cd "$(dirname "$0")/.."
for version in 3.11 3.13; do
  tag="py${version/./}"
  common=(pyproject.toml --python-version "$version" --generate-hashes --no-emit-index-url --no-emit-find-links --no-strip-extras --no-header --quiet "$@")
  uv pip compile "${common[@]}" --group build -o "requirements/$tag.txt"
  uv pip compile "${common[@]}" --extra cluster --extra postgres --extra encrypted --extra write-tags --group dev -c "requirements/$tag.txt" -o "requirements/$tag-dev.txt"
done

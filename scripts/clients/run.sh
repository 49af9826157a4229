#!/usr/bin/env bash
# Checks that real, unmodified clients and receivers work against the simulator: scripts/clients/run.sh [CLIENT …]
# They and their installation are described in hooksim_tools/clients, which shares no code with them.
set -euo pipefail
PYTHONPATH=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) exec python3 -B -m hooksim_tools.clients.command "$@"

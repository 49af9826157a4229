# The client that openapi-generator makes for Python, of OpenAPI 3.1.
set -euo pipefail
source scripts/openapi/common.sh
generate python both-3.1 "$WORK/python" --package-name generated
PYTHONPATH=$WORK/python "$VENV/bin/python" scripts/openapi/python/client.py

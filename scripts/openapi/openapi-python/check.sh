# The client of openapi-python-client, of OpenAPI 3.1; a part of the document that it leaves out is a failure.
set -euo pipefail
source scripts/openapi/common.sh
cat >"$WORK/openapi-python/config.yaml" <<'END'
post_hooks: []
# The one media type that it does not know; it is read as a file.
content_type_overrides: { application/vnd.sqlite3: application/octet-stream }
END
"$VENV/bin/openapi-python-client" generate --path "$WORK/both-3.1.json" --output-path "$WORK/openapi-python/generated" --meta none \
  --config "$WORK/openapi-python/config.yaml" --fail-on-warning >"$WORK/generator.log" 2>&1 || { cat "$WORK/generator.log" >&2; exit 1; }
PYTHONPATH=$WORK/openapi-python "$VENV/bin/python" scripts/openapi/openapi-python/client.py

# The models of datamodel-code-generator, of both versions of the simulated API alone.
set -euo pipefail
source scripts/openapi/common.sh
for version in 3.1 3.0; do
  folder=$WORK/datamodel/$version
  mkdir -p "$folder"
  "$VENV/bin/datamodel-codegen" --input "$WORK/webhooks-$version.json" --input-file-type openapi --output "$folder/generated.py" \
    --output-model-type pydantic_v2.BaseModel --formatters builtin >"$WORK/generator.log" 2>&1 || { cat "$WORK/generator.log" >&2; exit 1; }
  PYTHONPATH=$folder "$VENV/bin/python" scripts/openapi/datamodel/client.py "$version"
done

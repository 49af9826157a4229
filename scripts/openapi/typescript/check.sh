# The client that openapi-generator makes for TypeScript, of OpenAPI 3.0: built by esbuild, run by Node.
set -euo pipefail
source scripts/openapi/common.sh
need node nodejs
need esbuild esbuild
folder=$WORK/typescript
generate typescript-fetch both-3.0 "$folder/generated"
cp scripts/openapi/typescript/client.ts "$folder/"
esbuild --log-level=warning --bundle --platform=node --format=esm "$folder/client.ts" --outfile="$folder/client.mjs"
node "$folder/client.mjs"

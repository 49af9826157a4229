# The client that openapi-generator makes for PHP, of OpenAPI 3.0. Debian's libraries take the place of Composer.
set -euo pipefail
source scripts/openapi/common.sh
need php php-cli php-curl php-mbstring php-guzzlehttp-guzzle php-guzzlehttp-psr7
generate php both-3.0 "$WORK/php/generated" --additional-properties invokerPackage=Generated
find "$WORK/php/generated" -name '*.php' -print0 | xargs -0 -n 50 -P 2 sh -c 'for file; do php -l "$file" >/dev/null || exit 255; done' sh
GENERATED=$WORK/php/generated/lib php -d zend.assertions=1 -d assert.exception=1 scripts/openapi/php/client.php

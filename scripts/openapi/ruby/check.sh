# The client that openapi-generator makes for Ruby, of OpenAPI 3.1. Debian's libraries take the place of gems.
set -euo pipefail
source scripts/openapi/common.sh
need ruby ruby ruby-typhoeus
generate ruby both-3.1 "$WORK/ruby/generated" --additional-properties gemName=generated,moduleName=Generated
ruby -I "$WORK/ruby/generated/lib" scripts/openapi/ruby/client.rb

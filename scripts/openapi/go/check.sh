# The client that openapi-generator makes for Go, of OpenAPI 3.0. Debian's libraries take the place of modules.
set -euo pipefail
source scripts/openapi/common.sh
need go golang-go golang-golang-x-oauth2-dev golang-gopkg-validator.v2-dev
export GOPATH=$WORK/go:/usr/share/gocode GO111MODULE=off GOFLAGS=
generate go both-3.0 "$WORK/go/src/generated" --additional-properties packageName=generated
mkdir "$WORK/go/src/client"
cp scripts/openapi/go/client.go "$WORK/go/src/client/"
cd "$WORK/go/src/client"
go vet .
go run .

#!/usr/bin/env bash
# Checks that real, unmodified clients and receivers work against the simulator: the one at HOOKSIM_URL, or one
# that this script starts (HOOKSIM_BIN, or what `swift build` made). It must be of profile sandbox, on a real clock.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
venv=$root/.venv-clients
check_seconds=120
server_pid=
work=$(mktemp -d)
export NODE_PATH=${NODE_PATH:-/usr/share/nodejs}

fail() {
  echo "run.sh: $*" >&2
  exit 1
}

cleanup() {
  if [[ $server_pid ]]; then
    kill "$server_pid" 2>/dev/null || true
    wait "$server_pid" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap cleanup EXIT

install_clients() {
  [[ -x $venv/bin/pip ]] || python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
  if ! node -e 'require("express")' 2>/dev/null && [[ $(id -u) == 0 ]]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -qq node-express >/dev/null || { apt-get update -qq && apt-get install -y -qq node-express >/dev/null; }
  fi
}

start_server() {
  local binary=${HOOKSIM_BIN:-} candidate
  for candidate in "$root/.build/release/hooksim" "$root/.build/debug/hooksim"; do
    [[ -n $binary || ! -x $candidate ]] || binary=$candidate
  done
  [[ -n $binary ]] || fail "no hooksim to start: run 'swift build', or set HOOKSIM_URL or HOOKSIM_BIN"
  "$binary" serve --port 0 --ready-file "$work/ready.json" >"$work/server.log" 2>&1 &
  server_pid=$!
  local deadline=$((SECONDS + 15))
  until HOOKSIM_URL=$(ready_field url); do
    kill -0 "$server_pid" 2>/dev/null || fail "hooksim ended before it was ready: $(cat "$work/server.log")"
    ((SECONDS < deadline)) || fail "hooksim was not ready within 15 s: $(cat "$work/server.log")"
    sleep 0.1
  done
  HOOKSIM_CLIENT_ID=$(ready_field client_id)
  HOOKSIM_CLIENT_SECRET=$(ready_field client_secret)
  export HOOKSIM_URL HOOKSIM_CLIENT_ID HOOKSIM_CLIENT_SECRET
}

# Fails while the file is not there or not whole yet.
ready_field() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$work/ready.json" "$1" 2>/dev/null; }

install_clients
[[ -n ${HOOKSIM_URL:-} ]] || start_server

passed=0
failed=0
check() {
  echo "== $(basename "${!#}")"
  if timeout --kill-after=5 "$check_seconds" "$@"; then
    passed=$((passed + 1))
  else
    echo "FAILED: $(basename "${!#}")" >&2
    failed=$((failed + 1))
  fi
}

check bash "$here/curl.sh"
check "$venv/bin/python" "$here/authlib_client.py"
check "$venv/bin/python" "$here/requests_oauthlib_client.py"
check node "$here/node_client.mjs"
check node "$here/express_receiver.mjs"

echo "$passed passed, $failed failed"
((failed == 0))

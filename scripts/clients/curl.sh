#!/usr/bin/env bash
# Checks the API from end to end with curl alone, and with a small receiver of deliveries.
set -euo pipefail

url=${HOOKSIM_URL:-http://127.0.0.1:8080}
client_id=${HOOKSIM_CLIENT_ID:-sandbox}
client_secret=${HOOKSIM_CLIENT_SECRET:-sandbox-secret}
secret_key=curl-s3cret-4242
work=$(mktemp -d)
receiver_pid=
schedule_before=

fail() {
  echo "curl.sh: $*" >&2
  exit 1
}

ok() { echo "ok: curl: $*"; }

cleanup() {
  if [[ $schedule_before ]]; then
    admin PATCH settings "{\"retry_schedule\": $schedule_before}" || true
  fi
  [[ -z $receiver_pid ]] || kill "$receiver_pid" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

# request STATUS CURL_ARGUMENT…: fails unless the response has that status; writes it to $work/headers and $work/body.
request() {
  local expected=$1 status
  shift
  status=$(curl -sS --max-time 60 -D "$work/headers" -o "$work/body" -w '%{http_code}' "$@") || fail "no response to: curl $*"
  [[ $status == "$expected" ]] || fail "expected $expected, got $status and '$(cat "$work/body")' from: curl $*"
}

api() {
  local status=$1
  shift
  request "$status" -H "Authorization: Bearer $token" "$@"
}

# admin METHOD PATH [JSON]
admin() {
  curl -sS --fail --max-time 60 -X "$1" -H 'Content-Type: application/json' -o "$work/body" "$url/__admin/$2" ${3:+-d "$3"}
}

# json EXPRESSION: prints the value of a Python expression, in which `body` is the last body.
json() { python3 -c 'import json, sys; body = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1" <"$work/body"; }

# body_has EXPRESSION: fails unless the expression is true for the last body.
body_has() { [[ $(json "bool($1)") == True ]] || fail "not so: $1, in $(cat "$work/body")"; }

headers_have() { tr -d '\r' <"$work/headers" | grep -qiE "$1" || fail "no header like '$1' in: $(cat "$work/headers")"; }

# wait_for WHAT COMMAND…: runs the command until it succeeds, at most for a minute, since a busy machine can be slow.
wait_for() {
  local what=$1 deadline=$((SECONDS + 60))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || fail "waited in vain for $what"
    sleep 0.1
  done
}

subscribe() { api 201 "$url/webhooks" -H 'Content-Type: application/json' -d "$1"; }

# walk PATH: prints the ids of all rows, read in pages of two.
walk() {
  local after=() pages=0
  while ((pages++ < 20)); do
    api 200 -G "$url$1" -d limit=2 ${after[@]+"${after[@]}"}
    json '"\n".join(row["id"] for row in body["data"])'
    [[ $(json 'body["has_next_page"]') == True ]] || return 0
    after=(--data-urlencode "after=$(json 'body["end_cursor"]')")
  done
  fail "the pages of $1 do not end"
}

newest_event_is() {
  api 200 "$url/webhooks/events?limit=1"
  [[ $(json 'body["data"][0]["status"]') == "$1" ]]
}

none_is() {
  api 200 "$url/webhooks/events?status=$1"
  [[ $(json 'len(body["data"])') == 0 ]]
}

start_receiver() {
  echo 200 >"$work/response"
  python3 - "$work" <<'PYTHON' &
import http.server, json, pathlib, sys
work = pathlib.Path(sys.argv[1])
class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with open(work / "deliveries", "a") as log:
            print(json.dumps({"authorization": self.headers["Authorization"], "body": json.loads(body)}), file=log)
        self.send_response(int((work / "response").read_text()))
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
(work / "port.part").write_text(str(server.server_port))
(work / "port.part").rename(work / "port")
server.serve_forever()
PYTHON
  receiver_pid=$!
  wait_for "the receiver to start" test -e "$work/port"
  hooks=http://127.0.0.1:$(cat "$work/port")/hooks
}

# Tokens
grant=grant_type=client_credentials
request 200 -u "$client_id:$client_secret" -d $grant "$url/oauth/token"
body_has 'len(body["access_token"]) == 56 and body["token_type"] == "bearer" and body["expires_in"] > 0'
ok "HTTP Basic gets a token"

admin POST partners '{}'
client_id=$(json 'body["client_id"]')
client_secret=$(json 'body["client_secret"]')
request 200 -d $grant --data-urlencode "client_id=$client_id" --data-urlencode "client_secret=$client_secret" "$url/oauth/token"
token=$(json 'body["access_token"]')
ok "credentials in the form body get a token"

request 403 -u "$client_id:wrong-secret" -d $grant "$url/oauth/token"
body_has 'body["error"] == "invalid_client"'
ok "a wrong secret is a 403 invalid_client"

# Refusals
request 401 "$url/webhooks"
headers_have '^www-authenticate: bearer realm="webhooks"'
request 401 -H 'Authorization: Bearer no-such-token' "$url/webhooks"
headers_have '^www-authenticate: bearer .*error="invalid_token"'
ok "no token and an unknown token are a 401"

api 404 "$url/no/such/path"
headers_have '^content-type: text/plain'
[[ $(cat "$work/body") == "404 page not found" ]] || fail "the text of an unknown path is '$(cat "$work/body")'"
ok "an unknown path is a 404 in plain text"

api 405 -X PUT "$url/webhooks"
headers_have '^allow: .*get'
headers_have '^allow: .*post'
ok "a wrong method is a 405 with Allow"

# What HTTP/1.1 offers and expects
offered=$(curl -sS --http2 --max-time 60 -o /dev/null -o /dev/null -w '%{http_code} ' "$url/__admin/health" "$url/__admin/health")
[[ $offered == "200 200 " ]] || fail "two requests that offer HTTP/2 on one connection: $offered"
ok "an offer of HTTP/2 is ignored, and the connection goes on working"

request 422 -H "Authorization: Bearer $token" -H 'Content-Type: application/json' -H 'Expect: 100-continue' \
  -d '{"endpoint_url": "https://example.com/", "topic": "no_such_topic"}' "$url/webhooks"
headers_have '^http/1.1 100 '
ok "a body that waits for 100 Continue gets it"

# Subscription and delivery
start_receiver
subscribe "{\"endpoint_url\": \"$hooks\", \"topic\": \"invoice_paid\", \"secret_key\": \"$secret_key\"}"
body_has 'body["is_active"] and body["secret_last_4_digits"] == "4242" and "secret_key" not in body'
subscription=$(json 'body["id"]')
ok "subscribing is a 201 that hides the secret"

admin POST events "{\"topic\": \"invoice_paid\", \"client_id\": \"$client_id\"}"
body_has 'body["matched_subscriptions"] == 1 and len(body["data"]) == 1'
wait_for "the delivery" test -s "$work/deliveries"
tail -n 1 "$work/deliveries" >"$work/body"
body_has "body['authorization'] == 'Bearer $secret_key'"
body_has 'body["body"]["topic"] == "invoice_paid" and body["body"]["data"]["invoice_id"] == body["body"]["entity_id"]'
wait_for "the event to be delivered" newest_event_is delivered
ok "a triggered event is delivered with the bearer secret"

# Pages
for number in 1 2 3 4; do
  subscribe "{\"endpoint_url\": \"$hooks/$number\", \"topic\": \"payout_paid\"}"
done
admin POST events "{\"topic\": \"invoice_paid\", \"client_id\": \"$client_id\", \"count\": 4}"
for list in /webhooks /webhooks/events; do
  ids=$(walk "$list")
  [[ $(wc -l <<<"$ids") == 5 && $(sort -u <<<"$ids" | wc -l) == 5 ]] || fail "5 rows of $list by pages of two: $ids"
  api 200 "$url$list?limit=2"
  first_page=$(json '[row["id"] for row in body["data"]]')
  api 200 -G "$url$list" -d limit=2 --data-urlencode "after=$(json 'body["end_cursor"]')"
  body_has 'body["has_previous_page"]'
  api 200 -G "$url$list" -d limit=2 --data-urlencode "before=$(json 'body["start_cursor"]')"
  [[ $(json '[row["id"] for row in body["data"]]') == "$first_page" ]] ||
    fail "the page before the second of $list is not the first, $first_page, but $(cat "$work/body")"
done
ok "limit, after and before walk both lists"

# Retry
wait_for "all events to be delivered" none_is pending
admin GET settings
schedule_before=$(json 'json.dumps(body["retry_schedule"])')
admin PATCH settings '{"retry_schedule": ["0s"]}'
echo 500 >"$work/response"
admin POST events "{\"topic\": \"invoice_paid\", \"client_id\": \"$client_id\"}"
wait_for "the event to fail" newest_event_is failed
echo 200 >"$work/response"
api 200 -X POST "$url/webhooks/retry"
body_has 'isinstance(body["message"], str)'
wait_for "the retried event to be delivered" newest_event_is delivered
ok "a failed event is delivered after a retry"

# Deletion
api 200 -X DELETE "$url/webhooks/$subscription"
body_has "body['id'] == '$subscription' and body['is_active'] is False"
api 404 -X DELETE "$url/webhooks/$subscription"
api 400 -X DELETE "$url/webhooks/no-uuid"
ok "deleting deactivates; once more is a 404, and an id that is no UUID a 400"

# What scripts/check-openapi and the checks of each client share; to be sourced from the root of the project.

VENV=$PWD/.venv-openapi
export VENV PYTHONDONTWRITEBYTECODE=1

# skip REASON: ends a check that can't be done here.
skip() {
  echo "skipped: $*"
  exit 77
}

# need COMMAND PACKAGE…: installs Debian's packages if a command or a package is missing, or skips the check.
need() {
  local command=$1 missing=() package
  shift
  for package in "$@"; do
    dpkg-query --show --showformat '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  if ((${#missing[@]} == 0)); then return; fi
  # Somebody may have installed the command in another way, but a library is looked for where Debian has it.
  if (($# == 1)) && command -v "$command" >/dev/null; then return; fi
  [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null || skip "${missing[*]} can't be installed without root and apt-get"
  export DEBIAN_FRONTEND=noninteractive
  local install=(apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}")
  "${install[@]}" >"$WORK/apt.log" 2>&1 \
    || { apt-get -o DPkg::Lock::Timeout=300 update -qq >"$WORK/apt.log" 2>&1 && "${install[@]}" >"$WORK/apt.log" 2>&1; } \
    || { tail -3 "$WORK/apt.log"; skip "${missing[*]} can't be installed"; }
}

# generate GENERATOR DOCUMENT FOLDER [OPTION…]: lets openapi-generator write a client.
generate() {
  local generator=$1 document=$2 folder=$3 log=$WORK/generator.log
  shift 3
  need java default-jre-headless
  if ! "$VENV/bin/openapi-generator-cli" generate --generator-name "$generator" --input-spec "$WORK/$document.json" \
    --output "$folder" --global-property apiDocs=false,modelDocs=false,apiTests=false,modelTests=false "$@" >"$log" 2>&1 \
    || grep -q ERROR "$log"; then
    grep -E "ERROR|Exception|error" "$log" | head -20 >&2
    echo "openapi-generator can't make a client ($generator) of $document.json" >&2
    return 1
  fi
}

# Fails if the validator and the generators can't be installed.
install_python_tools() {
  local requirements=scripts/openapi/requirements.txt
  if cmp -s "$requirements" "$VENV/installed"; then return; fi
  python3 -m venv --clear "$VENV" || return
  "$VENV/bin/pip" install --quiet --disable-pip-version-check -r "$requirements" || return
  cp "$requirements" "$VENV/installed"
}

# Starts hooksim with a single attempt for each event, so that a refused one is failed at once.
start_simulator() {
  local binary=${HOOKSIM_BIN:-} candidate
  for candidate in .build/release/hooksim .build/debug/hooksim; do
    [[ -n $binary || ! -x $candidate ]] || binary=$candidate
  done
  [[ -n $binary ]] || { echo "there is no hooksim to start; run swift build, or set HOOKSIM_BIN" >&2; exit 2; }
  "$binary" serve --port 0 --retry-schedule 0s --ready-file "$WORK/ready" >"$WORK/hooksim.log" 2>&1 &
  simulator=$!
  await "$simulator" "$WORK/ready" || { echo "hooksim did not start:" >&2; cat "$WORK/hooksim.log" >&2; exit 1; }
  HOOKSIM_URL=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["url"])' "$WORK/ready")
  export HOOKSIM_URL
}

start_receiver() {
  export DELIVERIES=$WORK/deliveries
  python3 scripts/openapi/receiver.py "$WORK/receiver" "$DELIVERIES" 2>"$WORK/receiver.log" &
  receiver=$!
  await "$receiver" "$WORK/receiver" || { echo "the receiver did not start:" >&2; cat "$WORK/receiver.log" >&2; exit 1; }
  RECEIVER_URL=$(cat "$WORK/receiver")
  export RECEIVER_URL
}

# await PID FILE: waits until the process has written the file.
await() {
  for _ in $(seq 300); do
    [[ -s $2 ]] && return
    kill -0 "$1" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

# Fetches all forms of the document: both-3.1.json, both-3.0.json, webhooks-3.1.json, webhooks-3.0.json.
fetch_forms() {
  local version
  for version in 3.1 3.0; do
    fetch "version=$version" "both-$version"
    fetch "version=$version&api=webhooks" "webhooks-$version"
    "$VENV/bin/openapi-spec-validator" --schema "$version" "$WORK/both-$version.json" "$WORK/webhooks-$version.json" >"$WORK/validator.log" \
      || { cat "$WORK/validator.log" >&2; exit 1; }
  done
}

fetch() { curl --fail --silent --show-error --max-time 30 "$HOOKSIM_URL/__admin/openapi.json?$1" --output "$WORK/$2.json"; }

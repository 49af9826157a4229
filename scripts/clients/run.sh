#!/usr/bin/env bash
# Checks that real, unmodified clients and receivers work against the simulator; what runs, and how, is in run.py.
# It installs what they need from Debian (as root) and PyPI. Names as arguments run only those clients.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
venv=$(cd "$here/../.." && pwd)/.venv-clients
debian=(
  golang-go libgoogle-gson-java libhttp-daemon-perl libwww-perl node-express nodejs openjdk-17-jdk-headless php-cli php-curl
  python3-venv ruby ruby-webrick
)

as_root() { if [[ $(id -u) == 0 ]]; then "$@"; else sudo -n "$@"; fi; }

is_installed() { [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

install_debian() {
  local missing=() package
  for package in "${debian[@]}"; do
    is_installed "$package" || missing+=("$package")
  done
  ((${#missing[@]})) && command -v apt-get >/dev/null || return 0
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends -o DPkg::Lock::Timeout=300)
  as_root apt-get update -qq || true
  as_root "${install[@]}" "${missing[@]}" >/dev/null && return
  # One that can't be installed keeps none of the others from it; run.py names what it then skips.
  for package in "${missing[@]}"; do
    as_root "${install[@]}" "$package" >/dev/null || echo "run.sh: $package can't be installed" >&2
  done
}

install_python() {
  local install=("$venv/bin/pip" install --quiet --disable-pip-version-check) requirement
  [[ -x $venv/bin/pip ]] || python3 -m venv "$venv"
  "${install[@]}" -r "$here/requirements.txt" && return
  while read -r requirement; do
    "${install[@]}" "$requirement" || echo "run.sh: $requirement can't be installed" >&2
  done <"$here/requirements.txt"
}

install_debian
install_python
exec "$venv/bin/python" "$here/run.py" "$@"

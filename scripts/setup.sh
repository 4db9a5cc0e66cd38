#!/bin/sh
# scripts/setup.sh requirements.txt: makes .venv, or finds it ready. Called by make.
#
# .venv/ready-<file> is written last, and holds the folder and a checksum of every file that
# decides what is installed: an interrupted or outdated installation never counts as ready.
set -u
cd "$(dirname "$0")/.." || exit 1
wanted=$1
stamp=.venv/ready-$wanted
log=.venv/install.log

fail() { echo "$*" >&2; exit 1; }
state() { pwd; cat requirements.txt requirements-test.txt constraints.txt pyproject.toml | cksum; }

[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(state)" ] && .venv/bin/python -c '' 2>/dev/null && exit 0

# --- a Python that is new enough
new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
python=
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
  if new_enough "$candidate"; then python=$candidate; break; fi
done
if [ -z "$python" ]; then
  first=${PYTHON:-python3}
  found=$("$first" -c 'import sys; print("Python", sys.version.split()[0])' 2>/dev/null) || found="no $first that runs"
  fail "Python 3.11 or newer is needed, but there is $found. Install one, or name it: make PYTHON=/path/to/python3.12 …"
fi

# --- the environment: kept if it is this folder's and runs, else made anew
owner=$(head -n 1 .venv/owner 2>/dev/null || true)
if [ "$owner" != "$(pwd)" ] || ! new_enough .venv/bin/python; then
  echo "Making a Python environment in .venv with $("$python" -V 2>&1) …"
  if ! message=$("$python" -m venv --clear .venv 2>&1); then
    rm -rf .venv
    fail "Could not make a Python environment in .venv ($python -m venv; on Debian and Ubuntu it needs the package python3-venv): $(printf %s "$message" | grep -v '^ *$' | tail -n 1)"
  fi
  pwd > .venv/owner
fi
rm -f .venv/ready-*

# --- the packages
echo "Installing the packages of $wanted into .venv (a minute or two; log: $log) …"
.venv/bin/python -m pip install --disable-pip-version-check --no-input --retries 2 -r "$wanted" > "$log" 2>&1 &
pip=$!
trap 'kill $pip 2>/dev/null; echo "Stopped; run the same command again to go on." >&2; exit 130' INT TERM
seconds=0
while kill -0 $pip 2>/dev/null; do
  sleep 1
  seconds=$((seconds + 1))
  [ $((seconds % 15)) -eq 0 ] && echo "  … $seconds s, $(grep -c '^ *Downloading\|^Collecting\|Using cached' "$log") packages looked at"
done
if ! wait $pip; then
  if grep -q -i 'NewConnectionError\|ConnectTimeout\|Name or service not known\|Temporary failure in name resolution\|Network is unreachable\|ProxyError\|Connection refused\|Read timed out' "$log"; then
    fail "The packages of $wanted could not be fetched: no connection to the package index. Check the network and run the same command again (log: $log)"
  fi
  fail "The packages of $wanted could not be installed: $(grep -i '^ *error' "$log" | head -n 1 | cut -c 1-200) (log: $log)"
fi
state > "$stamp"
[ "$wanted" = requirements-test.txt ] && state > .venv/ready-requirements.txt   # it holds the other
echo "Installed in $seconds s."

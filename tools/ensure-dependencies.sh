#!/bin/sh
# Installs the npm dependencies when package-lock.json is not the one that was installed last. Says nothing otherwise.
# A shell script, because it runs before there is a Node.js that reads TypeScript.
set -eu
cd "$(dirname "$0")/.."

# Inside node_modules, so that whoever removes that removes this: npm ci does, as its first step.
installed=node_modules/.installed-package-lock.json

up_to_date() { cmp -s package-lock.json "$installed"; }

fail() {
  echo "error: $1" >&2
  exit 1
}

# Two at once would take each other's files away. The lock is a directory, because making one either works or does not.
lock=.local/installing
holder() { cat "$lock/pid" 2>/dev/null || echo 0; }
take_lock() {
  mkdir -p .local
  told=
  until mkdir "$lock" 2>/dev/null; do
    pid=$(holder)
    if [ "$pid" -gt 0 ] && ! kill -0 "$pid" 2>/dev/null; then
      # Its owner was killed. Whoever moves it away first has it.
      mv "$lock" "$lock.$$" 2>/dev/null && rm -rf "$lock.$$"
      continue
    fi
    [ -n "$told" ] || echo "Waiting for another npm ci in this directory (if there is none, remove $lock)."
    told=yes
    sleep 1
  done
  trap 'rm -rf "$lock"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  echo $$ >"$lock/pid"
}

if ! up_to_date; then
  command -v npm >/dev/null || fail 'npm is not installed: install Node.js 20 or newer, https://nodejs.org/en/download'
  take_lock
  if ! up_to_date; then
    echo 'Installing the npm dependencies: package-lock.json is new or has changed.'
    npm ci >/dev/null || fail 'npm ci failed, see above: mend that, then run this again'
    cp package-lock.json "$installed"
  fi
fi

# npm leaves an optional package out where it has none for the platform, without a word.
if [ ! -x node_modules/.bin/node ]; then
  version=$(node --version 2>/dev/null || echo none)
  major=$(echo "$version" | sed -n 's/^v\([0-9]*\)\..*/\1/p')
  [ "${major:-0}" -ge 26 ] || fail "npm has no Node.js 26 for $(uname -sm), and the node on PATH is $version: install Node.js 26"
fi

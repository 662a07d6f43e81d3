#!/bin/sh
# Checks that every tool the build needs is installed: setup.sh install|check [TABLE]
#
# install: as root, installs what is missing with apt-get; otherwise works like check.
#
# check: installs nothing; if something is missing, fails with the command line to run.
set -eu

mode=${1:-}
table=${2:-$(dirname "$0")/tools.txt}
PATH=$PATH:/usr/sbin:/sbin

say() {
  echo "boxlite setup: $*"
}

case $mode in
  install | check) ;;
  *)
    say "boxlite.setup is \"$mode\"; it must be install or check" >&2
    exit 2
    ;;
esac

# The table without comments and padding: "package|how|what for".
tools=$(sed -e '/^ *#/d' -e '/^ *$/d' -e 's/ *| */|/g' "$table")

# All packages that are checked by name, in one call, since starting dpkg-query is slow. It fails if
# one is unknown, which counts as not installed.
named=$(echo "$tools" | sed -n 's/|package|.*//p')
# shellcheck disable=SC2086 # one word a package
installed=$([ -z "$named" ] || dpkg-query -W -f '${db:Status-Status} ${Package}\n' $named 2>/dev/null || true)

is_installed() { # PACKAGE HOW
  case $2 in
    package) echo "$installed" | grep -qxF "installed $1" ;;
    command\ *) command -v "${2#command }" >/dev/null ;;
    *)
      say "$table: \"$2\" is not a way to check for $1; use \"package\" or \"command NAME\"" >&2
      exit 2
      ;;
  esac
}

missing=
reasons=
old_ifs=$IFS
IFS='
'
for line in $tools; do
  package=${line%%|*}
  rest=${line#*|}
  if ! is_installed "$package" "${rest%%|*}"; then
    missing="$missing $package"
    reasons="$reasons
  $package: ${rest#*|}"
  fi
done
IFS=$old_ifs
[ -n "$missing" ] || exit 0

install="apt-get install --yes --no-install-recommends$missing"
if [ "$mode" = check ] || [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  say "these Debian packages are missing:$reasons" >&2
  say "install them with this command line, then build again:" >&2
  echo "  sudo sh -c 'apt-get update && $install'" >&2
  exit 1
fi

say "installing missing packages:$reasons"
export DEBIAN_FRONTEND=noninteractive
lock="-o DPkg::Lock::Timeout=300"
# A fresh machine has no package lists; one that was not updated for long has outdated ones.
# shellcheck disable=SC2086 # several words
if ! apt-get $lock -qq --simulate ${install#apt-get } >/dev/null 2>&1; then
  apt-get $lock -qq update
  apt-get $lock -qq ${install#apt-get }
elif ! apt-get $lock -qq ${install#apt-get }; then
  say "retrying with new package lists"
  apt-get $lock -qq update
  apt-get $lock -qq ${install#apt-get }
fi

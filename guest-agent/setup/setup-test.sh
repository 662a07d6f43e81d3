#!/bin/sh
# Tests setup.sh with a table of its own, and with fakes of apt-get and id that only record calls.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

mkdir "$work/bin"
cat >"$work/bin/apt-get" <<'END'
#!/bin/sh
echo "$*" >>"$NOTES"
case "$*" in
  *--simulate*) exit "${SIMULATION:-0}" ;;
  *install*) [ "${STALE_LISTS:-no}" = no ] || grep -q update "$NOTES" ;;
esac
END
cat >"$work/bin/id" <<'END'
#!/bin/sh
echo "$USER_ID"
END
chmod +x "$work/bin/apt-get" "$work/bin/id"

cat >"$work/nothing-missing" <<'END'
# a comment
dpkg | command sh | runs scripts
dpkg | package    | knows packages
END
cat >"$work/two-missing" <<'END'
dpkg                   | package                | knows packages
boxlite-no-such-tool   | command no-such-tool   | tests the setup
boxlite-no-such-crate  | package                | tests it again
END
printf 'dpkg | by magic | fails\n' >"$work/broken"

run() { # EXPECTED-STATUS MODE TABLE, with the settings in the environment
  expected=$1
  shift
  : >"$work/notes"
  status=0
  PATH=$work/bin:$PATH NOTES=$work/notes USER_ID=${USER_ID:-0} \
    sh "$here/setup.sh" "$1" "$work/$2" >"$work/output" 2>&1 || status=$?
  [ "$status" = "$expected" ] || fail "exit status $status instead of $expected"
}

fail() {
  echo "setup-test: $name: $*" >&2
  cat "$work/output" "$work/notes" >&2
  exit 1
}

says() {
  grep -qF -- "$1" "$work/output" || fail "missing output: $1"
}

calls() { # the calls of apt-get, without its options, one word each
  called=$(sed -E -e '/--simulate/s/.*/simulate/' -e '/ update$/s/.*/update/' \
    -e '/ install /s/.* install .*/install/' "$work/notes" | tr '\n' ' ')
  [ "$called" = "${1:+$1 }" ] || fail "calls of apt-get: $called"
}

name="prints nothing and calls no apt-get when nothing is missing"
run 0 install nothing-missing
calls ""
[ ! -s "$work/output" ] || fail "there is output"

name="check stops with the command line and never installs"
run 1 check two-missing
calls ""
says "boxlite-no-such-tool: tests the setup"
says "apt-get update && apt-get install --yes --no-install-recommends boxlite-no-such-tool boxlite-no-such-crate"

name="install as a user other than root works like check"
USER_ID=1000
run 1 install two-missing
calls ""
says "sudo sh -c 'apt-get update && apt-get install"
USER_ID=0

name="root gets everything installed in one call, with the reasons"
run 0 install two-missing
calls "simulate install"
says "boxlite-no-such-crate: tests it again"
grep -q -- "--no-install-recommends boxlite-no-such-tool boxlite-no-such-crate$" "$work/notes" ||
  fail "the packages are not those that are missing"

name="a fresh machine without package lists gets them first"
export SIMULATION=100
run 0 install two-missing
calls "simulate update install"
unset SIMULATION

name="stale package lists are renewed when the download fails"
export STALE_LISTS=yes
run 0 install two-missing
calls "simulate install update install"
unset STALE_LISTS

name="an unknown mode is reported with its value"
run 2 sometimes nothing-missing
says '"sometimes"; it must be install or check'

name="a malformed table is reported with the content of its line"
run 2 check broken
says '"by magic"'

#!/bin/sh
# Precompiles the headers that most files of the kernel include: precompile-headers.sh SOURCE OBJECTS
#
# For shared-headers.patch, which says what becomes of them. init/calibrate.o is there already: the
# headers are compiled with the same flags.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$1" && pwd)
cd "$2"
mkdir -p pch/names

flags=$(sed -n '1s/^cmd_[^=]*:= gcc \(.*\) -c -o .*/\1/p' init/.calibrate.o.cmd |
  sed 's/ -include [^ ]*//g; s/-Wp,-MMD,[^ ]*//; s/-D_*KBUILD_[A-Z]*=[^ ]*//g')
[ -n "$flags" ] || {
  echo "precompile-headers: init/.calibrate.o.cmd does not say how init/calibrate.o was compiled" >&2
  exit 1
}
# Where there is no NAME.h.gch, or the compiler cannot take it as the file's flags are others, it takes
# an empty NAME.h: the same comes out, later.
precompile() { # NAME HEADER
  name=pch/$1.h
  : >"$name"
  eval "gcc $flags -MD -MF $name.d -x c-header -o $name.gch $here/$2" || {
    echo "precompile-headers: going on without $name.gch" >&2
    rm -f "$name.gch"
    : >"$name.d"
  }
}
precompile kernel shared-headers.h
precompile net shared-net-headers.h

# A macro that a file defines before one of its #include lines may be meant for what is included. It
# counts when one of the headers above mentions it, outside of comments.
cat pch/*.d | tr -s ' \\\n' '\n' | grep '\.h$' | sort -u >pch/headers
if grep '/trace/events/' pch/headers >&2; then
  echo "precompile-headers: these must not be precompiled" >&2
  exit 1
fi
xargs sed -e 's,/\*[^*]*\*/,,g' -e 's,/\*.*,,' -e '/^ *\*/d' <pch/headers |
  grep -oE '[A-Za-z_][A-Za-z0-9_]+' | sort -u >pch/words
(cd "$source" && find . -name '*.c') | sed 's,^\./,,' >pch/sources
(cd "$source" && xargs awk -v words="$OLDPWD/pch/words" '
  BEGIN { while ((getline word < words) > 0) mentioned[word] }
  FNR == 1 { finish(); file = FILENAME }
  /^[ \t]*#[ \t]*include/ {
    for (name in defined)
      if (name == "pr_fmt" || name == "dev_fmt") defaults[name]; else plain = 1
  }
  /^[ \t]*#[ \t]*define[ \t]/ {
    sub(/^[ \t]*#[ \t]*define[ \t]+/, ""); sub(/[^A-Za-z0-9_].*/, "")
    if ($0 in mentioned) defined[$0]
  }
  END { finish() }
  function finish() {
    line = plain ? " plain" : ""
    for (name in defaults) line = line " " name
    if (line != "") print "pch-" file " :=" line
    plain = 0; delete defined; delete defaults
  }') <pch/sources >pch/files.mk

# These do not compile with more headers than they include.
cat >>pch/files.mk <<'END'
pch-lib/sort.c := plain
END

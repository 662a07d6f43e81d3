#!/bin/sh
# Writes the built-in default image, a tar of a root file system: default-image.sh BUSYBOX OUTPUT
set -eu
umask 022

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
trap 'exit 1' HUP INT TERM

cd "$root"
mkdir -p bin dev etc home mnt opt proc root run sbin srv sys tmp usr/bin usr/sbin usr/local/bin \
  var/cache var/lib var/log var/spool var/tmp
chmod 755 .
chmod 700 root
chmod 1777 tmp var/tmp
ln -s ../run var/run
install -m 755 "$1" bin/busybox
bin/busybox --list-full | while IFS= read -r applet; do
  [ "$applet" = bin/busybox ] || ln -s /bin/busybox "$applet"
done

cat >etc/passwd <<'END'
root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
END
cat >etc/group <<'END'
root:x:0:
nogroup:x:65534:
END
cat >etc/hosts <<'END'
127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
END
cat >etc/profile <<'END'
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
PS1='\u@\h:\w\$ '
END
cat >etc/os-release <<'END'
ID=boxlite
NAME="BoxLite default image"
PRETTY_NAME="BoxLite default image (BusyBox)"
END

tar --create --file "$2" --format=ustar --sort=name --mtime=@1767225600 \
  --owner=0 --group=0 --numeric-owner .

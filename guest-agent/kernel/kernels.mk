# Builds the kernels that are configured in the directorys VARIANTS, side by side: while one is linked, the
# other is compiled. HERE is the directory of this file.

kernel = $(MAKE) -C source O=$(CURDIR)/$@ ARCH=x86_64 -s KCFLAGS=-Winvalid-pch \
  KBUILD_BUILD_TIMESTAMP=@0 KBUILD_BUILD_USER=boxlite KBUILD_BUILD_HOST=boxlite KBUILD_BUILD_VERSION=1

.PHONY: all $(VARIANTS)
all: $(VARIANTS)

# A file that does not compile with the precompiled headers is compiled without them.
$(VARIANTS):
	+$(kernel) init/calibrate.o
	$(HERE)/precompile-headers.sh source $@
	+$(kernel) PCH=y -k vmlinux 2>$@/errors || { cat $@/errors; \
	  sed -n 's/.*\*\*\* \[.*: \([^ ]*\)\.o\] Error.*/pch-\1.c := plain/p' $@/errors >>$@/pch/files.mk; \
	  $(kernel) PCH=y vmlinux; }

String log = new File(basedir, 'build.log').text
assert log =~ /accelerator +(KVM|TCG): .+/
assert log =~ /QEMU +\d+\.\d+.* at \/.+/
assert log =~ /guest +kernel \d+\..+, agent \d+.+/
assert log =~ "home +${new File(basedir, 'target/home')}, .+ GiB free"
assert log =~ /boxes +can start/

String log = new File(basedir, 'build.log').text
assert log.contains("problem      boxlite.qemu is ${new File(basedir, 'qemu')}")
assert log =~ /boxes +cannot start/
assert log.contains('boxes cannot start on this machine')

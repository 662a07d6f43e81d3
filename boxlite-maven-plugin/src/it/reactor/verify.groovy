String log = new File(basedir, 'build.log').text
def count = { String text -> log.count(text) }
String tiny = "template of rootfs:${basedir}/tiny.tar, 1 cpu, 512 MiB memory, 1024 MiB disk: ready"
String small = 'template of the built-in image, 1 cpu, 192 MiB memory, 1024 MiB disk: ready'
String plain = 'template of the built-in image, 1 cpu, 512 MiB memory, 1024 MiB disk: ready'
// once in each of the two runs, although there are three modules and two threads
assert count(tiny) == 2
assert count(small) == 2
assert count(plain) == 2
assert count('check says its name: passed') == 6
['.', 'a', 'b'].each { module ->
  assert new File(basedir, "${module}/target/boxlite-checks.json").text.contains('"PASSED"')
  assert new File(basedir, "${module}/target/boxlite-reports").list().length == 1
}
assert log =~ /freed \d+(\.\d)? ([KMG]iB|bytes) of images and \d+(\.\d)? [MG]iB of templates/

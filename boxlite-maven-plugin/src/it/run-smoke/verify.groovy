String log = new File(basedir, 'build.log').text
assert log =~ /template of the built-in image, 1 cpu, 512 MiB memory, 1024 MiB disk: ready after/
assert log.contains('check works: passed (exit code 0')
assert log.contains('1 check ended as expected')

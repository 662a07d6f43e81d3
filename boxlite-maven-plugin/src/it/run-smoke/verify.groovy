String log = new File(basedir, 'build.log').text
assert log.contains('check works: passed (exit code 0')
assert log.contains('1 check ended as expected')

String log = new File(basedir, 'build.log').text
assert log.contains('4 of 4 checks did not end as expected:')
assert log.contains('lacks a word: stdout does not contain "goodbye"; it is "hello\\n"')
assert log.contains('stdout does not match "\\d+"; it is "hello\\n"')
assert log.contains('stdout is not "HELLO"; it is "hello\\n"')
assert log =~ /stdout differs from .*expected\.txt; line 2 is "zwei", expected "two"/
assert log.contains('complains: stderr is not ""; it is "oh dear\\n"')

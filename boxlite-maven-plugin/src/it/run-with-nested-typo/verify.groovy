String log = new File(basedir, 'build.log').text
assert log.contains('check "is misspelt", <expect>: <exitcode> is not known; did you mean <exitCode>?')
assert !new File(basedir, 'target/boxlite-checks.json').exists()

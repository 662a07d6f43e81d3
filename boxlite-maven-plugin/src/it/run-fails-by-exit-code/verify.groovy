String log = new File(basedir, 'build.log').text
assert log =~ /ERROR\] check gives up: failed \(exit code 3, .+\): exit code is 3, expected 0/
assert log.contains('check goes well: passed')
assert log.contains('1 of 2 checks did not end as expected:')
assert log =~ /gives up: exit code is 3, expected 0\n\[ERROR\] +stderr: "no such luck\\n"/
assert log =~ "The output of all checks is in .*target/boxlite-reports"
// cleaned up after the goal run, before the goal verify
int run = log.indexOf('check goes well: passed')
int cleanUp = log.indexOf('clean-up')
int failure = log.indexOf('1 of 2 checks did not')
assert run < cleanUp && cleanUp < failure

def suite = new groovy.xml.XmlSlurper().parse(
    new File(basedir, 'target/boxlite-reports/TEST-boxlite.run-fails-by-exit-code.checks.xml'))
assert suite.@tests == '2' && suite.@failures == '1' && suite.@errors == '0'
assert suite.testcase[0].failure.@message == 'exit code is 3, expected 0'
assert suite.testcase[0].'system-err' == 'no such luck\n'

String log = new File(basedir, 'build.log').text
assert log =~ /ERROR\] check has no image: error: .*no-such\.tar/
assert log =~ /has no file: .*target\/no-such\.txt does not exist/
assert log =~ /has no jar: .*target\/no-such\.jar does not exist/
assert log.contains('check has all: passed')
assert log.contains('3 of 4 checks did not end as expected:')

def suite = new groovy.xml.XmlSlurper().parse(
    new File(basedir, 'target/boxlite-reports/TEST-boxlite.run-without-image.checks.xml'))
assert suite.@tests == '4' && suite.@failures == '0' && suite.@errors == '3'
assert suite.testcase[0].error.@message.text().contains('no-such.tar')

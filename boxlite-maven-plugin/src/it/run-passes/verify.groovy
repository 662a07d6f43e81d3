String log = new File(basedir, 'build.log').text
assert log =~ /check greets: passed \(exit code 0, \d+(\.\d+)? m?s, cpu \d+(\.\d+)? m?s, \d+(\.\d)? [KM]iB\)/
assert log =~ /check is stopped in time: passed \(TIMED_OUT, \d+(\.\d+)? m?s/
assert log.contains('5 checks ended as expected')
assert log =~ /isolation: (STRONG|REDUCED|WEAK): (hardware virtualization|emulation), /

def record = new groovy.json.JsonSlurper().parse(new File(basedir, 'target/boxlite-checks.json'))
assert record.version == 1
assert record.checks*.name ==
    ['greets', 'adds what it reads', 'finds its files', 'has its volumes', 'is stopped in time']
assert record.checks*.status.every { it == 'PASSED' }
assert record.checks[1].run.exitCode == 7
assert record.checks*.isolation.every { it.summary.startsWith(it.report.grade + ': ') && it.report.jailed }

def suite = new groovy.xml.XmlSlurper()
    .parse(new File(basedir, 'target/boxlite-reports/TEST-boxlite.run-passes.checks.xml'))
assert suite.@tests == '5' && suite.@failures == '0' && suite.@errors == '0'
assert suite.testcase[0].@name == 'greets'
assert suite.testcase[0].'system-out' == 'hello world\n'
assert suite.properties.property.find { it.@name == 'boxlite.isolation.greets' }.@value == record.checks[0].isolation.summary

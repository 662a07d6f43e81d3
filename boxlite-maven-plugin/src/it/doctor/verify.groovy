String log = new File(basedir, 'build.log').text
assert log =~ /accelerator +(KVM|TCG): .+/
assert log =~ /QEMU +\d+\.\d+.* at \/.+/
assert log =~ /guest +kernel \d+\..+, agent \d+.+/
assert log =~ "home +${new File(basedir, 'target/home')}, .+ GiB free"
assert log =~ /boxes +can start/

// the goal help describes all goals and parameters
String help = log.substring(log.indexOf('goals:'))
['doctor', 'help', 'prune', 'pull', 'run', 'verify'].each { assert help.contains("\nboxlite:${it}\n") }
['checks', 'images', 'keep', 'pullPolicy', 'testFailureIgnore'].each { assert help =~ /\n    ${it}/ }
assert !help.contains('(no description available)')

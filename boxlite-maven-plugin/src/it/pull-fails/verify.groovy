String log = new File(basedir, 'build.log').text
assert log =~ /cannot pull rootfs:no-such\.tar: .*no-such\.tar/
assert log =~ /cannot pull localhost:1\/no\/such:1: .*\(nothing is downloaded, because Maven is offline\)/
assert log =~ /cannot pull No\/Such: /
assert log.contains('unknown property boxlite.maven.makeTemplate; did you mean boxlite.maven.makeTemplates?')

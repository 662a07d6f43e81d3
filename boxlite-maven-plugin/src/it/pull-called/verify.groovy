String log = new File(basedir, 'build.log').text
def runs = { String text -> log.count(text) }
assert runs('image rootfs:app/bound.tar: sha256:') == 4
assert runs('image rootfs:app/checked.tar: sha256:') == 4
assert runs('image rootfs:app/tested.tar: sha256:') == 2
assert runs('the test classes of app are not compiled, so images that @Box names there are not pulled') == 1
assert log =~ /cannot see whether \[it\.TestedBox\] carry @Box, whose images would be pulled: there is no io\.boxlite\.it:lib:jar:1/
assert log.contains('(nothing is fetched: Maven is offline)')

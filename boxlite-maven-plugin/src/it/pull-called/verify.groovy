String log = new File(basedir, 'build.log').text
def runs = { String text -> log.count(text) }
assert runs('image rootfs:app/bound.tar: sha256:') == 4
assert runs('image rootfs:app/checked.tar: sha256:') == 4
assert runs('image rootfs:app/tested.tar: sha256:') == 2
assert runs('the test classes of app are not compiled, so the images of their @Box are not pulled') == 1
assert log =~ /cannot tell whether the annotations \[it\.TestedBox\] carry @Box, because the test class path of app lacks io\.boxlite\.it:lib:jar:1/
assert log.contains('(nothing is downloaded, because Maven is offline)')

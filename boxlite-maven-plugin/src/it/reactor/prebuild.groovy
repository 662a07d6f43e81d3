def tar = ['tar', '-cf', new File(basedir, 'tiny.tar').path, '-C', basedir.path, 'pom.xml'].execute()
assert tar.waitFor() == 0

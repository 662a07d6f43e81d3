['bound', 'checked', 'tested'].each { name ->
  def tar = ['tar', '-cf', new File(basedir, "app/${name}.tar").path, '-C', basedir.path, 'pom.xml'].execute()
  assert tar.waitFor() == 0
}
return true

def project = new groovy.xml.XmlSlurper().parse(new File(basedir, 'pom.xml'))
List<String> names = project.modules.module*.text()
// The modules of the profile exist only if it was active.
names += project.profiles.profile.modules.module*.text().findAll { new File(basedir, "${it}/target").exists() }
names.each { name ->
  def suite = new groovy.xml.XmlSlurper().parse(new File(basedir, "${name}/target/surefire-reports/TEST-GreetingTest.xml"))
  assert [suite.@tests, suite.@errors, suite.@failures, suite.@skipped]*.text() == ['1', '0', '0', '0'] : name
  String classPath = suite.properties.property.find { it.@name == 'surefire.test.class.path' }.@value
  assert classPath.findAll(/junit-jupiter-\w+-([\d.]+)\.jar/) { it[1] }.toSet() == [name.replaceFirst(/.*-/, '')].toSet()
}
String log = new File(basedir, 'build.log').text
assert log.contains('junit-jupiter-params 6.1.3 does not work with junit-jupiter-api 5.13.4')
assert log.contains('Import org.junit:junit-bom of one version')
assert log =~ /boxlite-junit needs JUnit 5\.12 or later, but the class path has \S+junit-jupiter-api-5\.11\.4\.jar/
assert !log.contains('NoClassDefFoundError')

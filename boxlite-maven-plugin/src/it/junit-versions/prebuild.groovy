// Creates the first project of README.md, with other versions.
String readme = new File(basedir, '../../../../README.md').text
def block = { String kind, String text -> (readme =~ /(?s)```${kind}\n(.*?)```/).collect { it[1] }.find { it.contains(text) } }
String pom = block('xml', '<artifactId>first-box</artifactId>')
String test = block('java', 'class GreetingTest')
String boxlite = (pom =~ /(?s)<dependency>\s*<groupId>io\.boxlite<.*?<\/dependency>/)[0]
String junit = (pom =~ /(?s)<dependency>\s*<groupId>org\.junit\.jupiter<.*?<\/dependency>/)[0]

def write = { String directory, String name, List<String> dependencies ->
  String mine = pom.replace('<artifactId>first-box</artifactId>', "<artifactId>${name}</artifactId>")
      .replaceFirst(/(?s)<dependencies>.*<\/dependencies>/, "<dependencies>${dependencies.join()}</dependencies>")
  new File(basedir, "${directory}/src/test/java").mkdirs()
  new File(basedir, "${directory}/pom.xml").text = mine
  new File(basedir, "${directory}/src/test/java/GreetingTest.java").text = test
}
def version = { String dependency, String wanted -> dependency.replaceFirst(/<version>.*<\/version>/, "<version>${wanted}</version>") }

(new File(basedir, 'pom.xml').text =~ /<module>((boxlite|junit)-first-(.*))<\/module>/).each { all, name, first, wanted ->
  def both = [boxlite, version(junit, wanted)]
  write(name, name, first == 'boxlite' ? both : both.reverse())
}
String api = version(junit, '5.13.4').replace('>junit-jupiter<', '>junit-jupiter-api<')
write('mixed', 'mixed', [boxlite, api, version(junit, '6.1.3')])
write('too-old', 'too-old', [boxlite, version(junit, '5.11.4')])
return true

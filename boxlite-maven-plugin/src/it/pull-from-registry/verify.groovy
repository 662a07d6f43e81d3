['open', 'guarded'].each { name -> context.get(name).destroy() }
context.get('proxy').close()

def ports = new Properties()
new File(basedir, 'registries.properties').withInputStream { ports.load(it) }
def index = new groovy.json.JsonSlurper().parse(new File(basedir, 'layout/index.json'))
def digest = { String name ->
  index.manifests.find { it.annotations['org.opencontainers.image.ref.name'] == name }.digest
}
// the log contains all runs of Maven, one after another
def runs = new File(basedir, 'build.log').text.split('Scanning for projects').drop(1)
assert runs.length == 6
['open', 'guarded'].each { name ->
  String image = "${ports[name]}/team/app:1"
  assert runs[0].contains("pulling ${image}: 1 layer, ")
  assert runs[0] =~ /pulled ${image}: \d+(\.\d)? (KiB|bytes) in \d+(\.\d+)? m?s/
  (0..2).each { assert runs[it] =~ /image ${image}: ${digest(name)}, \d+(\.\d)? (KiB|bytes)/ }
  (1..2).each { assert !runs[it].contains("pulled ${image}") }
  assert !runs[1].contains("${image} is up to date")
  assert runs[2].contains("${image} is up to date")
}
assert runs[3] =~ /cannot pull ${ports.open}\/team\/app:none: image ${ports.open}\/team\/app:none does not exist in registry ${ports.open}/
assert runs[4].contains("pulled ${ports.open}/team/app:1")
assert runs[4].contains("cannot pull ${ports.guarded}/team/app:1: ")
assert runs[4].contains("requires a user and a password, and nobody/config.json has none for it; run: docker login ${ports.guarded}")
assert runs[5].contains("pulled registry.test/team/app:1")
// The proxy may also have served requests of Maven itself.
def passed = new File(basedir, 'passed').readLines()
assert passed.count { it.startsWith('GET http://registry.test/v2/team/app/') } == 3

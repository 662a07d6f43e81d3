// Two real registries on loopback ports, one of which wants a password, and an image of its own in each.
def run = { Object... command ->
  def process = new ProcessBuilder(command*.toString()).redirectErrorStream(true).directory(basedir).start()
  def said = process.inputStream.text
  assert process.waitFor() == 0 : "${command.join(' ')}: ${said}"
}

def open(String name, String auth) {
  def folder = new File(basedir, name)
  folder.mkdirs()
  new File(folder, 'config.yml').text = """\
version: 0.1
log: {accesslog: {disabled: false}}
storage: {filesystem: {rootdirectory: ${folder}/data}}
http: {addr: '127.0.0.1:0'}
${auth}"""
  def log = new File(folder, 'log')
  // verify.groovy ends it; where that is not reached, it ends itself, and with this JVM at the latest
  def process = new ProcessBuilder('timeout', '600', 'docker-registry', 'serve', "${folder}/config.yml")
      .redirectErrorStream(true).redirectOutput(log).start()
  Runtime.runtime.addShutdownHook(new Thread({ process.destroy() } as Runnable))
  context.put(name, process)
  for (int i = 0; i < 600 && process.alive; i++) {
    def listening = log.text =~ /listening on (127\.0\.0\.1:[0-9]+)/
    if (listening.find()) {
      return listening.group(1)
    }
    Thread.sleep(50)
  }
  throw new AssertionError("the registry does not start:\n" + log.text)
}

// htpasswd -nbB ann secret
new File(basedir, 'htpasswd').text = 'ann:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n'
String everybody = open('open', '')
String guarded = open('guarded', "auth: {htpasswd: {realm: test, path: ${basedir}/htpasswd}}")
new File(basedir, 'registries.properties').text = "open=${everybody}\nguarded=${guarded}\n"

run('umoci', 'init', '--layout', 'layout')
[open: ['pom.xml', everybody, []], guarded: ['verify.groovy', guarded, ['--dest-creds', 'ann:secret']]].each {
    name, image ->
  def (content, registry, login) = image
  run('tar', '-cf', "${name}.tar", content)
  run('umoci', 'new', '--image', "layout:${name}")
  run('umoci', 'raw', 'add-layer', '--image', "layout:${name}", "${name}.tar")
  run('skopeo', 'copy', '-q', '--dest-tls-verify=false', *login, "oci:layout:${name}", "docker://${registry}/team/app:1")
}

def docker = new File(basedir, 'docker')
docker.mkdirs()
new File(docker, 'config.json').text =
    "{\"auths\":{\"${guarded}\":{\"auth\":\"${'ann:secret'.bytes.encodeBase64()}\"}}}"
return true // anything else is taken for a failure

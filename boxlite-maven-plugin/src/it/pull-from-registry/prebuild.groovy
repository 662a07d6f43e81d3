// Starts two real registries on loopback ports, one of which requires a password, each with its own image.
def run = { Object... command ->
  def process = new ProcessBuilder(command*.toString()).redirectErrorStream(true).directory(basedir).start()
  def said = process.inputStream.text
  assert process.waitFor() == 0 : "${command.join(' ')}: ${said}"
}

def open(String name, String auth) {
  def directory = new File(basedir, name)
  directory.mkdirs()
  new File(directory, 'config.yml').text = """\
version: 0.1
log: {accesslog: {disabled: false}}
storage: {filesystem: {rootdirectory: ${directory}/data}}
http: {addr: '127.0.0.1:0'}
${auth}"""
  def log = new File(directory, 'log')
  // verify.groovy stops it; otherwise it stops after ten minutes, or when this JVM exits
  def process = new ProcessBuilder('timeout', '600', 'docker-registry', 'serve', "${directory}/config.yml")
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

def readLine = { InputStream from ->
  def line = new StringBuilder()
  for (int c = from.read(); c >= 0 && c != 10; c = from.read()) {
    line << (char) c
  }
  return line.toString().trim()
}

// A proxy that requires a password; it is the only one that resolves registry.test.
def proxy = new ServerSocket(0, 50, InetAddress.getByName('127.0.0.1'))
context.put('proxy', proxy)
def passed = new File(basedir, 'passed')
def serve = { Socket client ->
  def head = []
  def reader = client.inputStream
  String line
  while ((line = readLine(reader))) {
    head << line
  }
  if (!head.contains('Proxy-Authorization: Basic ' + 'pat:open sesame'.bytes.encodeBase64())) {
    client.outputStream << 'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="proxy"\r\n' +
        'Content-Length: 0\r\nConnection: close\r\n\r\n'
    return
  }
  synchronized (passed) {
    passed << head[0] + '\n'
  }
  def (host, port) = everybody.split(':')
  new Socket(host, port as int).withCloseable { registry ->
    head[0] = head[0].replaceFirst('http://[^/]*', '')
    head.removeAll { it.startsWith('Proxy-Authorization:') || it.startsWith('Connection:') }
    registry.outputStream << head.join('\r\n') + '\r\nConnection: close\r\n\r\n'
    client.outputStream << registry.inputStream
  }
}
Thread.startDaemon('proxy') {
  while (!proxy.closed) {
    try {
      proxy.accept { client -> serve(client) } // on a new thread; closes the client's socket
    } catch (SocketException e) {
      break // verify.groovy has closed it
    }
  }
}
new File(basedir, 'settings-of-proxy.xml').text = """\
<settings>
  <proxies>
    <proxy>
      <active>true</active>
      <protocol>http</protocol>
      <host>127.0.0.1</host>
      <port>${proxy.localPort}</port>
      <username>pat</username>
      <password>{aEcpRmFQLJAH99haoymJJhOcwqN7oUTM5tKZdumye2Y=}</password>
      <nonProxyHosts>direct.test</nonProxyHosts>
    </proxy>
  </proxies>
</settings>
"""

def docker = new File(basedir, 'docker')
docker.mkdirs()
new File(docker, 'config.json').text =
    "{\"auths\":{\"${guarded}\":{\"auth\":\"${'ann:secret'.bytes.encodeBase64()}\"}}}"
return true // any other value counts as a failure

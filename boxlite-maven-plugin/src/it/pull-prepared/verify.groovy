String log = new File(basedir, 'build.log').text
def made = { String what -> log.count("template of the built-in image, 1 cpu, 192 MiB memory, 1024 MiB disk, ${what}: ready after") }
assert made('2 files') == 2
assert made('working directory /srv/here') == 2
// with the method's commands in the first run only, with the shell command in both
assert made('1 command') == 3
assert log =~ /Tests run: 4, Failures: 0, Errors: 0, Skipped: 0/
assert log.contains('prepareMethod it.PreparedTest#commands is not called (callPrepareMethods is false)')

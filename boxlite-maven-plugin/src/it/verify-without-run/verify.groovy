String log = new File(basedir, 'build.log').text
assert log =~ /is forgotten: was never run: .*boxlite-checks\.json has no result of it/

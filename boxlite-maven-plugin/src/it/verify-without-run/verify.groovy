String log = new File(basedir, 'build.log').text
assert log =~ /is forgotten: was not run: .*boxlite-checks\.json has no result for it/

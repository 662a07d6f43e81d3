String log = new File(basedir, 'build.log').text
assert log =~ /<cheks> is not a parameter of boxlite-maven-plugin; did you mean <checks>\?/

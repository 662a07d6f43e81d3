String log = new File(basedir, 'build.log').text
assert log.contains('4 of 4 checks did not end as expected:')
assert log =~ /never ends: exit code is 137 \(TIMED_OUT: <timeout> is 1 s\), expected 0/
assert log =~ /eats memory: outcome is OUT_OF_MEMORY \(<memoryMib> is 8\), expected EXITED/
assert log =~ /talks too much: exit code is 137 \(OUTPUT_LIMIT_EXCEEDED: <maxOutput> is 64 KiB\), expected 0/
assert log =~ /is slow and fat: took \d+(\.\d+)? m?s, expected at most 200 ms\n\[ERROR\] +used \d+(\.\d)? MiB of memory, expected at most 8 MiB/

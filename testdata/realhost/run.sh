# The job of the real host, in the directory that the archive was unpacked to: the tests, in the form that test2json
# reads.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
chmod 755 /job /job/bones
./inside.test -test.v=test2json -test.timeout 30m

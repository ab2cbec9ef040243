"""Decisions a second of one script on fakeredis with lupa, in process and on one thread.

Prints one number. Usage: fakeredis_bench.py SCRIPT CALLS
"""
import sys
import time

import fakeredis

source = open(sys.argv[1]).read()
calls = int(sys.argv[2])
server = fakeredis.FakeRedis()
script = server.register_script(source)
keys = ["p:{user:%d}:tb:a" % number for number in range(1000)]
script(keys=[keys[0]], args=[1000000, 4000, 1])
start = time.perf_counter()
for call in range(calls):
    script(keys=[keys[call % 1000]], args=[1000000, 4000, 1])
print(calls / (time.perf_counter() - start))

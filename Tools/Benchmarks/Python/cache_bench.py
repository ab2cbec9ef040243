"""Get-or-compute hits, sets and invalidations of a cache library for Python, by 64 coroutines on a Redis server.

Prints an object of JSON: calls a second, and milliseconds of an invalidation by how many entries it is of.
Usage: cache_bench.py cashews|aiocache PORT CALLS ENTRIES...

aiocache has no tags: its sets have none, and it invalidates by clearing a namespace.
"""
import asyncio
import json
import sys
import time

TASKS = 64
KEYS = 5000
VALUE = "".join(chr(33 + (n * 7919 + n // 89) % 90) for n in range(200))


class Cashews:
    def __init__(self, port):
        from cashews import Cache

        self.cache = Cache()
        self.cache.setup(f"redis://127.0.0.1:{port}", client_side=False, max_connections=TASKS, wait_for_connection_timeout=60)

        @self.cache(ttl="1h", key="user:{number}", tags=["tag:{tag}"])
        async def get(number, tag):
            raise RuntimeError("a hit was a miss")

        self.get = get

    async def hit(self, number):
        await self.get(number=number, tag=number % 1000)

    async def set(self, number, tag=None):
        await self.cache.set(
            f"user:{number}", VALUE, expire=3600, tags=[f"tag:{number % 1000}" if tag is None else tag])

    async def invalidate(self):
        await self.cache.delete_tags("all")

    async def gone(self, number):
        return await self.cache.get(f"user:{number}") is None


class Aiocache:
    def __init__(self, port):
        from aiocache import Cache, cached

        options = {"endpoint": "127.0.0.1", "port": port, "namespace": "bench", "timeout": 600}
        self.cache = Cache(Cache.REDIS, **options)

        @cached(ttl=3600, key_builder=lambda f, number: f"user:{number}", cache=Cache.REDIS, **options)
        async def get(number):
            raise RuntimeError("a hit was a miss")

        self.get = get

    async def hit(self, number):
        await self.get(number)

    async def set(self, number, tag=None):
        await self.cache.set(f"user:{number}", VALUE, ttl=3600)

    async def invalidate(self):
        await self.cache.clear(namespace="bench")

    async def gone(self, number):
        return await self.cache.get(f"user:{number}") is None


async def rate(calls, call):
    async def some(first):
        for number in range(first, calls, TASKS):
            await call(number % KEYS)

    start = time.perf_counter()
    await asyncio.gather(*(some(task) for task in range(TASKS)))
    return calls / (time.perf_counter() - start)


async def fill(peer, entries):
    async def some(first):
        for number in range(first, entries, TASKS):
            await peer.set(number, tag="all")

    await asyncio.gather(*(some(task) for task in range(TASKS)))


async def main():
    peer = {"cashews": Cashews, "aiocache": Aiocache}[sys.argv[1]](int(sys.argv[2]))
    calls = int(sys.argv[3])
    await rate(KEYS, peer.set)
    sets, hits = [], []
    for _ in range(3):
        sets.append(await rate(calls, peer.set))
        hits.append(await rate(calls, peer.hit))
    invalidate = {}
    for entries in sys.argv[4:]:
        await peer.invalidate()
        times = []
        for _ in range(5 if int(entries) <= 1000 else 1):
            await fill(peer, int(entries))
            start = time.perf_counter()
            await peer.invalidate()
            times.append((time.perf_counter() - start) * 1000)
            assert await peer.gone(1)
        invalidate[entries] = sorted(times)[len(times) // 2]
    print(json.dumps({"hit": sorted(hits)[1], "set": sorted(sets)[1], "invalidate": invalidate}))


asyncio.run(main())

--- Store a value that is the truth from now on, whatever is being computed, in one atomic step.
---
--- The entry is stamped with the sequence of this moment. Whoever computes the value loses the lease, so that what comes
--- of it is refused; near caches are told that the value is another.
---@script cache.put
---@key    control   hash            # the shard's head and tags; see cache.lease
---@key    entry     string          # the value with its stamp and tags; see cache.set
---@key    lease     string          # who computes the value, as cache.lease stores it
---@key    staging   string          # where the entry waits when it is large, for a minute; unused otherwise
---@arg    epoch     bytes           # 8 random bytes, the epoch if the shard has none
---@arg    ttl       milliseconds >0 # how long the entry lives
---@arg    value     bytes           # the whole entry, its stamp not yet filled in; empty: it waits at `staging`
---@arg    messages  string          # the channel of near caches, in the slot of the keys
---@arg    done      string          # the channel of those who wait for the value, in the slot of the keys
---@arg    key       bytes           # what both are told: the user's key
---@return bytes                     # the head's epoch, floor, sequence and number of messages; empty: no value
---@redis  >=6.2
---@budget calls=11
-- perilune:ignore-file R018 the control hash of a shard lives as long as its cache
local epoch, ttl, value, key, call, sub = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[6], redis.call, string.sub
if not (key and #epoch == 8 and ttl and ttl >= 1 and ttl <= 1099511627775 and ttl % 1 == 0)
  or (value ~= '' and #value < 41) then
  return redis.error_reply('ERR want an epoch of 8 bytes, a ttl >= 1, an entry, two channels and a key')
end
if value == '' and call('EXISTS', KEYS[4]) == 0 then return '' end

local holder = call('GET', KEYS[3])
local head = call('HGET', KEYS[1], 'h')
if not head or #head < 65 or select(2, string.find(head, '^pcache01........%d+')) ~= 64 then
  local now = call('TIME')
  now = now[1] .. string.format('%06d', now[2])
  head = 'pcache01' .. epoch .. now .. now .. '0000000000000000\0'
end
local number = tonumber(sub(head, 49, 64)) + 1
head = sub(head, 1, 48) .. string.format('%016.0f', number) .. sub(head, 65)
call('HSET', KEYS[1], 'h', head)

if value ~= '' then
  call('SET', KEYS[2], value, 'PX', ttl)
else
  call('RENAME', KEYS[4], KEYS[2])
  call('PEXPIRE', KEYS[2], ttl)
end
call('SETRANGE', KEYS[2], 2, sub(head, 9, 16) .. sub(head, 33, 48))

local publish = redis.REDIS_VERSION_NUM and 'SPUBLISH' or 'PUBLISH'
call('DEL', KEYS[3])
if holder and sub(holder, 17) == '1' then call(publish, ARGV[5], key) end
call(publish, ARGV[4], struct.pack('<Bc8I7I7', 4, sub(head, 9, 16), number, tonumber(sub(head, 33, 48))) .. key)
return sub(head, 9, 64)

--- Delete a value, and let whatever is being computed for it be refused, in one atomic step.
---@script cache.delete
---@key    control   hash            # the shard's head and tags; see cache.lease
---@key    entry     string          # the value with its stamp and tags; see cache.set
---@key    lease     string          # who computes the value, as cache.lease stores it
---@arg    epoch     bytes           # 8 random bytes, the epoch if the shard has none
---@arg    messages  string          # the channel of near caches, in the slot of the keys
---@arg    done      string          # the channel of those who wait for the value, in the slot of the keys
---@arg    key       bytes           # what both are told: the user's key
---@return bytes                     # 1 or 0: whether there was one; then the head's epoch, floor, sequence and messages
---@redis  >=6.2
---@budget calls=8
-- perilune:ignore-file R018 the control hash of a shard lives as long as its cache
local epoch, key, call, sub = ARGV[1], ARGV[4], redis.call, string.sub
if not (key and #epoch == 8) then
  return redis.error_reply('ERR want an epoch of 8 bytes, two channels and a key')
end
local holder = call('GET', KEYS[3])
local head = call('HGET', KEYS[1], 'h')
if not head or #head < 65 or select(2, string.find(head, '^pcache01........%d+')) ~= 64 then
  local now = call('TIME')
  now = now[1] .. string.format('%06d', now[2])
  head = 'pcache01' .. epoch .. now .. now .. '0000000000000000\0'
end
local number = tonumber(sub(head, 49, 64)) + 1
head = sub(head, 1, 48) .. string.format('%016.0f', number) .. sub(head, 65)

local publish = redis.REDIS_VERSION_NUM and 'SPUBLISH' or 'PUBLISH'
-- First of all, so that it goes when the memory is full, too: after it a script may write what it wants.
local count = call('UNLINK', KEYS[2])
call('DEL', KEYS[3])
call('HSET', KEYS[1], 'h', head)
if holder and sub(holder, 17) == '1' then call(publish, ARGV[3], key) end
call(publish, ARGV[2], struct.pack('<Bc8I7I7', 4, sub(head, 9, 16), number, tonumber(sub(head, 33, 48))) .. key)
return string.format('%.0f', count) .. sub(head, 9, 64)

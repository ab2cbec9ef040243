--- Invalidate every value of a shard, in one atomic step whose cost does not depend on how many there are.
---
--- With the floor raised to the new sequence no tag matters any more that was invalidated before, so they go. A process that
--- knows of a later sequence than the server does, after a failover that lost writes, gives it, and the shard goes beyond.
---@script cache.clear
---@key    control   hash            # the shard's head and tags; see cache.lease
---@arg    epoch     bytes           # 8 random bytes, the epoch if the shard has none
---@arg    channel   string          # the channel of near caches, in the slot of the keys
---@arg    least     bytes           # a sequence (16 digits) and a number of messages (16 digits) to go beyond; or empty
---@arg    run       bytes           # which run of the server this is, kept in the field r: nothing to do when it is; empty: as it is
---@return bytes                     # the head's epoch, floor, sequence and number of messages
---@redis  >=6.2
---@budget calls=5
-- perilune:ignore-file R018 the control hash of a shard lives as long as its cache
local epoch, least, call, sub = ARGV[1], ARGV[3], redis.call, string.sub
if not (ARGV[4] and #ARGV[4] <= 64 and #epoch == 8 and (least == '' or (#least == 32 and string.find(least, '^%d+$')))) then
  return redis.error_reply('ERR want an epoch of 8 bytes, a channel, nothing or 32 digits, and a run')
end
local time = call('TIME')
local now = time[1] .. string.format('%06d', time[2])
local fields = call('HMGET', KEYS[1], 'h', 'r')
local head, run = fields[1], ARGV[4] ~= '' and ARGV[4] or fields[2] or ''
if not head or #head < 65 or select(2, string.find(head, '^pcache01........%d+')) ~= 64
  or sub(head, 33, 48) > '9007199254740991' then
  head = 'pcache01' .. epoch .. now .. now .. '0000000000000000\0'
elseif ARGV[4] ~= '' and ARGV[4] == fields[2] then -- somebody has noticed it before
  return sub(head, 9, 64)
end
local last, number = sub(head, 33, 48), tonumber(sub(head, 49, 64))
if least ~= '' then
  if sub(least, 1, 16) > last then last = sub(least, 1, 16) end
  number = math.max(number, tonumber(sub(least, 17)))
end
if now <= last then now = string.format('%016.0f', tonumber(last) + 1) end
number = number + 1
-- Another run may count the same numbers again: that is another life.
local life = sub(head, 9, 16)
if fields[2] and fields[2] ~= '' and run ~= fields[2] then life = epoch end
head = 'pcache01' .. life .. now .. now .. string.format('%016.0f', number) .. '\0'
call('UNLINK', KEYS[1])
call('HSET', KEYS[1], 'h', head, 'r', run)
call(redis.REDIS_VERSION_NUM and 'SPUBLISH' or 'PUBLISH', ARGV[2],
  struct.pack('<Bc8I7I7', 3, sub(head, 9, 16), number, tonumber(now)))
return sub(head, 9, 64)

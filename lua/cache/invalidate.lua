--- Invalidate every value that has any of some tags, in one atomic step whose cost does not depend on how many there are.
---@script cache.invalidate
---@key    control   hash            # the shard's head and tags; see cache.lease
---@arg    epoch     bytes           # 8 random bytes, the epoch if the shard has none
---@arg    channel   string          # the channel of near caches, in the slot of the keys
---@args   tags      field:bytes     # the fields of the tags in the control hash, 1 to 1000
---@return bytes                     # the head's epoch, floor, sequence and number of messages
---@redis  >=6.2
---@budget calls=6
-- perilune:ignore-file R018 the control hash of a shard lives as long as its cache
local epoch, call, sub = ARGV[1], redis.call, string.sub
if not (#ARGV >= 3 and #ARGV <= 1002 and #epoch == 8) then
  return redis.error_reply('ERR want an epoch of 8 bytes, a channel and 1 to 1000 tags')
end
for i = 3, #ARGV do
  if sub(ARGV[i], 1, 1) ~= 't' or #ARGV[i] > 1100 then return redis.error_reply('ERR want fields of tags') end
end
local time = call('TIME')
local now = time[1] .. string.format('%06d', time[2])
local head = call('HGET', KEYS[1], 'h')
if not head or #head < 65 or select(2, string.find(head, '^pcache01........%d+')) ~= 64 then
  head = 'pcache01' .. epoch .. now .. now .. '0000000000000000\0'
end
local last = sub(head, 33, 48)
if now <= last then now = string.format('%016.0f', tonumber(last) + 1) end
local number = tonumber(sub(head, 49, 64)) + 1
head = sub(head, 1, 32) .. now .. string.format('%016.0f', number) .. sub(head, 65)

local values, parts = {'h', head}, {}
for i = 3, #ARGV do
  local field = ARGV[i]
  values[#values + 1] = field
  values[#values + 1] = now
  parts[#parts + 1] = struct.pack('<I2', #field - 1) .. sub(field, 2)
end
-- With full memory, too: what frees memory is let through, and after it all that a script does.
local stored = redis.pcall('HSET', KEYS[1], unpack(values))
if type(stored) == 'table' and call('HDEL', KEYS[1], 'h') then call('HSET', KEYS[1], unpack(values)) end
call(redis.REDIS_VERSION_NUM and 'SPUBLISH' or 'PUBLISH', ARGV[2],
  struct.pack('<Bc8I7I7I2', 1, sub(head, 9, 16), number, tonumber(now), #parts) .. table.concat(parts))
return sub(head, 9, 64)

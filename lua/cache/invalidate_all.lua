--- Invalidate every value that has all of some tags, in one atomic step whose cost does not depend on how many there are.
---
--- The head keeps a rule: its sequence (16 digits), the number of tags (one byte), and each tag with its length before it
--- (two bytes, little-endian). At most 16 rules and 4096 bytes are kept: when another comes, the oldest becomes an
--- invalidation of its first tag, as of the rule's time, which takes more values than it must and never fewer.
---@script cache.invalidate_all
---@key    control   hash            # the shard's head and tags; see cache.lease
---@arg    epoch     bytes           # 8 random bytes, the epoch if the shard has none
---@arg    channel   string          # the channel of near caches, in the slot of the keys
---@args   tags      field:bytes     # the fields of the tags in the control hash, 2 to 64 different ones
---@return bytes                     # the head's epoch, floor, sequence and number of messages
---@redis  >=6.2
---@budget calls=38
-- perilune:ignore-file R018 the control hash of a shard lives as long as its cache
local epoch, call, sub = ARGV[1], redis.call, string.sub
-- With full memory, too: what frees memory is let through, and after it all that a script does.
local function store(field, value)
  local stored = redis.pcall('HSET', KEYS[1], field, value)
  if type(stored) == 'table' and call('HDEL', KEYS[1], 'h') then call('HSET', KEYS[1], field, value) end
end
if not (#ARGV >= 4 and #ARGV <= 66 and #epoch == 8) then
  return redis.error_reply('ERR want an epoch of 8 bytes, a channel and 2 to 64 tags')
end
local parts = {}
for i = 3, #ARGV do
  if sub(ARGV[i], 1, 1) ~= 't' then return redis.error_reply('ERR want fields of tags') end
end
for i = 3, #ARGV do parts[#parts + 1] = struct.pack('<I2', #ARGV[i] - 1) .. sub(ARGV[i], 2) end
local tags = table.concat(parts)
if #tags > 4000 then return redis.error_reply('ERR want tags of up to 4000 bytes together') end

local time = call('TIME')
local now = time[1] .. string.format('%06d', time[2])
local head = call('HGET', KEYS[1], 'h')
if not head or #head < 65 or select(2, string.find(head, '^pcache01........%d+')) ~= 64 then
  head = 'pcache01' .. epoch .. now .. now .. '0000000000000000\0'
end
local last = sub(head, 33, 48)
if now <= last then now = string.format('%016.0f', tonumber(last) + 1) end
local number = tonumber(sub(head, 49, 64)) + 1

local count, floor, rule = string.byte(head, 65) + 1, sub(head, 17, 32), now .. string.char(#parts) .. tags
local rules = sub(head, 66) .. rule
while count > 16 or #rules > 4096 do
  local sequence, tag, at = sub(rules, 1, 16), nil, 18
  for _ = 1, string.byte(rules, 17) or 0 do
    local low, high = string.byte(rules, at, at + 1)
    if not high then break end
    tag = tag or 't' .. sub(rules, at + 2, at + 1 + low + 256 * high)
    at = at + 2 + low + 256 * high
  end
  if not tag then -- what is there are no rules; nobody can tell what they should be
    floor, rules, count = now, rule, 1
    break
  end
  local before = call('HGET', KEYS[1], tag)
  if not before or before < sequence then store(tag, sequence) end
  rules, count = sub(rules, at), count - 1
end
head = sub(head, 1, 16) .. floor .. now .. string.format('%016.0f', number) .. string.char(count) .. rules
store('h', head)
call(redis.REDIS_VERSION_NUM and 'SPUBLISH' or 'PUBLISH', ARGV[2],
  struct.pack('<Bc8I7I7I2', 2, sub(head, 9, 16), number, tonumber(now), #parts) .. tags)
return sub(head, 9, 64)

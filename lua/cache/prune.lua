--- Forget tags whose last invalidation is long past, in one atomic step.
---
--- The floor is raised to the newest of what is forgotten, so nothing that they made invalid becomes valid: values as old as
--- that are invalid from then on, and have expired long before.
---@script cache.prune
---@key    control   hash            # the shard's head and tags; see cache.lease
---@arg    limit     bytes           # 16 digits: tags that were invalidated later stay
---@args   tags      field:bytes     # fields of tags in the control hash, up to 1000
---@return integer                   # how many it forgot
---@redis  >=6.2
---@budget calls=4
-- perilune:ignore-file R018 the control hash of a shard lives as long as its cache
local limit, call, sub = ARGV[1], redis.call, string.sub
if not (limit and #limit == 16 and string.find(limit, '^%d+$') and #ARGV <= 1001) then
  return redis.error_reply('ERR want a limit of 16 digits and up to 1000 tags')
end
local fields = call('HMGET', KEYS[1], 'h', unpack(ARGV, 2))
local head = fields[1]
if not head or #head < 65 or select(2, string.find(head, '^pcache01........%d+')) ~= 64 then return 0 end
local floor, old = sub(head, 17, 32), {}
for i = 2, #ARGV do
  local sequence = fields[i]
  if sequence and ARGV[i] ~= 'h' and sequence <= limit then
    old[#old + 1] = ARGV[i]
    if sequence > floor then floor = sequence end
  end
end
if #old == 0 then return 0 end
-- First what frees memory: that is let through when it is full, and after it all that a script does.
local count = call('HDEL', KEYS[1], unpack(old))
call('HSET', KEYS[1], 'h', sub(head, 1, 16) .. floor .. sub(head, 33))
return count

--- Take the lease on computing a value, and learn what to stamp the value with, in one atomic step.
---
--- The control hash is the whole truth of a shard. Its head `h`: "pcache01", the epoch (8 bytes), then the floor, the
--- sequence and the number of messages in 16 digits each, then how many rules there are (one byte) and the rules. Its
--- other fields are tags, `t` and the tag's bytes, with the sequence of their last invalidation; only tags that ever were
--- invalidated have one. The sequence is the later of the server's time in microseconds and the last sequence plus 1,
--- and only invalidations move it. A value is stamped with the epoch and the sequence that this call answers with, before
--- it is computed: what is invalidated meanwhile is newer than the stamp, however late the value is written. A head that
--- is lost is made anew with an epoch that no entry has. When somebody has stored a value since the caller looked, there is
--- nothing to compute.
---@script cache.lease
---@key    control   hash            # the shard's head and tags; without expiry
---@key    entry     string          # the value with its stamp and tags; see cache.set
---@key    lease     string          # who computes the value (16 bytes), and whether somebody waits for it (0 or 1)
---@arg    owner     bytes           # 16 bytes that nobody else has
---@arg    time      milliseconds >0 # how long the lease lasts
---@arg    epoch     bytes           # 8 random bytes, the epoch if the shard has none
---@arg    seen      bytes           # the first 41 bytes of the entry that the caller has seen; empty: it saw none
---@return bytes                     # the stamp (24), how many messages (16 digits), how long somebody else's lease lasts, or 0; empty: another entry
---@redis  >=6.2
---@budget calls=7
-- perilune:ignore-file R018 the control hash of a shard lives as long as its cache
local owner, time, epoch, call, sub = ARGV[1], tonumber(ARGV[2]), ARGV[3], redis.call, string.sub
if not (ARGV[4] and #owner == 16 and #epoch == 8 and time and time >= 1 and time <= 86400000 and time % 1 == 0) then
  return redis.error_reply('ERR want an owner of 16 bytes, a time of 1 to 86400000, an epoch of 8 bytes and what was seen')
end

local seen = redis.pcall('GETRANGE', KEYS[2], 0, 40)
if type(seen) == 'table' then seen = '' end -- a key of another type, which what is stored replaces
if seen ~= ARGV[4] then return '' end
local holder = call('GET', KEYS[3])
local left = holder and call('PTTL', KEYS[3])
local head = call('HGET', KEYS[1], 'h')
if not head or #head < 65 or select(2, string.find(head, '^pcache01........%d+')) ~= 64
  or sub(head, 17, 32) > sub(head, 33, 48) or sub(head, 33, 48) > '9007199254740991' then
  local now = call('TIME')
  now = now[1] .. string.format('%06d', now[2])
  head = 'pcache01' .. epoch .. now .. now .. '0000000000000000\0'
  call('HSET', KEYS[1], 'h', head)
end
local stamp = sub(head, 9, 16) .. sub(head, 33, 64)

if not holder or left < 0 then
  call('SET', KEYS[3], owner .. '0', 'PX', time)
  return stamp .. '0'
end
if sub(holder, 17) == '0' then call('SETRANGE', KEYS[3], 16, '1') end
return stamp .. string.format('%.0f', math.max(left, 1))

--- Store a value that was computed under a lease, unless something was invalidated since, in one atomic step.
---
--- An entry is one string: 0x71, flags, the epoch (8 bytes) and the sequence (16 digits) that it is stamped with, how long
--- it is fresh and how long it lives in milliseconds (5 bytes each, little-endian), how long it took to compute (3 bytes),
--- the schema (1 byte), the number of tags (1 byte), the tags, each with its length before it (1 byte, or 2 from 128 bytes
--- on: the low 7 bits with the eighth set, then the others), then the value. Whoever reads it compares its stamp with the
--- control hash, so this script refuses what would be of no use, and does not have to be trusted: an entry with an old
--- stamp is never served.
---
--- A call that is refused writes nothing.
---@script cache.set
---@key    control   hash            # the shard's head and tags; see cache.lease
---@key    entry     string          # the value with its stamp and tags
---@key    lease     string          # who computes the value, as cache.lease stores it
---@key    staging   string          # where the entry waits when it is large, for a minute; unused otherwise
---@arg    owner     bytes           # whoever took the lease
---@arg    stamp     bytes           # what cache.lease answered with: the epoch and the sequence
---@arg    ttl       milliseconds >0 # how long the entry lives
---@arg    value     bytes           # the whole entry; empty: it waits at `staging`
---@arg    channel   string          # where those who wait for the value listen, in the slot of the keys
---@arg    key       bytes           # what they are told: the user's key
---@args   tags      field:bytes     # the fields of its tags in the control hash, up to 64
---@return integer                   # stored: how many messages; -1: the lease is lost; -2: another epoch; -3: invalidated since; -4: no value
---@redis  >=6.2
---@budget calls=7
local owner, stamp, ttl, value, call, sub = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], redis.call, string.sub
local are_fields = true
for i = 7, #ARGV do are_fields = are_fields and sub(ARGV[i], 1, 1) == 't' and #ARGV[i] <= 1100 end
if not (are_fields and ARGV[6] and #owner == 16 and #stamp == 24 and ttl and ttl >= 1 and ttl <= 1099511627775 and ttl % 1 == 0)
  or #ARGV > 70 then
  return redis.error_reply('ERR want an owner of 16 bytes, a stamp of 24, a ttl >= 1, a value, a channel, a key and up to 64 tags')
end

local holder = call('GET', KEYS[3])
if not holder or sub(holder, 1, 16) ~= owner then return -1 end
local fields = call('HMGET', KEYS[1], 'h', unpack(ARGV, 7))
local head, sequence = fields[1], sub(stamp, 9)
if not head or #head < 65 or select(2, string.find(head, '^pcache01........%d+')) ~= 64 or sub(head, 9, 16) ~= sub(stamp, 1, 8) then return -2 end
if sub(head, 33, 48) > sequence then -- otherwise nothing at all was invalidated since
  if sub(head, 17, 32) > sequence then return -3 end
  for i = 2, #ARGV - 5 do
    if fields[i] and fields[i] > sequence then return -3 end
  end
  local has = {}
  for i = 7, #ARGV do has[sub(ARGV[i], 2)] = true end
  local at = 66
  for _ = 1, string.byte(head, 65) do
    local later, all = sub(head, at, at + 15) > sequence, true
    local count = string.byte(head, at + 16)
    if not count then return -2 end
    at = at + 17
    for _ = 1, count do
      local low, high = string.byte(head, at, at + 1)
      if not high then return -2 end
      local length = low + 256 * high
      if not has[sub(head, at + 2, at + 1 + length)] then all = false end
      at = at + 2 + length
    end
    if later and all then return -3 end
  end
end

if value ~= '' then
  call('SET', KEYS[2], value, 'PX', ttl)
elseif call('EXISTS', KEYS[4]) == 1 then
  call('RENAME', KEYS[4], KEYS[2])
  call('PEXPIRE', KEYS[2], ttl)
else
  return -4
end
call('DEL', KEYS[3])
if sub(holder, 17) == '1' then call(redis.REDIS_VERSION_NUM and 'SPUBLISH' or 'PUBLISH', ARGV[5], ARGV[6]) end
return tonumber(sub(head, 49, 64))

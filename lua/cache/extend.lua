--- Let a value be fresh and live for longer, counted from now, in one atomic step. What is invalid stays invalid.
---@script cache.extend
---@key    entry     string          # the value with its stamp and tags; see cache.set
---@arg    fresh     milliseconds >0 # how long it is fresh
---@arg    ttl       milliseconds >0 # how long it lives
---@return integer                   # 1: it does; 0: there is none
---@repeatable
---@redis  >=6.2
---@budget calls=3
local fresh, ttl = tonumber(ARGV[1]), tonumber(ARGV[2])
if not (fresh and ttl and fresh >= 1 and ttl >= fresh and ttl <= 1099511627775 and fresh % 1 == 0 and ttl % 1 == 0) then
  return redis.error_reply('ERR want integers: 1 <= fresh <= ttl <= 1099511627775')
end
if string.sub(redis.call('GETRANGE', KEYS[1], 0, 40), 1, 1) ~= 'q' then return 0 end
redis.call('SETRANGE', KEYS[1], 26, struct.pack('<I5I5', fresh, ttl))
return redis.call('PEXPIRE', KEYS[1], ttl)

--- Keep the lease on computing a value for longer, as long as it is still one's own.
---@script cache.renew
---@key    lease     string          # who computes the value, as cache.lease stores it
---@arg    owner     bytes           # whoever took the lease
---@arg    time      milliseconds >0 # how long the lease lasts from now on
---@return integer                   # 1: it does; 0: the lease is lost
---@repeatable
---@redis  >=6.2
---@budget calls=2
local time = tonumber(ARGV[2])
if not (ARGV[2] and #ARGV[1] == 16 and time and time >= 1 and time <= 86400000 and time % 1 == 0) then
  return redis.error_reply('ERR want an owner of 16 bytes and a time of 1 to 86400000')
end
local holder = redis.call('GET', KEYS[1])
if not holder or string.sub(holder, 1, 16) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], time)

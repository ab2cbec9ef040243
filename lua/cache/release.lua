--- Give back the lease on computing a value that is not going to be stored, and tell those who wait.
---@script cache.release
---@key    lease     string          # who computes the value, as cache.lease stores it
---@arg    owner     bytes           # whoever took the lease
---@arg    channel   string          # where those who wait listen, in the slot of the keys
---@arg    key       bytes           # what they are told: the user's key
---@return integer                   # 1: given back; 0: the lease was lost before
---@redis  >=6.2
---@budget calls=3
if not (ARGV[3] and #ARGV[1] == 16) then return redis.error_reply('ERR want an owner of 16 bytes, a channel and a key') end
local holder = redis.call('GET', KEYS[1])
if not holder or string.sub(holder, 1, 16) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
if string.sub(holder, 17) == '1' then
  redis.call(redis.REDIS_VERSION_NUM and 'SPUBLISH' or 'PUBLISH', ARGV[2], ARGV[3])
end
return 1

--- Reserve some of an item if there is enough of it, in one atomic step.
---@script stock.reserve
---@key    item     string          # how many there are; a refused call leaves it alone
---@arg    count    integer >0      # how many to reserve
---@return integer                  # how many are left; -1: there are not as many
---@redis  >=6.2
---@budget calls=2
local count = tonumber(ARGV[1])
if not count or count < 1 or count % 1 ~= 0 then return redis.error_reply('ERR want a count >= 1') end
local left = tonumber(redis.call('GET', KEYS[1]) or '0')
if left < count then return -1 end
return redis.call('DECRBY', KEYS[1], ARGV[1])

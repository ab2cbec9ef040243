--- Take from a token bucket (GCRA) in one atomic step.
---
--- The bucket owes a debt of time: `interval` for every token taken, paid back as time passes. A call is allowed while
--- the debt stays within `capacity * interval`. The key's expiry is the clock: it exists while there is debt, and its
--- TTL is the debt rounded up to milliseconds. The value holds what that rounding added, so the debt is exact to the
--- microsecond. A denied call writes nothing.
---@script ratelimit.token_bucket
---@key    bucket    string          # exists while any token is spent; its expiry is the state
---@arg    capacity  integer >0      # tokens the bucket holds
---@arg    interval  microseconds >0 # time one token takes to come back
---@arg    cost      integer >=0     # tokens to take; 0 takes nothing and answers as 1 would be answered, or the debt
---@return integer                   # >=0: debt in microseconds after the call; <0: -(wait in microseconds)
---@redis  >=6.2
---@budget calls=3
local capacity, interval, cost = ARGV[1] + 0, ARGV[2] + 0, ARGV[3] + 0
if not (capacity >= 1 and interval >= 1 and cost >= 0 and cost <= capacity)
  or capacity * interval > 9007199254740991 or capacity % 1 + interval % 1 + cost % 1 ~= 0 then
  return redis.error_reply('ERR want integers: capacity >= 1, interval >= 1, 0 <= cost <= capacity')
end

local bucket, call = KEYS[1], redis.call
local debt = 0
local rounding = call('GET', bucket)
if rounding then
  debt = call('PTTL', bucket) * 1000 - rounding
  if debt < 0 then debt = 0 end
end

local wanted = cost
if wanted == 0 then wanted = 1 end
local wait = debt + (wanted - capacity) * interval
if wait > 0 then return -wait end
if cost == 0 then return debt end

debt = debt + cost * interval
rounding = -debt % 1000
call('SET', bucket, rounding, 'PX', (debt + rounding) / 1000)
return debt

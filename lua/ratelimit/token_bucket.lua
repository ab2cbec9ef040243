--- Take from a token bucket (GCRA) in one atomic step.
---
--- The bucket owes a debt of time: `interval` for every token taken, paid back as time passes. A call is allowed while
--- the debt stays within `capacity * interval`. The key's expiry is the clock: it exists while there is debt, and its
--- TTL is the debt rounded up to milliseconds. The value holds what that rounding added, so the debt is exact to the
--- microsecond. A denied call writes nothing. A debt above the capacity is one of an earlier, longer policy: the bucket
--- starts anew.
---@script ratelimit.token_bucket
---@key    bucket    string          # exists while any token is spent; its expiry is the state
---@arg    capacity  integer >0      # tokens the bucket holds
---@arg    interval  microseconds >0 # time one token takes to come back
---@arg    cost      integer >=0     # tokens to take; 0 takes nothing and answers as 1 would be answered, or the debt
---@return integer                   # >=0: debt in microseconds after the call; <0: -(wait in microseconds)
---@redis  >=6.2
---@budget calls=3
local interval = ARGV[2] + 0
local burst, price = ARGV[1] * interval, ARGV[3] * interval
if not (interval >= 1 and burst >= interval and price >= 0 and price <= burst and burst <= 4503599627370495)
  or interval % 1 + burst % 1 + price % 1 ~= 0 then
  return redis.error_reply('ERR want integers: capacity >= 1, interval >= 1, 0 <= cost <= capacity')
end

local bucket, call = KEYS[1], redis.call
local debt = 0
local left = call('PTTL', bucket)
if left > 0 then
  debt = left * 1000
  -- Debts of whole milliseconds are never rounded.
  if interval % 1000 > 0 then debt = debt - call('GET', bucket) end
  if debt > burst then debt = 0 end
end

if price == 0 then
  local over = debt + interval - burst
  if over > 0 then return -over end
  return debt
end

local after = debt + price
if after > burst then return burst - after end
local rounding = -after % 1000
if rounding == 0 then
  call('SET', bucket, '0', 'PX', after / 1000)
else
  call('SET', bucket, rounding, 'PX', (after + rounding) / 1000)
end
return after

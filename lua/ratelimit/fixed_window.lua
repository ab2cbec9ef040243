--- Count in a window of fixed length that begins with the first call.
---
--- The key holds the count and expires with the window. A denied call writes nothing. A window with more time left
--- than it is long is one of an earlier, longer policy: it is replaced.
---
--- A reply carries two numbers in one integer, `state = left * (limit + 1) + remaining`: `left` is the time in
--- milliseconds until the window ends, `remaining` what can still be taken in it.
---@script ratelimit.fixed_window
---@key    window    string          # the count; expires with the window
---@arg    limit     integer >0      # calls a window allows
---@arg    length    milliseconds >0 # length of the window
---@arg    cost      integer >=0     # how much to count; 0 counts nothing and answers as 1 would be answered
---@return integer                   # >=0: allowed, state after the call; <0: denied, -1 - state
---@redis  >=6.2
---@budget calls=3
local limit, length, cost = ARGV[1] + 0, ARGV[2] + 0, ARGV[3] + 0
if not (limit >= 1 and length >= 1 and cost >= 0 and cost <= limit)
  or length * (limit + 1) > 4503599627370495 or limit % 1 + length % 1 + cost % 1 ~= 0 then
  return redis.error_reply('ERR want integers: limit >= 1, length >= 1, 0 <= cost <= limit')
end

local window, call = KEYS[1], redis.call
local left = -1
local count = call('GET', window)
if count then left = call('PTTL', window) end
if left <= 0 or left > length then
  if cost == 0 then return limit end
  call('SET', window, ARGV[3], 'PX', ARGV[2])
  return length * (limit + 1) + limit - cost
end

local wanted = cost
if wanted == 0 then wanted = 1 end
local remaining = limit - count
if wanted > remaining then
  if remaining < 0 then remaining = 0 end
  return -1 - (left * (limit + 1) + remaining)
end
if cost > 0 then call('INCRBY', window, ARGV[3]) end
return left * (limit + 1) + remaining - cost

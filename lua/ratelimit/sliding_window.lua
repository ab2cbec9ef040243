--- Count in a sliding window: the current window's count plus the part of the previous one that still counts.
---
--- The counts of both windows share one integer, `previous * 2^26 + current`, under a key that lives for two windows,
--- so its TTL tells where in the current window the call falls. The previous count weighs in proportion to what is
--- left of the window, assuming its calls came evenly. A denied call writes nothing. Counts with more time left than
--- two windows are those of an earlier, longer policy: they are replaced.
---
--- A reply carries two numbers in one integer, `state = time * (limit + 1) + remaining`, `time` in milliseconds.
---@script ratelimit.sliding_window
---@key    windows   string          # both counts; expires when neither can matter any more
---@arg    limit     integer >0      # calls any window allows, below 2^26
---@arg    length    milliseconds >0 # length of the window
---@arg    cost      integer >=0     # how much to count; 0 counts nothing and answers as 1 would be answered
---@return integer                   # >=0: allowed, time until nothing counts; <0: denied, -1 - state, time to wait
---@redis  >=6.2
---@budget calls=3
local limit, length, cost = ARGV[1] + 0, ARGV[2] + 0, ARGV[3] + 0
if not (limit >= 1 and limit < 67108864 and length >= 1 and cost >= 0 and cost <= limit)
  or length * (limit + 1) > 4503599627370495 or limit % 1 + length % 1 + cost % 1 ~= 0 then
  return redis.error_reply('ERR want integers: 1 <= limit < 2^26, length >= 1, 0 <= cost <= limit')
end

local windows, call = KEYS[1], redis.call
local previous, current, left = 0, 0, 0
local counts = call('GET', windows)
if counts then
  current = counts % 67108864
  previous = (counts - current) / 67108864
  left = call('PTTL', windows) - length
  if left <= 0 then -- the window has moved on by one, or by more
    previous, current, left = current, 0, left + length
    counts = false
    if left <= 0 then previous = 0 end
  elseif left > length then
    previous, current, left, counts = 0, 0, 0, false
  end
end
if left <= 0 then left = length end

-- In units of 1/length of a call, so that nothing is divided.
local free = limit * length - previous * left - current * length
local wanted = cost
if wanted == 0 then wanted = 1 end
if wanted * length > free then
  local wait
  local room = limit - current - wanted
  if room >= 0 then -- enough of the previous window must slide out
    wait = left - math.floor(room * length / previous)
  else -- not before the current window slides out in its turn
    wait = left + length - math.floor((limit - wanted) * length / current)
  end
  local remaining = math.max(math.floor(free / length), 0)
  return -1 - (wait * (limit + 1) + remaining)
end

if cost > 0 then
  if counts then
    call('INCRBY', windows, ARGV[3])
  else
    call('SET', windows, previous * 67108864 + cost, 'PX', left + length)
  end
  current = current + cost
end
local remaining = math.floor(free / length) - cost
local whole = 0
if current > 0 then whole = left + length elseif previous > 0 then whole = left end
return whole * (limit + 1) + remaining

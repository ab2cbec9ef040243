--- Take from several token buckets (GCRA) of one identifier: from all of them or from none, in one atomic step.
---
--- One key holds the debts of all limits, in microseconds, as they were at the last allowed call. Its TTL was then the
--- highest debt rounded up to milliseconds, so what has passed of the TTL is what has been paid back of each debt.
--- A denied call writes nothing. A debt above its limit's capacity is one of an earlier, longer policy: that limit
--- starts anew.
---@script ratelimit.limits
---@key    buckets   string          # the debts, one little-endian double a limit; expires with the highest
---@arg    cost      integer >=0     # tokens to take; 0 takes nothing and answers as 1 would be answered, or the debts
---@args   limits    capacity:integer>0 interval:microseconds>0 # one group a limit, 1 to 16
---@return bytes                     # a double a limit: all >=0: debts after the call; all <0: denied, -1 - debt
---@redis  >=6.2
---@budget calls=3
local cost = ARGV[1] + 0
local count = (#ARGV - 1) / 2
if not (count >= 1 and count <= 16 and cost >= 0) or cost % 1 + count % 1 ~= 0 then
  return redis.error_reply('ERR want a cost >= 0 and 1 to 16 limits of two numbers each')
end

local buckets, call, limits = KEYS[1], redis.call, ARGV
local format = '<' .. string.rep('d', count)
local debts, paid = {}, 0
local packed = call('GET', buckets)
if packed and #packed <= 128 then
  local stored = count
  if #packed == 8 * count then
    debts = {struct.unpack(format, packed)}
  else -- the policy had another number of limits then
    debts = {struct.unpack('<' .. string.rep('d', #packed / 8), packed)}
    debts[#debts] = nil -- the position behind the last double
    stored = #debts
  end
  local highest = 0
  for i = 1, stored do
    if debts[i] > highest then highest = debts[i] end
  end
  paid = math.max((math.ceil(highest / 1000) - call('PTTL', buckets)) * 1000, 0)
end

local denied, highest = false, 0
for i = 1, count do
  local interval = limits[2 * i + 1] + 0
  local burst, price = limits[2 * i] * interval, cost * interval
  if not (interval >= 1 and burst >= interval and price <= burst and burst <= 4503599627370495)
    or interval % 1 + burst % 1 ~= 0 then
    return redis.error_reply('ERR want integers: capacity >= 1, interval >= 1, 0 <= cost <= capacity')
  end
  local debt = (debts[i] or 0) - paid
  if not (debt >= 0 and debt <= burst) then debt = 0 end
  debts[i] = debt
  if cost == 0 then price = interval end
  debt = debt + price
  if debt > burst then denied = true end
  if debt > highest then highest = debt end
end

if denied then
  for i = 1, count do debts[i] = -1 - debts[i] end
  return struct.pack(format, unpack(debts, 1, count))
end
for i = 1, count do debts[i] = debts[i] + cost * limits[2 * i + 1] end
packed = struct.pack(format, unpack(debts, 1, count))
if cost > 0 then call('SET', buckets, packed, 'PX', math.ceil(highest / 1000)) end
return packed

--- Take from several token buckets (GCRA) of one identifier: from all of them or from none, in one atomic step.
---
--- One key holds the debts of all limits, in microseconds, as they were at the last allowed call. Its TTL was then the
--- highest debt rounded up to milliseconds, so what has passed of the TTL is what has been paid back of each debt.
--- A denied call writes nothing.
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

local buckets, call = KEYS[1], redis.call
local debts, paid = {}, 0
local packed = call('GET', buckets)
if packed then
  debts = {struct.unpack('<' .. string.rep('d', #packed / 8), packed)}
  debts[#debts] = nil -- the position after the last double
  local highest = math.max(unpack(debts))
  paid = (math.ceil(highest / 1000) - call('PTTL', buckets)) * 1000
end

local wanted, denied, highest = cost, false, 0
if wanted == 0 then wanted = 1 end
for i = 1, count do
  local capacity, interval = ARGV[2 * i] + 0, ARGV[2 * i + 1] + 0
  if not (capacity >= 1 and interval >= 1 and cost <= capacity)
    or capacity * interval > 9007199254740991 or capacity % 1 + interval % 1 ~= 0 then
    return redis.error_reply('ERR want integers: capacity >= 1, interval >= 1, 0 <= cost <= capacity')
  end
  local debt = (debts[i] or 0) - paid
  if debt < 0 then debt = 0 end
  if debt + (wanted - capacity) * interval > 0 then denied = true end
  debt = debt + cost * interval
  if debt > highest then highest = debt end
  debts[i] = debt
end

local format = '<' .. string.rep('d', count)
if denied then
  for i = 1, count do debts[i] = cost * ARGV[2 * i + 1] - debts[i] - 1 end
  return struct.pack(format, unpack(debts, 1, count))
end
packed = struct.pack(format, unpack(debts, 1, count))
if cost > 0 then call('SET', buckets, packed, 'PX', math.ceil(highest / 1000)) end
return packed

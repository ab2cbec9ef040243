--- Count what a cache region did in this minute, in one atomic step.
---
--- The counters of all processes together are one string of 1440 slots, one for each minute of a day, so it is as long
--- from the first call on as it ever gets. A slot is its minute, as a number of minutes since 1970, and its counters,
--- which stop at the highest number they can hold. The server's clock says which minute it is. A slot that holds another
--- minute is begun anew. When the clock is set back by less than a day, newer slots stay, and minutes that come again are
--- added to. A slot that is newer by a day or more is begun anew as well, for it is from a clock that was wrong, and would
--- stand in the way until that time comes. A string of another length is begun anew, too.
---@script cache.count
---@key    counters  string          # 1440 slots of 241 bytes; expires 25 hours after the last call
---@args   counts    counter:integer>=0 amount:integer>=0 # 1 to 45 groups: which of the 45 counters, and what to add
---@return integer                   # the minute that was counted in
---@redis  >=6.2
---@budget calls=6
local slots, counts, sums = 1440, 33, 12 -- counters of 5 bytes, then of 6
local width = 4 + 5 * counts + 6 * sums
local valid = #ARGV > 0 and #ARGV <= 2 * (counts + sums) and #ARGV % 2 == 0
for n = 1, valid and #ARGV or 0, 2 do
  local counter, amount = tonumber(ARGV[n]), tonumber(ARGV[n + 1])
  valid = valid and counter and counter >= 0 and counter < counts + sums and counter % 1 == 0
    and amount and amount >= 0 and amount <= 9007199254740991 and amount % 1 == 0
end
if not valid then return redis.error_reply('ERR want 1 to 45 groups of a counter, 0 to 44, and an integer >= 0') end

local counters, call = KEYS[1], redis.call
local minute = math.floor(call('TIME')[1] / 60)
local first = minute % slots * width
local format = '<I4' .. string.rep('I5', counts) .. string.rep('I6', sums)
local slot
if call('STRLEN', counters) == slots * width then
  slot = {struct.unpack(format, call('GETRANGE', counters, first, first + width - 1))}
else
  call('DEL', counters)
  call('SETRANGE', counters, slots * width - 1, '\0')
end
if not slot or slot[1] ~= minute then
  slot = {minute}
  for n = 1, counts + sums do slot[n + 1] = 0 end
end

for n = 1, #ARGV, 2 do
  local counter, amount = tonumber(ARGV[n]), tonumber(ARGV[n + 1])
  local highest = counter < counts and 1099511627775 or 281474976710655
  local at = counter + 2
  if amount > highest - slot[at] then slot[at] = highest else slot[at] = slot[at] + amount end
end
call('SETRANGE', counters, first, struct.pack(format, unpack(slot, 1, counts + sums + 1)))
call('PEXPIRE', counters, 90000000)
return minute

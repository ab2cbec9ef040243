--- Read messages of a conversation: the newest, or the oldest of those after one that was read before.
---
--- Nothing is written, and nothing lives longer for having been read.
---@script state.messages
---@key    messages   list             # the messages, the oldest first
---@key    document   hash             # the conversation's document; see state.append
---@arg    after      integer >=-1     # the sequence number of the message before; -1 for the newest
---@arg    count      integer >0 <=10000 # how many at most
---@return array                       # the last message's sequence number, that of the first one here, the messages
---@repeatable
---@redis  >=6.2
---@budget calls=3
local after, count, call = tonumber(ARGV[1]), tonumber(ARGV[2]), redis.call
if not (after and count and after >= -1 and after <= 9007199254740991 and count >= 1 and count <= 10000)
  or after % 1 + count % 1 ~= 0 then
  return redis.error_reply('ERR want integers: after >= -1, 1 <= count <= 10000')
end

local known = call('HGET', KEYS[2], '\0m')
if not known then return {0, 1, {}} end
local last = tonumber(string.match(known, '^(%d+) %d+$'))
if not last then return redis.error_reply('ERR the key does not hold a conversation') end

local first = math.max(last - call('LLEN', KEYS[1]) + 1, 1)
if after < 0 then
  first = math.max(first, last - count + 1)
elseif after <= last then -- else the conversation has begun anew since
  first = math.max(first, after + 1)
end
if first > last then return {last, first, {}} end
local highest = math.min(first + count - 1, last)
return {last, first, call('LRANGE', KEYS[1], first - last - 1, highest - last - 1)}

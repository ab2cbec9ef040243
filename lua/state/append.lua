--- Append messages to a conversation, which keeps the newest within a number and within bytes, in one atomic step.
---
--- The oldest messages go first. Every message has a sequence number, counted from 1 for as long as the conversation
--- lives, whatever has gone. The document's field "\0m" holds the last one, and how many bytes the list has.
---@script state.append
---@key    messages   list             # the messages, the oldest first
---@key    document   hash             # the conversation's document, which expires with the messages
---@arg    ttl        milliseconds >0  # how long both live from now on
---@arg    count      integer >0 <=10000 # how many messages are kept
---@arg    bytes      integer >0       # how many bytes of messages are kept; one alone may not have more
---@args   appended   message:bytes    # 1 to 1000 messages that are not empty
---@return integer                     # the sequence number of the last message
---@redis  >=6.2
---@budget calls=11006
local ttl, most, most_bytes = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local added, limit, call = #ARGV - 3, 9007199254740991, redis.call

local function is_count(number, highest) return number and number >= 1 and number <= highest and number % 1 == 0 end
if not (is_count(ttl, limit) and is_count(most, 10000) and is_count(most_bytes, limit) and is_count(added, 1000)) then
  return redis.error_reply('ERR want integers: ttl >= 1, 1 <= count <= 10000, bytes >= 1; and 1 to 1000 messages')
end
local size = 0
for n = 4, #ARGV do
  local length = #ARGV[n]
  if length == 0 or length > most_bytes then
    return redis.error_reply('ERR a message is empty or longer than all may be')
  end
  size = size + length
end

local messages, document = KEYS[1], KEYS[2]
local sequence, bytes = 0, 0
local known = call('HGET', document, '\0m')
if known then
  sequence, bytes = string.match(known, '^(%d+) (%d+)$')
  if not sequence or sequence + added > limit then
    return redis.error_reply('ERR the key does not hold a conversation')
  end
end
local length = call('RPUSH', messages, unpack(ARGV, 4, #ARGV))
if not known and length > added then -- of a conversation whose document is gone
  call('LTRIM', messages, -added, -1)
  length = added
end
if length == added then bytes = 0 end
sequence, bytes = sequence + added, bytes + size

local function drop(count)
  for _, message in ipairs(call('LPOP', messages, count)) do bytes = bytes - #message end
  length = length - count
end
if length > most then drop(length - most) end
while bytes > most_bytes and length > 1 do drop(1) end

call('HSET', document, '\0m', string.format('%.0f %.0f', sequence, math.max(bytes, 0)))
-- The document last, so that the messages do not outlive their number.
call('PEXPIRE', messages, ttl)
call('PEXPIRE', document, ttl)
return sequence

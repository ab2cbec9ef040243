--- List the sessions of a user, and forget those that have ended, in one atomic step.
---@script session.list
---@key    index     zset            # the user's sessions; see session.create
---@key    sessions  any             # the beginning of the names of the shard's sessions; in one slot with all of them
---@return array                     # the time; then of each of the first 1000: id, TTL, what is stored before the data
---@redis  >=6.2
local index, sessions = KEYS[1], KEYS[2]
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local reply, ended = {now}, {}
for _, id in ipairs(call('ZRANGE', index, 0, 999)) do
  local head = call('GETRANGE', sessions .. id, 0, 923)
  local from = 27 + (string.byte(head, 26) or 0)
  if string.byte(head) == 1 and #head > from and struct.unpack('<I6', head, 8) > now then
    local size = struct.unpack('<I2', head, from)
    reply[#reply + 1] = id
    reply[#reply + 1] = call('PTTL', sessions .. id)
    reply[#reply + 1] = string.sub(head, 1, from + 1 + size)
  else
    ended[#ended + 1] = id
  end
end
if #ended > 0 then call('ZREM', index, unpack(ended)) end
return reply

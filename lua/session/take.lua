--- Take a session away from its id, so that it can go on under another one, in one atomic step.
---
--- For a while the id may lead to the new one, for requests that are under way. Whoever takes a session and then fails
--- to create the new one has ended it: there are never two.
---@script session.take
---@key    session   string          # the session; what follows `sessions` in its name is its id
---@key    sessions  any             # the beginning of the names of the shard's sessions; in one slot with all of them
---@key    wheel     zset            # see session.create
---@key    counters  hash            # see session.create
---@key    users     any             # the beginning of the names of the shard's indexes; in one slot with all of them
---@arg    grace     milliseconds >=0 # how long the id leads to the new one; 0 for not at all
---@arg    target    bytes           # the new one
---@return bytes?                    # the session as session.create stores it, or a note; null: there is none
---@redis  >=6.2
---@budget calls=7
local grace, target = tonumber(ARGV[1]), ARGV[2]
if not (target and grace and grace >= 0 and grace <= 281474976710655 and grace % 1 == 0) then
  return redis.error_reply('ERR want a time and an id')
end
local session, sessions, wheel, counters, users = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local call = redis.call
local record = call('GET', session)
if not record then return false end
if #record < 28 then return record end -- no session, and no note
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now >= (struct.unpack('<I6', record, 8)) then return false end
if string.byte(record) ~= 1 then return record end
local size, from = struct.unpack('<B', record, 26)

local id, user = string.sub(session, #sessions + 1), string.sub(record, from, from + size - 1)
if grace > 0 then
  -- With a deadline where a session has its own.
  call('SET', session, struct.pack('<BI6I6I6', 2, 0, now + grace, grace) .. target, 'PX', grace)
else
  call('DEL', session)
end
call('ZREM', wheel, id .. user)
if user ~= '' then call('ZREM', users .. user, id) end
call('HINCRBY', counters, 'rotated', 1)
return record

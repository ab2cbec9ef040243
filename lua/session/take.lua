--- Take a session away from its id, so that it can go on under another one, in one atomic step.
---
--- A note leads to the new one: readers for as long as they may, whoever ends the old one for a minute.
---@script session.take
---@key    session   string          # the session; what follows `sessions` in its name is its id
---@key    sessions  any             # the beginning of the names of the shard's sessions; in one slot with all of them
---@key    wheel     zset            # see session.create
---@key    counters  hash            # see session.create
---@key    users     any             # the beginning of the names of the shard's indexes; in one slot with all of them
---@arg    version   integer >0      # the version that the data must have
---@arg    grace     milliseconds >=0 # how long readers are led to the new one; 0 for not at all
---@arg    target    bytes           # what the note says
---@return bytes?                    # the version; -(the version) when another was expected; a note; null: no session
---@redis  >=6.2
---@budget calls=6
-- perilune:ignore-file R018 a shard's wheel, counters and events live as long as there are sessions
local version, grace, target = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
if not (target and version and version > 0 and grace and grace >= 0 and grace <= 281474976710655 and grace % 1 == 0) then
  return redis.error_reply('ERR want a version, a time and a note')
end
local session, sessions, wheel, counters, users = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local call = redis.call
local head = call('GETRANGE', session, 0, 153)
if head == '' then return false end
if #head < 28 then return redis.error_reply('CORRUPT this is neither a session nor a note') end
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now >= (struct.unpack('<I6', head, 8)) then return false end
if string.byte(head) ~= 1 then return head end
local found, size = struct.unpack('<I6B', head, 20)
if found ~= version then return string.format('%.0f', -found) end

local id, user = string.sub(session, #sessions + 1), string.sub(head, 27, 26 + size)
-- A note: when it goes, and where a session has its deadline that of readers. It stays longer, so that whoever ends the
-- old one ends the new one.
local left = math.max(grace, 60000)
call('SET', session, struct.pack('<BI6I6I6', 2, now + left, now + grace, left) .. target, 'PX', left)
call('ZREM', wheel, id .. user)
if user ~= '' then call('ZREM', users .. user, id) end
call('HINCRBY', counters, 'rotated', 1)
return string.format('%.0f', version)

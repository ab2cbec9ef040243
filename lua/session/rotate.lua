--- Let a session go on under another id of its shard, in one atomic step, and start its idle timeout anew.
---
--- A note leads to the new one: readers for as long as they may, whoever ends the old one for a minute. Device and data
--- come with the call, because they may be sealed for an id.
---@script session.rotate
---@key    session   string          # the session; what follows `sessions` in its name is its id
---@key    new       string          # the session under its new id
---@key    sessions  any             # the beginning of the names of the shard's sessions; in one slot with all of them
---@key    wheel     zset            # see session.create
---@key    counters  hash            # see session.create
---@key    users     any             # the beginning of the names of the shard's indexes; in one slot with all of them
---@arg    version   integer >0      # the version that the data must have
---@arg    grace     milliseconds >=0 # how long readers are led to the new one; 0 for not at all
---@arg    target    bytes           # what the note says
---@arg    device    bytes <=768     # what the client is
---@arg    fields    bytes           # the data, packed
---@return bytes?                    # the version; -(the version) when another was expected; a note; null: no session
---@redis  >=6.2
---@budget calls=12
local version, grace, device = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[4]
if not (ARGV[5] and version and version > 0 and grace and grace >= 0 and grace <= 281474976710655 and grace % 1 == 0
  and #device <= 768 and #KEYS[2] == #KEYS[3] + 22) then
  return redis.error_reply('ERR want an id of 22 bytes, a version, a time, a note, a device and fields')
end
local session, new, sessions, wheel, counters, users = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local call, sub = redis.call, string.sub
local head = call('GETRANGE', session, 0, 153)
if head == '' then return false end
if #head < 28 then return redis.error_reply('CORRUPT this is neither a session nor a note') end
local deadline, idle, found, size = struct.unpack('<I6I6I6B', head, 8)
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now >= deadline then return false end
if string.byte(head) ~= 1 then return head end
if found ~= version then return string.format('%.0f', -found) end

local old_id, new_id, user = sub(session, #sessions + 1), sub(new, #sessions + 1), sub(head, 27, 26 + size)
call('SET', new, sub(head, 1, 26 + size) .. struct.pack('<I2', #device) .. device .. ARGV[5], 'PX', idle)
-- A note: when it goes, and where a session has its deadline that of readers. It stays longer, so that whoever ends the
-- old one ends the new one.
local left = math.max(grace, 60000)
call('SET', session, struct.pack('<BI6I6I6', 2, now + left, now + grace, left) .. ARGV[3], 'PX', left)
call('ZREM', wheel, old_id .. user)
call('ZADD', wheel, math.min(now + idle + 1, deadline), new_id .. user)
if user ~= '' then
  -- In this order: an index without members would go, and its expiry with it.
  call('ZADD', users .. user, deadline, new_id)
  call('ZREM', users .. user, old_id)
  local index_left = call('PTTL', users .. user)
  if index_left < 0 or index_left < deadline - now then call('PEXPIREAT', users .. user, deadline) end
end
call('HINCRBY', counters, 'rotated', 1)
call('HINCRBY', counters, 'created', 1)
return string.format('%.0f', version)

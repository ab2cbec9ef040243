--- End a session in one atomic step.
---@script session.revoke
---@key    session   string          # the session; what follows `sessions` in its name is its id
---@key    sessions  any             # the beginning of the names of the shard's sessions; in one slot with all of them
---@key    wheel     zset            # see session.create
---@key    counters  hash            # see session.create
---@key    events    stream          # see session.create
---@key    users     any             # the beginning of the names of the shard's indexes; in one slot with all of them
---@arg    kept      integer >0      # about how many events are kept
---@return bytes?                    # the session's user (maybe empty) after a 1, or a note of any age; null: none
---@redis  >=6.2
---@budget calls=7
-- perilune:ignore-file R018 a shard's wheel, counters and events live as long as there are sessions
local kept = tonumber(ARGV[1])
if not (kept and kept > 0 and kept % 1 == 0) then return redis.error_reply('ERR want a number of events') end
local session, sessions, wheel, counters, events, users = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local call = redis.call
local head = call('GETRANGE', session, 0, 153)
if head == '' then return false end
if #head < 28 then -- no session, and no note
  call('DEL', session)
  return '\1'
end
local time = call('TIME')
local ended = time[1] * 1000 + time[2] / 1000 >= (struct.unpack('<I6', head, 8))
if string.byte(head) ~= 1 then return head end

local size, from = struct.unpack('<B', head, 26)
local id, user = string.sub(session, #sessions + 1), string.sub(head, from, from + size - 1)
local kind = ended and 'expired' or 'revoked'
call('DEL', session)
call('ZREM', wheel, id .. user)
if user ~= '' then call('ZREM', users .. user, id) end
call('HINCRBY', counters, kind, 1)
call('XADD', events, 'MAXLEN', '~', ARGV[1], '*', 'kind', kind, 'id', id, 'user', user)
if ended then return false end
return '\1' .. user

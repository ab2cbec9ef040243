--- Look at sessions whose time may have come, and take away what is left of those that have ended, in one atomic step.
---
--- The wheel says when to look at a session. One that was used meanwhile is entered again for when it would end now, so
--- the use of a session writes nothing here. Of several callers one has the lease; the others do nothing. Where there
--- are no sessions, nothing is written.
---@script session.sweep
---@key    sessions  any             # the beginning of the names of the shard's sessions; in one slot with all of them
---@key    users     any             # the beginning of the names of the shard's indexes; in one slot with all of them
---@key    wheel     zset            # see session.create
---@key    counters  hash            # see session.create
---@key    events    stream          # see session.create
---@key    lease     string          # who sweeps
---@arg    owner     bytes >=1       # who calls
---@arg    period    milliseconds >0 # how long the caller has the lease
---@arg    most      integer >0      # how many sessions to look at, up to 1000
---@arg    kept      integer >0      # about how many events are kept
---@return integer[]                 # how many were looked at, -1: another has the lease; how many had ended
---@redis  >=6.2
-- perilune:ignore-file R018 a shard's wheel, counters and events live as long as there are sessions
local owner, period, most, kept = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if not (kept and kept > 0 and kept % 1 == 0 and most and most > 0 and most <= 1000 and most % 1 == 0
  and period and period > 0 and period <= 281474976710655 and period % 1 == 0 and owner ~= '') then
  return redis.error_reply('ERR want an owner, a time, a number of sessions and one of events')
end
local sessions, users, wheel, counters, events, lease = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local call, sub = redis.call, string.sub
if call('EXISTS', wheel) == 0 then return {0, 0} end
local holder = call('GET', lease)
if holder and holder ~= owner then return {-1, 0} end
-- With full memory, too: what frees memory is let through, and after it all that a script does.
call('DEL', lease)
call('SET', lease, owner, 'PX', period)

local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local expired = 0
local due = call('ZRANGE', wheel, '-inf', now, 'BYSCORE', 'LIMIT', 0, most)
for _, member in ipairs(due) do
  local id, user = sub(member, 1, 22), sub(member, 23)
  local head = call('GETRANGE', sessions .. id, 0, 12)
  local ends = 0
  if string.byte(head) == 1 and #head == 13 then
    ends = math.min(now + call('PTTL', sessions .. id) + 1, (struct.unpack('<I6', head, 8)))
  end
  if ends > now then
    call('ZADD', wheel, ends, member)
  else
    -- A note that leads to another id stays as long as it is meant to.
    if string.byte(head) == 1 then call('DEL', sessions .. id) end
    call('ZREM', wheel, member)
    if user ~= '' then call('ZREM', users .. user, id) end
    call('XADD', events, 'MAXLEN', '~', ARGV[4], '*', 'kind', 'expired', 'id', id, 'user', user)
    expired = expired + 1
  end
end
if expired > 0 then call('HINCRBY', counters, 'expired', expired) end
return {#due, expired}

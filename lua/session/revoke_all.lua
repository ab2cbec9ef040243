--- End the sessions of a user, but for one, in one atomic step of at most 500.
---@script session.revoke_all
---@key    index     zset            # the user's sessions; see session.create
---@key    sessions  any             # the beginning of the names of the shard's sessions; in one slot with all of them
---@key    wheel     zset            # see session.create
---@key    counters  hash            # see session.create
---@key    events    stream          # see session.create
---@arg    user      bytes           # whose they are
---@arg    except    bytes           # the id of the one that stays; empty for none
---@arg    kept      integer >0      # about how many events are kept
---@return integer[]                 # how many were ended, and how many more there are
---@redis  >=6.2
-- perilune:ignore-file R018 a shard's wheel, counters and events live as long as there are sessions
local user, except, kept = ARGV[1], ARGV[2], tonumber(ARGV[3])
if not (kept and kept > 0 and kept % 1 == 0) then
  return redis.error_reply('ERR want a user, an id and a number of events')
end
local index, sessions, wheel, counters, events = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local call = redis.call
local revoked, expired = 0, 0
local time = call('TIME')
local now = time[1] * 1000 + time[2] / 1000
for _, id in ipairs(call('ZRANGE', index, 0, 499)) do
  if id ~= except then
    local lived = call('DEL', sessions .. id) == 1 and tonumber(call('ZSCORE', index, id)) > now
    call('ZREM', index, id)
    if call('ZREM', wheel, id .. user) == 1 then
      local kind = lived and 'revoked' or 'expired'
      if lived then revoked = revoked + 1 else expired = expired + 1 end
      call('XADD', events, 'MAXLEN', '~', ARGV[3], '*', 'kind', kind, 'id', id, 'user', user)
    end
  end
end
if revoked > 0 then call('HINCRBY', counters, 'revoked', revoked) end
if expired > 0 then call('HINCRBY', counters, 'expired', expired) end
local left = call('ZCARD', index)
if left > 0 and except ~= '' and call('ZSCORE', index, except) then left = left - 1 end
return {revoked, left}

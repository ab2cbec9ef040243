--- Create a session, and count it among its user's, in one atomic step.
---
--- A session is one string: a head of fixed fields, its user, its device, then its data as names and values. Its TTL is
--- the idle timeout; every script refuses a session past its deadline. What else a shard holds: for each user an index of
--- sessions by deadline, and the wheel, which knows when to look whether a session has ended. When the user has as many
--- sessions as allowed, the oldest or the longest unused ones make room, or the call is refused and writes nothing.
---@script session.create
---@key    session   string          # the new session; what follows `sessions` in its name is its id
---@key    sessions  any             # the beginning of the names of the shard's sessions; in one slot with all of them
---@key    wheel     zset            # of each session, id and user, by when to look at it; without expiry
---@key    counters  hash            # created, expired, revoked, evicted, rotated; without expiry
---@key    events    stream          # what has ended, but for what moved; capped, without expiry
---@key    index     zset            # the ids of the user's sessions by deadline; unused without a user
---@arg    idle      milliseconds >0 # how long the session lives unused
---@arg    first     milliseconds >0 # how long it waits for its first use
---@arg    lifetime  milliseconds >0 # how long it lives in any case
---@arg    version   integer >0      # the version of its data
---@arg    user      bytes <=128     # whose it is; empty for nobody's
---@arg    device    bytes <=768     # what the client is
---@arg    fields    bytes           # its data, packed
---@arg    limit     integer >=0     # how many sessions the user may have; 0 for any number
---@arg    policy    string          # oldest, idle or reject
---@arg    except    bytes           # the id of a session that the new one takes the place of; does not count
---@arg    kept      integer >0      # about how many events are kept
---@return integer[]                 # 1 + how many made room, 0: the id is taken, -1: the limit is reached; then the time
---@redis  >=6.2
-- perilune:ignore-file R018 a shard's wheel, counters and events live as long as there are sessions
local function integer(n, least, most) return n and n >= least and n <= most and n % 1 == 0 end
local idle, first, lifetime, version = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local user, device, limit, policy = ARGV[5], ARGV[6], tonumber(ARGV[8]), ARGV[9]
local longest = 281474976710655
if not (ARGV[11] and integer(idle, 1, longest) and integer(first, 1, longest) and integer(lifetime, 1, longest)
  and integer(version, 1, longest) and integer(limit, 0, 1000) and integer(tonumber(ARGV[11]), 1, longest)
  and #user <= 128 and #device <= 768 and (policy == 'oldest' or policy == 'idle' or policy == 'reject') and #KEYS[1] == #KEYS[2] + 22) then
  return redis.error_reply('ERR want an id of 22 bytes, times, a version, a user, a device, a limit, a policy and a count')
end

local session, sessions, wheel, counters, events, index = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local deadline = now + lifetime
if call('EXISTS', session) == 1 then return {0, now} end

local dead, victims = {}, {}
if user ~= '' and limit > 0 and call('ZCOUNT', index, string.format('(%.0f', now), '+inf') >= limit then
  local live = {}
  for _, id in ipairs(call('ZRANGE', index, 0, 1999)) do
    local head = call('GETRANGE', sessions .. id, 0, 18)
    local from, to, rest = 0, 0, 0
    if #head == 19 then from, to, rest = struct.unpack('<I6I6I6', head, 2) end
    if id == ARGV[10] then
      -- Soon gone.
    elseif to > now then
      if policy == 'idle' then from = call('PTTL', sessions .. id) - rest end
      live[#live + 1] = {id, from}
    else
      dead[#dead + 1] = id
    end
  end
  local surplus = #live - limit + 1
  if surplus > 0 then
    if policy == 'reject' then return {-1, now} end
    table.sort(live, function(a, b)
      if a[2] ~= b[2] then return a[2] < b[2] end
      return a[1] < b[1]
    end)
    for i = 1, surplus do victims[i] = live[i][1] end
  end
end

for _, id in ipairs(dead) do call('ZREM', index, id) end
for _, id in ipairs(victims) do
  call('DEL', sessions .. id)
  call('ZREM', index, id)
  call('ZREM', wheel, id .. user)
  call('XADD', events, 'MAXLEN', '~', ARGV[11], '*', 'kind', 'evicted', 'id', id, 'user', user)
end
if #victims > 0 then call('HINCRBY', counters, 'evicted', #victims) end

local id = string.sub(session, #sessions + 1)
local head = struct.pack('<BI6I6I6I6B', 1, now, deadline, idle, version, #user)
call('SET', session, head .. user .. struct.pack('<I2', #device) .. device .. ARGV[7], 'PX', first)
if user ~= '' then
  call('ZADD', index, deadline, id)
  if call('PTTL', index) < lifetime then call('PEXPIREAT', index, deadline) end
end
call('ZADD', wheel, math.min(now + first + 1, deadline), id .. user)
call('HINCRBY', counters, 'created', 1)
return {1 + #victims, now}

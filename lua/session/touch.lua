--- Read a session and start its idle timeout anew, in one atomic step.
---
--- A session that has moved to another id leaves a note, which is given as it is while its grace lasts. What is past its
--- deadline is as good as gone, and a session goes.
---@script session.touch
---@key    session   string          # the session
---@arg    idle      milliseconds >0 # the idle timeout that most sessions have; the session's own counts
---@return bytes?                    # the session as session.create stores it, or the note; null: there is none
---@repeatable
---@redis  >=6.2
---@budget calls=3
local session, call = KEYS[1], redis.call
local record = call('GETEX', session, 'PX', ARGV[1])
if not record then return false end
if #record < 19 then return record end -- no session, and no note
local kind, first, deadline, idle = struct.unpack('<BI6I6I6', record)
local now
if redis.REDIS_VERSION_NUM then -- since 7.0, as is the command; cheaper than TIME
  now = call('PEXPIRETIME', session) - ARGV[1]
else
  local time = call('TIME')
  now = time[1] * 1000 + time[2] / 1000
end
if kind ~= 1 then
  call('PEXPIREAT', session, first) -- as before: a note goes when it is meant to
  return now < deadline and record
end
if now >= deadline then
  call('DEL', session)
  return false
end
if idle ~= tonumber(ARGV[1]) then call('PEXPIRE', session, idle) end
return record

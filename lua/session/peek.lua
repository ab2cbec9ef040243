--- Read a session as somebody who only looks: nothing is written, and its idle timeout goes on.
---@script session.peek
---@key    session   string          # the session
---@return array?                    # the session as session.create stores it, or a note; its TTL; the time. null: none
---@flags  no-writes
---@repeatable
---@redis  >=6.2
---@budget calls=3
local record = redis.call('GET', KEYS[1])
if not record then return false end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if #record >= 19 and now >= (struct.unpack('<I6', record, 8)) then return false end
return {record, redis.call('PTTL', KEYS[1]), now}

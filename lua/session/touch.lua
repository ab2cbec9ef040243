--- Read a session and start its idle timeout anew, in one atomic step.
---
--- A session that has moved to another id leaves a note for a moment: a 2, and the id. It is given as it is.
---@script session.touch
---@key    session   string          # the session
---@return bytes?                    # the session as session.create stores it, or the note; null: there is none
---@repeatable
---@redis  >=6.2
---@budget calls=3
local record = redis.call('GET', KEYS[1])
if record and string.byte(record) == 1 then
  local deadline, idle = struct.unpack('<I6I6', record, 8)
  local time = redis.call('TIME')
  if time[1] * 1000 + time[2] / 1000 >= deadline then return false end
  redis.call('PEXPIRE', KEYS[1], idle)
end
return record

--- Change fields of a session's data in one atomic step. Never creates a session, and leaves its expiry alone.
---
--- All changes are made, or none. Each is made to what the ones before it left.
---@script session.update
---@key    session   string          # the session
---@arg    expected  integer >=-1    # the version that the data must have; -1 for any
---@arg    maximum   integer >0      # how many bytes the session may have
---@args   changes   operation:string name:bytes value:bytes # set, delete, increment (by an integer) or clear (all)
---@return bytes?                    # the new version; -(the version) when another was expected; a note; null: no session
---@redis  >=6.2
---@budget calls=3
local expected, maximum = tonumber(ARGV[1]), tonumber(ARGV[2])
local known = {set = true, delete = true, increment = true, clear = true}
if not (expected and expected >= -1 and maximum and maximum > 0 and #ARGV % 3 == 2) then
  return redis.error_reply('ERR want a version, a size and changes of three arguments each')
end
for n = 3, #ARGV, 3 do
  if not known[ARGV[n]] or #ARGV[n + 1] > 255 then
    return redis.error_reply('ERR a change is set, delete, increment or clear, and a name has at most 255 bytes')
  end
end

local record = redis.call('GET', KEYS[1])
if not record then return false end
if #record < 28 then return redis.error_reply('CORRUPT this is neither a session nor a note') end
local byte, sub = string.byte, string.sub
local time = redis.call('TIME')
if time[1] * 1000 + time[2] / 1000 >= (struct.unpack('<I6', record, 8)) then return false end
if byte(record) ~= 1 then return record end
local version, user = struct.unpack('<I6B', record, 20)
if expected >= 0 and expected ~= version then return string.format('%.0f', -version) end

local start = 27 + user
if start >= #record then return redis.error_reply('CORRUPT this is no session') end
start = start + 2 + struct.unpack('<I2', record, start)
local names, values, at = {}, {}, start
while at <= #record do
  local name_size, value_size = byte(record, at, at + 1)
  at = at + 2
  if value_size == 255 and at + 3 <= #record then value_size, at = struct.unpack('<I4', record, at) end
  if not value_size or at + name_size + value_size - 1 > #record then
    return redis.error_reply('CORRUPT this is no session')
  end
  local name = sub(record, at, at + name_size - 1)
  at = at + name_size
  names[#names + 1] = name
  values[name] = sub(record, at, at + value_size - 1)
  at = at + value_size
end

for n = 3, #ARGV, 3 do
  local operation, name, value = ARGV[n], ARGV[n + 1], ARGV[n + 2]
  if operation == 'clear' then
    for _, each in ipairs(names) do values[each] = false end
  elseif operation == 'delete' then
    if values[name] then values[name] = false end
  else
    if values[name] == nil then names[#names + 1] = name end
    if operation == 'increment' then
      local old, limit = values[name] or '0', 9007199254740991
      if not (string.find(old, '^-?%d+$') and string.find(value, '^-?%d+$'))
        or math.abs(old) > limit or math.abs(value) > limit or math.abs(old + value) > limit then
        return redis.error_reply('NOTINTEGER a field or what is added to it is no integer below 2^53')
      end
      value = string.format('%.0f', old + value)
    end
    values[name] = value
  end
end

local parts = {sub(record, 1, 19), struct.pack('<I6', version + 1), sub(record, 26, start - 1)}
for _, name in ipairs(names) do
  local value = values[name]
  if value then
    local size = #value
    parts[#parts + 1] = size < 255 and string.char(#name, size) or struct.pack('<BBI4', #name, 255, size)
    parts[#parts + 1] = name
    parts[#parts + 1] = value
  end
end
record = table.concat(parts)
if #record > maximum then return redis.error_reply('TOOLARGE the session would be larger than it may be') end
redis.call('SET', KEYS[1], record, 'KEEPTTL')
return string.format('%.0f', version + 1)

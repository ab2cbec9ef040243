--- Change several members of a document in one atomic step, and set when the document expires.
---
--- A document is a hash. A field is a member, its value JSON text that is stored as it comes. Fields whose names begin
--- with NUL are no members: "\0" holds the version, and the number and the bytes of the members; "\0m" belongs to
--- state.append and stays. Merging costs what it changes, however large the document is.
---
--- The first version is the server's time in microseconds, and every change adds one: no version comes back when a
--- document is deleted and made anew. A call that is refused, or does not find what it expects, writes nothing.
---@script state.update
---@key    document   hash            # the members
---@keys   companions any             # the document's other keys, which expire with it
---@arg    operation  string          # merge, or replace: no members stay but those set here
---@arg    condition  string          # XX: there must be a document; NX: none; digits: of this version; or empty
---@arg    ttl        milliseconds >0 # how long the document lives from now on
---@arg    fields     integer >0      # how many members it may grow to
---@arg    bytes      integer >0      # how many bytes their names and values may grow to
---@args   changes    kind:string field:string value:bytes # set, delete, increment, or expect, where empty is no field
---@return array                      # version, then sums; 0: no document; -version, then the field not as expected
---@redis  >=6.2
---@budget calls=8
local operation, condition, call = ARGV[1], ARGV[2], redis.call
local ttl, most_fields, most_bytes = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local find, byte, limit = string.find, string.byte, 9007199254740991

local function is_count(number) return number and number >= 1 and number <= limit and number % 1 == 0 end
if not (is_count(ttl) and is_count(most_fields) and is_count(most_bytes)) then
  return redis.error_reply('ERR want integers: ttl >= 1, fields >= 1, bytes >= 1')
end
local expected = find(condition, '^%d+$') and tonumber(condition)
if operation ~= 'merge' and operation ~= 'replace'
  or not (expected or condition == 'XX' or condition == 'NX' or condition == '') then
  return redis.error_reply('ERR want merge or replace, and XX, NX, a version or nothing')
end
if (#ARGV - 5) % 3 ~= 0 or #ARGV > 6149 then
  return redis.error_reply('ERR want up to 2048 changes of three arguments each')
end
local names = {'\0', '\0m'}
for n = 6, #ARGV, 3 do
  local kind, name, value = ARGV[n], ARGV[n + 1], ARGV[n + 2]
  if kind == 'increment' then
    if not find(value, '^-?%d+$') or math.abs(value) > limit then
      return redis.error_reply('ERR integers are added up to 2^53 - 1')
    end
  elseif not (kind == 'set' and value ~= '' or kind == 'delete' or kind == 'expect') then
    return redis.error_reply('ERR want set with a value, delete, increment or expect')
  end
  if name == '\0' or name == '\0m' then return redis.error_reply('ERR the field is not one to change') end
  names[#names + 1] = name
end

local document, replaces = KEYS[1], operation == 'replace'
local stored = call('HMGET', document, unpack(names))
local version, count, bytes = 0, 0, 0
if stored[1] then
  version, count, bytes = string.match(stored[1], '^(%d+) (%d+) (%d+)$')
  if not version then return redis.error_reply('ERR the key does not hold a document') end
  version = version + 0
end
if version == 0 and (expected or condition == 'XX') then return {0} end
if version > 0 and (condition == 'NX' or expected and expected ~= version) then return {-version} end

local had_count, had_bytes = count + 0, bytes + 0
count, bytes = had_count, had_bytes
if replaces then count, bytes = 0, 0 end
local now, sums = {}, {}
for i = 3, #names do
  local name, kind, value = names[i], ARGV[3 * i - 3], ARGV[3 * i - 1]
  if kind == 'expect' then
    if (stored[i] or '') ~= value then return {0 - version, stored[i]} end
  else
    local old = now[name]
    if old == nil then old = not replaces and stored[i] end
    if kind == 'increment' then
      local number = old or '0'
      if not find(number, '^-?%d+$') then return redis.error_reply('NOTINT the field is not an integer') end
      local sum = number + value + 0
      if math.abs(number) > limit or math.abs(sum) > limit then
        return redis.error_reply('NOTINT integers are added up to 2^53 - 1')
      end
      sums[#sums + 1] = sum
      value = string.format('%.0f', sum)
    elseif kind == 'delete' then
      value = false
    end
    if byte(name) ~= 0 then
      if old then count, bytes = count - 1, bytes - #name - #old end
      if value then count, bytes = count + 1, bytes + #name + #value end
    end
    now[name] = value
  end
end
if count > most_fields and count > had_count or bytes > most_bytes and bytes > had_bytes then
  return redis.error_reply('FULL the document would have more members or bytes than it may')
end

if version == 0 then
  local time = call('TIME')
  version = time[1] * 1000000 + time[2]
else
  version = version + 1
end
local set, gone = {'\0', string.format('%.0f %.0f %.0f', version, count, bytes)}, {}
if replaces then
  call('DEL', document)
  if stored[2] then set[3], set[4] = '\0m', stored[2] end
end
for i = 3, #names do
  local name = names[i]
  local value = now[name]
  if value then
    set[#set + 1] = name
    set[#set + 1] = value
  elseif value == false then
    gone[#gone + 1] = name
  end
end
if gone[1] then call('HDEL', document, unpack(gone)) end
call('HSET', document, unpack(set))
-- The document last, so that nothing outlives it.
for n = #KEYS, 1, -1 do call('PEXPIRE', KEYS[n], ttl) end
return {version, unpack(sums)}

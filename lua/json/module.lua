--- Change a part of a JSON document that RedisJSON holds, and the document's expiry, in one atomic step.
---
--- What has to be true is looked at first, so that a call which finds nothing to change, or is refused, writes nothing and
--- answers as json.document does. RedisJSON's own commands leave the expiry alone, or not: it is set here in any case.
---@script json.module
---@key    document  any             # the document, of RedisJSON's type
---@arg    operation string          # set, delete, increment or append
---@arg    path      string          # a path of RedisJSON that has at most one match; $ for the whole document
---@arg    parent    string          # set: the path of the object that a member is set in; otherwise empty
---@arg    condition string          # set of the whole document: NX, XX or empty
---@arg    expiry    string          # NEVER, KEEPTTL, PX or PXAT
---@arg    time      integer         # for PX and PXAT, in milliseconds
---@args   values    json:bytes      # what to set, the number to add, or the elements to append
---@return bytes?                    # increment: the sum; append: how many were there; null: nothing found
---@redis  >=6.2
---@budget calls=6
local key, operation, path, parent, condition = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local expiry, time, value = ARGV[5], tonumber(ARGV[6]), ARGV[7]
local known = {set = true, delete = true, increment = true, append = true}
local expiries = {NEVER = true, KEEPTTL = true, PX = true, PXAT = true}
if not (known[operation] and expiries[expiry] and time and (value or operation == 'delete')) then
  return redis.error_reply('ERR want an operation, paths, a condition, an expiry, its time and values')
end
if (expiry == 'PX' or expiry == 'PXAT')
  and not (string.find(ARGV[6], '^%d+$') and time > 0 and time <= 9007199254740991) then
  return redis.error_reply('ERR invalid expire time')
end
local call = redis.call

-- The type of what is at a path; nil when there is nothing.
local function type_at(where)
  local types = call('JSON.TYPE', key, where)
  return types and types[1]
end

local left = expiry == 'KEEPTTL' and call('PTTL', key) or -1
local function finish(answer)
  if expiry == 'NEVER' then
    call('PERSIST', key)
  elseif expiry == 'PX' then
    call('PEXPIRE', key, ARGV[6])
  elseif expiry == 'PXAT' then
    call('PEXPIREAT', key, ARGV[6])
  elseif left >= 0 and call('PTTL', key) ~= left then
    call('PEXPIRE', key, math.max(left, 1))
  end
  return answer
end

if operation == 'set' then
  if path == '$' then
    if condition == '' then
      call('JSON.SET', key, path, value)
    elseif not call('JSON.SET', key, path, value, condition) then
      return false
    end
    return finish('')
  end
  if parent ~= '' then
    if type_at(parent) ~= 'object' then return false end
  elseif not type_at(path) then
    return false
  end
  call('JSON.SET', key, path, value)
  return finish('')
end

local found = type_at(path)
if not found then return false end
if operation == 'delete' then
  call('JSON.DEL', key, path)
  return path == '$' and '' or finish('')
end
if operation == 'append' then
  if found ~= 'array' then return redis.error_reply('WRONGTYPE the part is not an array') end
  local lengths = call('JSON.ARRAPPEND', key, path, unpack(ARGV, 7))
  return finish(string.format('%d', lengths[1] - (#ARGV - 6)))
end

if found ~= 'integer' and found ~= 'number' then return redis.error_reply('WRONGTYPE the part is not a number') end
local number = string.sub(call('JSON.GET', key, path), 2, -2)
local sum = number + value
if string.find(value, '^-?%d+$') then
  if found ~= 'integer' then return redis.error_reply('WRONGTYPE the part is not an integer') end
  local limit = 9007199254740991
  if math.abs(number) > limit or math.abs(value) > limit or math.abs(sum) > limit then
    return redis.error_reply('ERR integers are added up to 2^53 - 1')
  end
elseif sum - sum ~= 0 then
  return redis.error_reply('ERR the sum is not a number')
end
return finish(string.sub(call('JSON.NUMINCRBY', key, path, value), 2, -2))

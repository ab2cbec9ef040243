--- Read or change a part of a JSON document that a string holds, in one atomic step.
---
--- The text is edited by spans: the part is found in it and replaced, and all else stays as it is to the byte. So empty
--- arrays and objects, the order of members, and numbers of any size survive, which decoding and encoding would lose.
--- Numbers are added exactly: integers below 2^53, others as doubles. A call that finds nothing to change, or is refused,
--- writes nothing.
---@script json.document
---@key    document  string          # the JSON text
---@arg    operation string          # get, set, delete, increment or append
---@arg    value     bytes           # JSON: what to set, the number to add, or the elements to append with commas between
---@arg    expiry    string          # NEVER, KEEPTTL, PX or PXAT
---@arg    time      integer         # for PX and PXAT, in milliseconds
---@args   path      step:string     # .name for a member, #index for an element; negative ones count from the end
---@return bytes?                    # get: the part; increment: the sum; append: how many were there; null: nothing found
---@redis  >=6.2
---@budget calls=2
local operation, value, expiry = ARGV[1], ARGV[2], ARGV[3]
local known = {get = true, set = true, delete = true, increment = true, append = true}
local expiries = {NEVER = true, KEEPTTL = true, PX = true, PXAT = true}
local time = tonumber(ARGV[4])
if not (known[operation] and expiries[expiry] and time) then
  return redis.error_reply('ERR want an operation, a value, an expiry and its time')
end
if (expiry == 'PX' or expiry == 'PXAT') and not (time > 0 and time <= 9007199254740991) then
  return redis.error_reply('ERR invalid expire time')
end

local text = redis.call('GET', KEYS[1])
if not text then return false end
local find, sub, byte = string.find, string.sub, string.byte

local function next_byte(at) return find(text, '[^ \t\r\n]', at) end

-- Where the string ends that begins at a quote.
local function string_end(at)
  while true do
    at = find(text, '["\\]', at + 1)
    if not at or byte(text, at) == 34 then return at end
    at = at + 1
  end
end

-- Where the value ends that begins somewhere; nil when the text is cut off there.
local function value_end(at)
  local first = byte(text, at)
  if first == 34 then return string_end(at) end
  if first ~= 123 and first ~= 91 then
    local _, last = find(text, '^[%w.+-]+', at)
    return last
  end
  local depth = 0
  while at do
    local here = byte(text, at)
    if here == 34 then
      at = string_end(at)
      if not at then return nil end
    elseif here == 123 or here == 91 then
      depth = depth + 1
    else
      depth = depth - 1
      if depth == 0 then return at end
    end
    at = find(text, '["%[%]{}]', at + 1)
  end
end

-- Whether the string between two quotes is a name.
local function is_name(first, last, name)
  local raw = sub(text, first + 1, last - 1)
  if not find(raw, '\\', 1, true) then return raw == name end
  local ok, decoded = pcall(cjson.decode, '["' .. raw .. '"]')
  return ok and decoded[1] == name
end

-- Looks for a child of the object or array that begins at a byte: by name, by index, or for none to go over all.
-- Gives nil for text that is no JSON. `count` is the number of children up to there, `close` the bracket at the end.
local function find_child(at, name, index)
  local is_object = byte(text, at) == 123
  local close = is_object and 125 or 93
  local count, before = 0, nil
  at = next_byte(at + 1)
  if at and byte(text, at) == close then return {count = 0, close = at} end
  while at do
    local from, found = at, index == count
    if is_object then
      local name_end = byte(text, at) == 34 and string_end(at)
      if not name_end then return nil end
      found = name and is_name(at, name_end, name)
      at = next_byte(name_end + 1)
      if not at or byte(text, at) ~= 58 then return nil end
      at = next_byte(at + 1)
      if not at then return nil end
    end
    local last = value_end(at)
    if not last then return nil end
    local after = next_byte(last + 1)
    if not after then return nil end
    if found then return {first = at, last = last, from = from, before = before, after = after} end
    count = count + 1
    if byte(text, after) == close then return {count = count, close = after} end
    if byte(text, after) ~= 44 then return nil end
    before = last
    at = next_byte(after + 1)
  end
end

-- Puts something in the place of some bytes, and keeps the text.
local function replace(first, last, new)
  text = sub(text, 1, first - 1) .. new .. sub(text, last + 1)
  if expiry == 'NEVER' then
    redis.call('SET', KEYS[1], text)
  elseif expiry == 'KEEPTTL' then
    redis.call('SET', KEYS[1], text, 'KEEPTTL')
  else
    redis.call('SET', KEYS[1], text, expiry, ARGV[4])
  end
end

local broken = redis.error_reply('ERR the value is not a JSON document')
local part = {first = next_byte(1)}
part.last = part.first and value_end(part.first)
if not part.last then return broken end

for n = 5, #ARGV do
  local kind, name = sub(ARGV[n], 1, 1), sub(ARGV[n], 2)
  local index = kind == '#' and tonumber(name) or nil
  if byte(text, part.first) ~= (index and 91 or 123) then return false end
  local child
  if index and index < 0 then
    child = find_child(part.first)
    if not child then return broken end
    index = child.count + index
    if index < 0 then return false end
  end
  if index then name = nil end
  child = find_child(part.first, name, index)
  if not child then return broken end
  if not child.first then
    if n < #ARGV or index or operation ~= 'set' then return false end
    local comma = child.count > 0 and ',' or ''
    replace(child.close, child.close - 1, comma .. cjson.encode(name) .. ':' .. value)
    return ''
  end
  part = child
end

if operation == 'get' then return sub(text, part.first, part.last) end
if operation == 'set' then
  replace(part.first, part.last, value)
  return ''
end
if operation == 'delete' then
  if not part.from then
    redis.call('DEL', KEYS[1])
  elseif byte(text, part.after) == 44 then -- with the comma behind it
    replace(part.from, (next_byte(part.after + 1) or part.after + 1) - 1, '')
  else -- with the comma before it, if there is one
    replace(part.before and part.before + 1 or part.from, part.last, '')
  end
  return ''
end
if operation == 'append' then
  if byte(text, part.first) ~= 91 then return redis.error_reply('WRONGTYPE the part is not an array') end
  local all = find_child(part.first)
  if not all then return broken end
  replace(all.close, all.close - 1, (all.count > 0 and ',' or '') .. value)
  return string.format('%d', all.count)
end

local number = sub(text, part.first, part.last)
if not find(number, '^-?%d[%d.eE+-]*$') then return redis.error_reply('WRONGTYPE the part is not a number') end
local sum = tonumber(number) and number + value
if find(value, '^-?%d+$') then
  if not find(number, '^-?%d+$') then return redis.error_reply('WRONGTYPE the part is not an integer') end
  local limit = 9007199254740991
  if math.abs(number) > limit or math.abs(value) > limit or math.abs(sum) > limit then
    return redis.error_reply('ERR integers are added up to 2^53 - 1')
  end
  sum = string.format('%.0f', sum + 0)
else
  if not sum or sum - sum ~= 0 then return redis.error_reply('ERR the sum is not a number') end
  -- The shortest text that is this number.
  local exact = sum
  for digits = 15, 17 do
    sum = string.format('%.' .. digits .. 'g', exact)
    if tonumber(sum) == exact then break end
  end
  if not find(sum, '[.e]') then sum = sum .. '.0' end
end
replace(part.first, part.last, sum)
return sum

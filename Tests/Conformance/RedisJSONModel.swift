import PeriluneCore
import PeriluneEmbedded

/// An engine that has RedisJSON, as far as documents use it: its commands are played in Lua, on strings.
struct RedisJSONModel: ScriptEngine {
    let inner: EmbeddedEngine

    func call(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply {
        let played = LuaScript(name: script.name, source: Self.commands + script.source)
        return try await inner.call(played, keys: keys, arguments: arguments)
    }

    func send(_ command: RedisCommand) async throws(EngineError) -> RedisReply {
        switch command.name {
        case "COMMAND": return .array([.array([.bulk("json.set")])])
        case "JSON.GET":
            guard case .string(let key)? = command.arguments.first else { return .null }
            let script = LuaScript(name: "get", source: "return redis.call('JSON.GET', KEYS[1], ARGV[1])")
            return try await call(script, keys: [RedisKey(key)], arguments: Array(command.arguments.dropFirst()))
        default: return try await inner.send(command)
        }
    }

    func pipeline(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        try await inner.pipeline(commands)
    }

    func transaction(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        try await inner.transaction(commands)
    }

    private static let commands = #"""
        local engine = redis
        local redis = setmetatable({}, {__index = engine})

        -- Values are tables with a type; numbers and strings keep their text.
        local function parse(text)
          local at = 1
          local value
          local function skip() at = string.find(text, '[^ \t\r\n]', at) or #text + 1 end
          local function string_value()
            local first = at
            repeat
              at = string.find(text, '["\\]', at + 1)
              local escaped = string.sub(text, at, at) == '\\'
              if escaped then at = at + 1 end
            until not escaped
            at = at + 1
            return string.sub(text, first, at - 1)
          end
          value = function()
            skip()
            local c = string.sub(text, at, at)
            if c == '"' then return {type = 'string', text = string_value()} end
            if c == '[' or c == '{' then
              local node = {type = c == '[' and 'array' or 'object', names = {}, children = {}}
              at = at + 1
              skip()
              while not string.find(text, '^[%]}]', at) do
                if c == '{' then
                  skip()
                  node.names[#node.names + 1] = cjson.decode('[' .. string_value() .. ']')[1]
                  skip()
                  at = at + 1
                end
                node.children[#node.children + 1] = value()
                skip()
                if string.sub(text, at, at) == ',' then at = at + 1 end
              end
              at = at + 1
              return node
            end
            local word = string.match(text, '^[%w.+-]+', at)
            at = at + #word
            local types = {['true'] = 'boolean', ['false'] = 'boolean', null = 'null'}
            return {type = types[word] or (string.find(word, '^-?%d+$') and 'integer' or 'number'), text = word}
          end
          return value()
        end

        local function write(node)
          if node.text then return node.text end
          local parts = {}
          for i, child in ipairs(node.children) do
            local name = node.type == 'object' and cjson.encode(node.names[i]) .. ':' or ''
            parts[i] = name .. write(child)
          end
          local text = table.concat(parts, ',')
          return node.type == 'object' and '{' .. text .. '}' or '[' .. text .. ']'
        end

        local function steps_of(path)
          assert(string.sub(path, 1, 1) == '$')
          local steps, at = {}, 2
          while at <= #path do
            local quote = string.match(path, '^%[(["\'])', at)
            if quote then
              local close = string.find(path, quote, at + 2, true)
              steps[#steps + 1] = string.sub(path, at + 2, close - 1)
              at = close + 2
            else
              local _, last, index = string.find(path, '^%[(-?%d+)%]', at)
              steps[#steps + 1] = tonumber(index)
              at = last + 1
            end
          end
          return steps
        end

        -- The parent of what is at a path and its position there, which is nil when it is not there.
        local function look(root, steps)
          local parent, position = {type = 'document', children = {root}}, 1
          for _, step in ipairs(steps) do
            parent, position = parent.children[position], nil
            if type(step) == 'number' and parent.type == 'array' then
              local i = step < 0 and #parent.children + step + 1 or step + 1
              if parent.children[i] then position = i end
            elseif type(step) == 'string' and parent.type == 'object' then
              for i, name in ipairs(parent.names) do if name == step then position = i end end
            end
            if not position then return parent, nil, step end
          end
          return parent, position
        end

        local played = {}
        local function load(key)
          local text = engine.call('GET', key)
          return text and parse(text)
        end
        local function find(key, path)
          local root = load(key)
          if not root then return nil end
          local parent, position, step = look(root, steps_of(path))
          return root, parent, position, step
        end
        local function store(key, root) engine.call('SET', key, write(root), 'KEEPTTL') end

        played['JSON.TYPE'] = function(key, path)
          local root, parent, position = find(key, path)
          if not root then return false end
          return position and {parent.children[position].type} or {}
        end
        played['JSON.GET'] = function(key, path)
          local root, parent, position = find(key, path)
          if not root then return false end
          return position and '[' .. write(parent.children[position]) .. ']' or '[]'
        end
        played['JSON.SET'] = function(key, path, text, condition)
          local root, parent, position, step = find(key, path)
          if condition == 'NX' and root or condition == 'XX' and not root then return false end
          if path == '$' then -- as if it were a new value: the expiry is lost
            engine.call('SET', key, write(parse(text)))
          elseif position then
            parent.children[position] = parse(text)
            store(key, root)
          else
            assert(parent.type == 'object' and type(step) == 'string')
            parent.names[#parent.names + 1] = step
            parent.children[#parent.children + 1] = parse(text)
            store(key, root)
          end
          return {ok = 'OK'}
        end
        played['JSON.DEL'] = function(key, path)
          local root, parent, position = find(key, path)
          if not position then return 0 end
          if path == '$' then return engine.call('DEL', key) end
          table.remove(parent.children, position)
          if parent.type == 'object' then table.remove(parent.names, position) end
          store(key, root)
          return 1
        end
        played['JSON.NUMINCRBY'] = function(key, path, amount)
          local root, parent, position = find(key, path)
          local node = parent.children[position]
          local sum = node.text + amount
          local is_integer = node.type == 'integer' and string.find(amount, '^-?%d+$')
          local text = string.format(is_integer and '%.0f' or '%.17g', sum)
          if not is_integer and not string.find(text, '[.e]') then text = text .. '.0' end
          parent.children[position] = parse(text)
          store(key, root)
          return '[' .. text .. ']'
        end
        played['JSON.ARRAPPEND'] = function(key, path, ...)
          local root, parent, position = find(key, path)
          local children = parent.children[position].children
          for _, text in ipairs({...}) do children[#children + 1] = parse(text) end
          store(key, root)
          return {#children}
        end

        redis.call = function(name, ...)
          if played[name] then return played[name](...) end
          return engine.call(name, ...)
        end

        """#
}

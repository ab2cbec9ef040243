import PeriluneLua
import Testing

@Suite("Rewriting to 5.4")
struct DialectRewriterTests {
    /// The rewritten script without what is put around it.
    private func body(_ source: [UInt8], options: LuaDialect.Options = .init()) throws -> String {
        let text = String(decoding: try LuaDialect.rewrite(source, options: options).text, as: UTF8.self)
        let opening = try #require(text.firstRange(of: "return function(...) "))
        #expect(text.hasSuffix("\nend"))
        return String(text[opening.upperBound...].dropLast(4))
    }

    private static let rules: [(String, String)] = [
        // Numbers
        ("return 1, 10, 08", "return 1.0, 10.0, 08.0"),
        ("return 0.1, 5., .5, 1e3, 1e400", "return 0.1, 5., .5, 1e3, 1e400"),
        ("return 0x10, 0xFFFFFFFFFFFFFFFF, 0x1p4", "return 16.0, 1.8446744073709552e+19, 16.0"),
        ("return 9007199254740993", "return 9007199254740993.0"),
        ("return -1, - 0", "return -1.0, - 0.0"),
        ("return KEYS[1], t[-1], t[1.5], t[i+1]", "return KEYS[1], t[-1.0], t[1.5], t[i+1.0]"),
        ("return {[1]=2, [0x1]=3, 4}", "return {[1]=2.0, [1.0]=3.0, 4.0}"),
        // Concatenation
        ("return a .. b", "return __cat(a , b)"),
        ("return a..b..c", "return __cat(a,b,c)"),
        ("return a + 1 .. b * 2 .. -c", "return __cat(a + 1.0 , b * 2.0 , -c)"),
        ("return a .. f()", "return __cat(a , (f()))"),
        ("return f() .. a .. ...", "return __cat(f() , a , (...))"),
        ("return a .. (f())", "return __cat(a , (f()))"),
        ("return (a .. b):rep(2)", "return (__cat(a , b)):rep(2.0)"),
        ("return a .. b == c .. d and e", "return __cat(a , b) == __cat(c , d) and e"),
        ("return a .. -- one\n b", "return __cat(a , -- one\n b)"),
        ("return 1 .. 2, 0x1..2", "return __cat(1.0 , 2.0), __cat(1.0,2.0)"),
        (
            "x = a .. function() return b .. c end .. d",
            "x = __cat(a , function() __tick(); return __cat(b , c) end , d)"
        ),
        // Remainders
        ("return a % b", "return __mod(a , b)"),
        ("return a % b % c", "return __mod(__mod(a , b) , c)"),
        ("return a * b % f() + 1", "return __mod(a * b , (f())) + 1.0"),
        ("return a + b % c .. d", "return __cat(a + __mod(b , c) , d)"),
        ("return a % b .. c % d .. e", "return __cat(__mod(a , b) , __mod(c , d) , e)"),
        // Lengths
        ("return #t", "return (#t+0.0)"),
        ("return #t[1].x % #f()", "return __mod((#t[1].x+0.0) , (#f()+0.0))"),
        ("return #t ^ 2, -#t", "return (#t ^ 2.0+0.0), -(#t+0.0)"),
        // Metamethods that 5.4 asks more often
        ("return #t, #f(), {__len = f}", "return __len1(t), __len1((f())), {__len = f}"),
        ("return a == b ~= c, {__eq = f}", "return __ne(__eq1(a , b) , c), {__eq = f}"),
        ("return a and f() == #b, '__eq'", "return a and __eq(f() , (#b+0.0)), '__eq'"),
        // Strings
        (#"return "\q\x41\z\u{48}\065\n\\x""#, #"return "qx41zu{48}\065\n\\x""#),
        ("return [[\\q]], 'a\\\nb'", "return [[\\q]], 'a\\\nb'"),
        (#"f"\x" f{"\y"}"#, #"f"x" f{"y"}"#),
        // Loops and ticks
        ("while x do f() end", "while x do __tick(); f() end"),
        ("while x do (f or g)() end", "while x do __tick(); (f or g)() end"),
        ("repeat local a = 1 until a", "repeat __tick(); local a = 1.0 until a"),
        ("for k, v in pairs(t) do end", "for k, v in __iter(pairs(t)) do __tick(); end"),
        ("for i = 1, 3 do end", "for i = 1.0, 3.0 do __tick(); end"),
        ("for i = 3, 1, -1 do end", "for i = 3.0, 1.0, -1.0 do __tick(); end"),
        ("for i = 1, 2, s do end", "for i = 1.0, 2.0, __step(s) do __tick(); end"),
        ("for i = 1, 2, f() do end", "for i = 1.0, 2.0, __step((f())) do __tick(); end"),
        ("for i = 1, 2, 0 do end", "for i = 1.0, 2.0, __step(0.0) do __tick(); end"),
        ("local function f(a) return a end", "local function f(a) __tick(); return a end"),
        // The old arg
        ("function f(...) return arg.n end", "function f(...) __tick(); local arg=__arg(...); return arg.n end"),
        ("function f(...) return arg, ... end", "function f(...) __tick(); local arg; return arg, ... end"),
        ("function f(...) return 1 end", "function f(...) __tick(); return 1.0 end"),
        ("return arg", "return arg"),
        // Names that mean something else in 5.4
        ("local goto = 1 return goto", "local __goto = 1.0 return __goto"),
        ("goto = goto", "_ENV[\"goto\"] = _ENV[\"goto\"]"),
        ("return t.goto, t . goto", "return t[\"goto\"], t [ \"goto\"]"),
        ("return {goto = 1}", "return {[\"goto\"] = 1.0}"),
        ("t:goto(1, 2)", "__call(t,\"goto\",1.0, 2.0)"),
        ("t:goto()", "__call(t,\"goto\")"),
        ("return t:goto 'x':goto{}.y", "return __call(__call(t,\"goto\" ,'x'),\"goto\",{}).y"),
        ("function t.goto(x) end", " t[\"goto\"]=function(x) __tick(); end"),
        ("function t:goto() end", " t[\"goto\"]=function(self) __tick(); end"),
        ("function t.goto:m(x, ...) end", " t[\"goto\"].m=function(self,x, ...) __tick(); end"),
        ("function goto() end", " _ENV[\"goto\"]=function() __tick(); end"),
        ("local function goto() end", "local function __goto() __tick(); end"),
        ("return _ENV", "return _ENV[\"_ENV\"]"),
        ("local _ENV = 1 return _ENV, t._ENV", "local ___ENV = 1.0 return ___ENV, t._ENV"),
        // Nothing to do
        ("return redis.call('GET', KEYS[1])", "return redis.call('GET', KEYS[1])"),
        ("", ""),
    ]

    @Test("each rule", arguments: rules)
    func rule(source: String, expected: String) throws {
        #expect(try body(script(source)) == expected)
    }

    @Test("NUL bytes that 5.1 takes are gone")
    func nulBytes() throws {
        #expect(try body(script("return 1\0")) == "return 1.0")
        #expect(try body(script("return 1\0x, a .\0 b")) == "return 1.0, __cat(a , b)")
        #expect(try body(script("return .\0\0")) == "return ...")
    }

    @Test("the text has one shape and lists its helpers in the order it takes them")
    func shape() throws {
        let plain = try LuaDialect.rewrite(script("return 1"))
        #expect(String(decoding: plain.text, as: UTF8.self) == "return function(...) return 1.0\nend")
        #expect(plain.helpers.isEmpty)

        let all = try LuaDialect.rewrite(script("for i = 1, 2, x do y = i % 2 .. z end -- end"))
        #expect(all.helpers == [.concat, .modulo, .tick, .step])
        #expect(all.helperNames == ["__cat", "__mod", "__tick", "__step"])
        #expect(
            String(decoding: all.text, as: UTF8.self) == """
                local __cat,__mod,__tick,__step=...;return function(...) \
                for i = 1.0, 2.0, __step(x) do __tick(); y = __cat(__mod(i , 2.0) , z) end -- end
                end
                """)
    }

    @Test("names of helpers stay clear of the script's")
    func freshNames() throws {
        let rewritten = try LuaDialect.rewrite(script("local __cat, __cat1, __goto, goto = 1 return goto .. __cat"))
        #expect(rewritten.helperNames == ["__cat2"])
        #expect(
            try body(script("local __cat, __goto, goto return goto .. __cat"))
                == "local __cat, __goto, __goto1 return __cat1(__goto1 , __cat)")
    }

    @Test("every token stays on its line")
    func lines() throws {
        for sample in sampleScripts {
            let original = sample.split(separator: "\n", omittingEmptySubsequences: false)
            let rewritten = try body(script(sample)).split(separator: "\n", omittingEmptySubsequences: false)
            #expect(original.count == rewritten.count)
            for (old, new) in zip(original, rewritten) {
                let words = old.split { !($0.isLetter || $0.isNumber) }.filter { $0.count > 4 }
                for word in words { #expect(new.contains(word)) }
            }
        }
    }

    @Test("switches")
    func switches() throws {
        var options = LuaDialect.Options()
        options.floatsLengths = false
        options.rewritesModulo = false
        options.ticks = false
        #expect(
            try body(script("while #t % 2 do f() end return a % b .. c"), options: options)
                == "while #t % 2.0 do f() end return __cat(a % b , c)")
    }

    @Test("what is not 5.1 is refused")
    func refused() {
        #expect(throws: LuaSyntaxError.self) { try LuaDialect.rewrite(script("return 1 // 2")) }
    }
}

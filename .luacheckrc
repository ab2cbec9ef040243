-- The globals that Redis gives a script; everything else a script must declare.
std = "lua51"
read_globals = { "redis", "KEYS", "ARGV", "cjson", "cmsgpack", "struct", "bit" }
not_globals = { "os", "io", "package", "debug", "require", "print", "dofile", "loadfile", "getfenv", "setfenv", "newproxy" }
max_line_length = 120

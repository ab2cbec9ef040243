import PeriluneBindings

/// Scripts by the paths of their files.
func scripts(_ sources: [String: String]) throws -> [AnnotatedScript] {
    do {
        return try AnnotatedScript.scripts(in: sources.map { ScriptFile(path: $0.key, bytes: Array($0.value.utf8)) })
    } catch {
        // One error by itself, as the generator throws it.
        if error.errors.count == 1 { throw error.errors[0] }
        throw error
    }
}

/// A script with every annotation there is.
let everything = """
    --- Reserve parts of an item.
    ---
    --- Either all of them or none.
    ---@script stock.reserve
    ---@key    item     hash                  # what there is
    ---@keys   parts    any
    ---@arg    count    integer >0 <=100      # how many | or none
    ---@arg    wait     milliseconds >=0
    ---@arg    note     string <=64           # for <people>, `<b>` too
    ---@arg    token    bytes >=16
    ---@args   orders   name:string amount:integer>0  # one for each part
    ---@return integer[]?                     # what is left; <0: none; null: no such item
    ---@flags  no-writes, allow-stale
    ---@repeatable
    ---@redis  >=6.2
    ---@budget calls=1 instructions=5000
    return {1}

    """

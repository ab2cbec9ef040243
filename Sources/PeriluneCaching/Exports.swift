// Whoever imports the macro sees all that its expansion uses.
@_exported public import Perilune

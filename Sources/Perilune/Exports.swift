// Whoever imports the services sees keys, replies, errors and the engine protocol as well.
@_exported public import PeriluneCore

/// The version of the package, as health answers and the command line show it.
public let periluneVersion = "0.1.0"

extension Int {
    /// How many bytes the number has in decimal, its sign included.
    package var decimalLength: Int {
        var length = self < 0 ? 2 : 1
        var rest = magnitude
        while rest >= 10 {
            rest /= 10
            length += 1
        }
        return length
    }
}

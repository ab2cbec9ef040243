extension Optional: CacheKeyPart where Wrapped: CacheKeyPart {
    /// Appends the value, or nothing.
    public func encode(into key: inout CacheKeyEncoder) {
        if let self { key.append(self) }
    }
}

extension Array: CacheKeyPart where Element: CacheKeyPart {
    /// Appends the elements.
    public func encode(into key: inout CacheKeyEncoder) {
        for element in self { key.append(element) }
    }
}

extension ArraySlice: CacheKeyPart where Element: CacheKeyPart {
    /// Appends the elements.
    public func encode(into key: inout CacheKeyEncoder) {
        for element in self { key.append(element) }
    }
}

extension Set: CacheKeyPart where Element: CacheKeyPart {
    /// Appends the elements in an order that only depends on what they are.
    public func encode(into key: inout CacheKeyEncoder) {
        key.append(unordered: self)
    }
}

extension Dictionary: CacheKeyPart where Key: CacheKeyPart, Value: CacheKeyPart {
    /// Appends keys and values in an order that only depends on what they are.
    public func encode(into key: inout CacheKeyEncoder) {
        key.append(unordered: map { Pair(key: $0.key, value: $0.value) })
    }

    private struct Pair: CacheKeyPart {
        var key: Key
        var value: Value

        func encode(into encoder: inout CacheKeyEncoder) {
            encoder.append(key)
            encoder.append(value)
        }
    }
}

extension Range: CacheKeyPart where Bound: CacheKeyPart {
    /// Appends the bounds.
    public func encode(into key: inout CacheKeyEncoder) {
        key.append(lowerBound)
        key.append(upperBound)
    }
}

extension ClosedRange: CacheKeyPart where Bound: CacheKeyPart {
    /// Appends the bounds.
    public func encode(into key: inout CacheKeyEncoder) {
        key.append(lowerBound)
        key.append(upperBound)
    }
}

import StrictJSON

/// A JSON value in which values are set by path. The cost of each is that of its path, and does not depend on the size
/// of the whole value.
final class ValueTree {
    enum Content {
        /// A value that has not been taken apart.
        ///
        /// - Parameter isSample: whether the value comes from a sample, whose ids and times are changed for each event.
        case value(JSON, isSample: Bool)
        case array([ValueTree])
        case object([(name: String, value: ValueTree)])
    }

    private enum Kind {
        case value(JSON, isSample: Bool)
        case array, object
    }

    private var kind: Kind
    private var children: [ValueTree] = []
    /// The names of an object's children.
    private var names: [String] = []
    /// The index of each name by its bytes, since different names can be equal as texts of Swift.
    private var positions: [[UInt8]: Int] = [:]

    init(_ value: JSON, isSample: Bool) { kind = .value(value, isSample: isSample) }

    var content: Content {
        switch kind {
        case .value(let value, let isSample): .value(value, isSample: isSample)
        case .array: .array(children)
        case .object: .object(zip(names, children).map { ($0, $1) })
        }
    }

    /// The member of that name, if this is an object that has one.
    subscript(name: String) -> ValueTree? {
        split()
        return positions[Array(name.utf8)].map { children[$0] }
    }

    /// Sets the value at a path. Members that are missing or null on the way become objects.
    ///
    /// - Throws: a ``Problem`` of the path.
    func set(_ value: JSON, at path: ValuePath) throws(Problem) {
        guard path.names.count + value.depth < JSON.maxBodyDepth else {
            throw .invalid(
                "nests too deep in the event's payload, which nests at most \(JSON.maxBodyDepth) levels",
                expected: "a shorter path or a flatter value")
        }
        var place = self
        for index in path.names.indices { place = try place.child(index, of: path) }
        place.kind = .value(value, isSample: false)
        (place.children, place.names, place.positions) = ([], [], [:])
    }

    /// Returns the child with the path's name at `index`, which is added if it is missing.
    private func child(_ index: Int, of path: ValuePath) throws(Problem) -> ValueTree {
        split()
        let name = path.names[index]
        switch kind {
        case .array:
            // The position must have its canonical form; "+1" and "01" are not positions.
            if let position = Int(name), String(position) == name, children.indices.contains(position) {
                return children[position]
            }
            throw .invalid(
                "goes outside the array \(path.prefix(index))",
                expected: children.isEmpty
                    ? "no path into it, since it is empty" : "a position from 0 to \(children.count - 1)")
        case .object: return member(name)
        case .value(.null, _):
            kind = .object
            return member(name)
        case .value(let value, _):
            throw .invalid(
                "goes through \(path.prefix(index)), which is \(value.kind)",
                expected: "a path through objects and arrays")
        }
    }

    private func member(_ name: String) -> ValueTree {
        if let position = positions[Array(name.utf8)] { return children[position] }
        let child = ValueTree(.null, isSample: false)
        add(name, child)
        return child
    }

    private func add(_ name: String, _ child: ValueTree) {
        positions[Array(name.utf8)] = children.count
        names.append(name)
        children.append(child)
    }

    /// Splits an array or object into children, once one of them is needed.
    private func split() {
        switch kind {
        case .value(.array(let elements), let isSample):
            kind = .array
            children = elements.map { ValueTree($0, isSample: isSample) }
        case .value(.object(let object), let isSample):
            kind = .object
            for member in object.members { add(member.name, ValueTree(member.value, isSample: isSample)) }
        case .value, .array, .object: break
        }
    }
}

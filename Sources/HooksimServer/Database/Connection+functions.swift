import CSQLite

/// Functions of this program that the connection's own triggers call, whatever statement sets them off.
extension Connection {
    typealias Function = @convention(c) (OpaquePointer?, Int32, UnsafeMutablePointer<OpaquePointer?>?) -> Void

    /// Lets SQL call `function` by its name; it finds the connection with ``calling(_:)``.
    func define(_ name: String, arguments: Int32, _ function: Function) {
        let this = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_create_function_v2(handle, name, arguments, SQLITE_UTF8, this, function, nil, nil, nil)
    }

    /// The connection whose statement called a function.
    static func calling(_ context: OpaquePointer?) -> Connection? {
        sqlite3_user_data(context).map { Unmanaged<Connection>.fromOpaque($0).takeUnretainedValue() }
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The type of a stream socket, which is an enumeration in Glibc and a number elsewhere.
enum StreamSocket {
    #if canImport(Glibc)
        static let type = Int32(SOCK_STREAM.rawValue)
    #else
        static let type = SOCK_STREAM
    #endif
}

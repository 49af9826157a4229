#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Returns memory that has been freed to the operating system, with a C library that does so only on request.
func returnFreeMemory() {
    // The function is looked up, since the module of the C library does not declare it.
    guard let address = dlsym(nil, "malloc_trim") else { return }
    typealias Trim = @convention(c) (Int) -> Int32
    _ = unsafeBitCast(address, to: Trim.self)(0)
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Runs one parser with the inputs that libFuzzer generates: `FuzzParsers NAME [arguments of libFuzzer]`. See
/// scripts/fuzz-parsers.
@main enum FuzzParsers {
    static let harnesses: [String: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt] = [
        "cursor": { run(fuzzCursor, $0, $1) },
        "timestamp": { run(fuzzTimestamp, $0, $1) },
        "token": { run(fuzzToken, $0, $1) },
        "json": { run(fuzzJSON, $0, $1) },
        "scenario": { run(fuzzScenario, $0, $1) },
        "trigger": { run(fuzzTrigger, $0, $1) },
    ]

    static func main() {
        let name = CommandLine.arguments.dropFirst().first ?? ""
        guard let harness = harnesses[name] else {
            print(harnesses.keys.sorted().joined(separator: "\n"))
            exit(name.isEmpty ? 0 : 2)
        }
        // libFuzzer gets the arguments without the name of the parser.
        var count = CommandLine.argc - 1
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
        arguments?[0] = CommandLine.unsafeArgv[0]
        exit(runFuzzer(&count, &arguments, harness))
    }

    private static func run(_ harness: ([UInt8]) throws -> Void, _ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        do {
            try harness(Array(UnsafeBufferPointer(start: start, count: count)))
        } catch {
            fatalError("\(error)")
        }
        return 0
    }
}

/// The main loop of libFuzzer, which is part of the compiler's runtime and has no header for Swift.
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// Ends the process if a property does not hold for an input; libFuzzer then keeps that input.
func check(_ holds: Bool, _ property: @autoclosure () -> String) {
    if !holds { fatalError(property()) }
}

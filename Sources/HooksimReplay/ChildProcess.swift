import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// How child processes are started and ended.
enum ChildProcess {
    /// What asks a process to end. A process that has not ended after this time is killed.
    static let gracefulEnd = [TeardownStep.gracefulShutDown(allowedDurationToNextStep: .seconds(20))]
    /// What kills a process.
    static let kill: [TeardownStep] = []

    /// Returns what to run. The process has a group of its own, so that ^C in a terminal reaches hooksim alone, which
    /// then ends its children.
    static func configuration(_ executable: String, _ arguments: [String], _ environment: Environment) -> Configuration
    {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = gracefulEnd
        return Configuration(
            executable: .path(FilePath(executable)), arguments: Arguments(arguments), environment: environment,
            platformOptions: options)
    }
}

extension TerminationStatus {
    /// The exit status, or the number of the signal that ended the process.
    var number: Int32 {
        switch self {
        case .exited(let code), .signaled(let code): code
        }
    }
}

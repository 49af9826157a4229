/// The version of the program, of its `User-Agent` and of the OpenAPI document.
public enum HooksimVersion {
    /// The current version.
    public static let current = "0.1.0"
}

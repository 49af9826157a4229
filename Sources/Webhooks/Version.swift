/// The version that the program, its `User-Agent` and the OpenAPI document speak of.
public enum HooksimVersion {
    public static let current = "0.1.0"
}

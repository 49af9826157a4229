import NIOCore
import NIOHTTP1
import StrictJSON
import Webhooks

/// A request to one of the two APIs.
struct APIRequest: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    var method: HTTPMethod
    /// The path without a query, each of its segments percent-encoded.
    var path: String
    /// The parameters of the query; one whose value is `nil` is left out.
    var query: [(name: String, value: String?)] = []
    var body: JSON?
    /// The limit of the real time until the end of the response; `nil` is without limit.
    var timeout: Duration? = .seconds(60)

    init(_ method: Method, _ path: String, body: JSON? = nil) {
        self.init(HTTPMethod(rawValue: method.rawValue), path, body: body)
    }

    /// Creates a request.
    ///
    /// - Parameter method: Any method, also one that the APIs do not have.
    init(_ method: HTTPMethod, _ path: String, body: JSON?) {
        self.method = method
        self.path = path
        self.body = body
    }

    /// The method and the path, for messages: the query and the body may contain a secret.
    var name: String { "\(method.rawValue) \(path)" }

    var target: String {
        let fields = query.compactMap { name, value in value.map { "\(name)=\(FormFields.encode($0))" } }
        return fields.isEmpty ? path : "\(path)?\(fields.joined(separator: "&"))"
    }
}

/// Sends requests, and throws a ``HooksimError`` for each way in which they fail.
struct RequestSender: Sendable {
    let transport: any ClientTransport
    let url: String

    /// Sends a request, and returns the status and the JSON of its response, whatever the status is.
    func perform(_ request: APIRequest, token: String?) async throws -> (status: Int, json: JSON) {
        let (response, json) = try await receive(request, token: token)
        return (response.status, json)
    }

    private func receive(_ request: APIRequest, token: String?) async throws -> (ClientResponse, JSON) {
        let response: ClientResponse
        do {
            response = try await transport.send(message(request, token: token))
        } catch {
            throw notReachable(error)
        }
        guard let json = try? JSON(parsing: response.body) else {
            throw HooksimError.otherService(url: url, request: request.name, status: response.status)
        }
        return (response, json)
    }

    /// Sends a request, and returns the JSON of its response.
    ///
    /// - Throws: ``HooksimError`` if the status of the response is not 2xx.
    func send(_ request: APIRequest, token: String?) async throws -> JSON {
        let (response, json) = try await receive(request, token: token)
        guard (200...299).contains(response.status) else {
            throw refusal(of: request, status: response.status, headers: response.headers, json)
        }
        return json
    }

    /// Sends a request whose response is not JSON, and returns the response once its body begins.
    ///
    /// - Throws: ``HooksimError`` if the status of the response is not 2xx.
    func open(_ request: APIRequest, token: String?) async throws -> OpenResponse {
        let response: OpenResponse
        var refusal: [UInt8] = []
        do {
            response = try await transport.open(message(request, token: token))
            guard !(200...299).contains(response.status) else { return response }
            for try await part in response.body where refusal.count < 1 << 20 {
                refusal.append(contentsOf: part.readableBytesView)
            }
        } catch {
            throw notReachable(error)
        }
        guard let json = try? JSON(parsing: refusal) else {
            throw HooksimError.otherService(url: url, request: request.name, status: response.status)
        }
        throw self.refusal(of: request, status: response.status, headers: response.headers, json)
    }

    private func message(_ request: APIRequest, token: String?) -> ClientRequest {
        var message = ClientRequest(
            method: request.method, path: request.target, timeout: request.timeout)
        if let token { message.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body = request.body {
            message.headers.add(name: "Content-Type", value: "application/json")
            message.body = ByteBuffer(bytes: body.encoded)
        }
        return message
    }

    /// Returns the error to throw for an error of the transport; a cancellation remains one.
    func notReachable(_ error: any Error) -> any Error {
        if error is HooksimError || error is CancellationError { return error }
        return Task.isCancelled
            ? CancellationError() : HooksimError.notReachable(url: url, reason: ConnectionProblem(error))
    }

    /// Returns the error of a response that is not 2xx. Each one of a simulator has a message.
    func refusal(
        of request: APIRequest, status: Int, headers: HTTPHeaders = [:], _ json: JSON
    ) -> HooksimError {
        guard let message = json["message"]?.string else {
            return .otherService(url: url, request: request.name, status: status)
        }
        let members = json["validation_errors"]?.object?.members ?? []
        let errors = members.compactMap { member in member.value.string.map { (member.name, $0) } }
        return .refused(
            HooksimError.Refusal(
                request: request.name, status: status, code: json["code"]?.string ?? "", message: message,
                validationErrors: Dictionary(errors) { first, _ in first },
                retryAfter: headers.first(name: "Retry-After").flatMap { Int($0) }.map { .seconds($0) }))
    }
}

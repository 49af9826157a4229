import NIOHTTP1

/// Decides what follows each request on an HTTP/1.x connection: the next request, or its end (RFC 9112, 9.3 and 9.6).
///
/// It is a value without I/O. ``HTTP1Codec`` reports to it what was received and what is written, and acts on what it returns.
struct ConnectionPersistence {
    /// The number of requests whose head was received.
    private var received = 0
    /// The number of responses that were written to their end.
    private var responded = 0
    /// The number of the request whose response is the connection's last, once that is known.
    private var last: Int?
    /// Whether the latest request has not been received to its end.
    private var isReceiving = false
    /// Whether the latest request's client waits for `100 Continue` before it sends any content.
    private var awaitsContinue = false
    /// Whether the parser stops at the latest request's end, because the request offers another protocol.
    private var stopsParser = false
    /// Whether the latest request is of HTTP/1.0.
    private var isHTTP10 = false

    /// Whether nothing that is still received belongs to a request that gets a response.
    var isInputOver: Bool { last != nil && !isReceiving }

    /// Whether the last response was written to its end.
    var isOutputOver: Bool { responded == last }
}

// MARK: - What is received

extension ConnectionPersistence {
    /// Registers the head of a request, and removes the fields from it that concern the connection alone.
    ///
    /// Returns whether the request is to be passed on; what follows the last one is not.
    mutating func receive(_ head: inout HTTPRequestHead) -> Bool {
        guard last == nil else { return false }
        received += 1
        isReceiving = true
        isHTTP10 = head.version.major == 1 && head.version.minor == 0
        let fields = ConnectionFields(head)
        if fields.expects {
            if isHTTP10 {
                // An expectation in such a request is to be ignored (RFC 9110, 10.1.1).
                head.headers.remove(name: "Expect")
            } else {
                awaitsContinue = true
            }
        }
        switch fields.upgrade {
        case .none: break
        case .stopsParser: stopsParser = true
        case .unclear: last = received
        }
        if !head.isKeepAlive {
            last = received
            // The server framework would no longer read the request's content.
            head.headers.remove(name: "Connection")
        }
        return true
    }

    /// Registers a part of the latest request's content, and returns whether the part is to be passed on.
    mutating func receiveContent() -> Bool {
        awaitsContinue = false
        return isReceiving
    }

    /// Registers the end of the latest request, and returns whether the end is to be passed on.
    mutating func receiveEnd() -> Bool {
        awaitsContinue = false
        defer { isReceiving = false }
        return isReceiving
    }

    /// Returns whether the parser has stopped, so that what follows needs another one; once for each time.
    mutating func takeStoppedParser() -> Bool {
        guard stopsParser, !isReceiving else { return false }
        stopsParser = false
        return true
    }
}

// MARK: - What is written

extension ConnectionPersistence {
    /// Returns whether `100 Continue` is to be written, now that the content of the request in progress is wanted.
    mutating func wantContent() -> Bool {
        guard awaitsContinue, responded + 1 == received else { return false }
        awaitsContinue = false
        return true
    }

    /// Registers the head of a response, and sets its `Connection` field if the connection is closed after it.
    ///
    /// Returns whether the response is to be written; nothing is written after the last one.
    mutating func write(_ head: inout HTTPResponseHead) -> Bool {
        let number = responded + 1
        guard number <= last ?? .max else { return false }
        guard head.status.code >= 200 || head.status == .switchingProtocols else { return true }
        let isToLatest = number >= received
        let (closes, hasLength) = Self.framing(of: head.headers)
        if isToLatest, isHTTP10 { frameForHTTP10(&head, hasLength: hasLength) }
        // A client that got no `100 Continue` may omit the content or send it, so that content and the next request can't be
        // distinguished.
        if last == nil, closes || isToLatest && awaitsContinue {
            // Requests that have been passed on since get their responses before the connection is closed.
            last = max(received, number)
        }
        if isToLatest { awaitsContinue = false }
        if number == last {
            head.headers.replaceOrAdd(name: "Connection", value: "close")
        } else if closes {
            head.headers.remove(name: "Connection")
        }
        return true
    }

    /// Registers the end of a response, and returns whether it was the last one of the connection.
    mutating func writeEnd() -> Bool {
        responded += 1
        return responded == last
    }

    /// Frames a response for an HTTP/1.0 client, which has no chunked coding and keeps a connection only if the response says so
    /// (RFC 9112, 6.1 and 9.3).
    private mutating func frameForHTTP10(_ head: inout HTTPResponseHead, hasLength: Bool) {
        if last == nil, hasLength || !head.status.mayHaveResponseBody {
            head.headers.replaceOrAdd(name: "Connection", value: "keep-alive")
        } else if !hasLength {
            head.version = .http1_0
            last = last ?? max(received, responded + 1)
        }
    }

    private static func framing(of headers: HTTPHeaders) -> (closes: Bool, hasLength: Bool) {
        var result = (closes: false, hasLength: false)
        for (name, value) in headers {
            if name.isNamed("connection") {
                result.closes = result.closes || value.listMembers.contains { $0.isNamed("close") }
            } else if name.isNamed("content-length") {
                result.hasLength = true
            }
        }
        return result
    }
}

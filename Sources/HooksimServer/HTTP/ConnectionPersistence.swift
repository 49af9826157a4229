import NIOHTTP1

/// Decides what follows each request on an HTTP/1.x connection: the next request, or its end (RFC 9112, 9.3 and 9.6).
///
/// It is a value without I/O. ``HTTP1Codec`` tells it what was received and what is written, and does what it returns.
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
    /// Takes note of a request's head, and removes from it what concerns the connection alone.
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

    /// Takes note of a part of the latest request's content; returns whether it is to be passed on.
    mutating func receiveContent() -> Bool {
        awaitsContinue = false
        return isReceiving
    }

    /// Takes note of the latest request's end; returns whether it is to be passed on.
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

    /// Takes note of a response's head, and says in it whether the connection is closed.
    ///
    /// Returns whether the response is to be written; nothing is written after the last one.
    mutating func write(_ head: inout HTTPResponseHead) -> Bool {
        let number = responded + 1
        guard number <= last ?? .max else { return false }
        guard head.status.code >= 200 || head.status == .switchingProtocols else { return true }
        let isToLatest = number >= received
        let (closes, hasLength) = Self.framing(of: head.headers)
        if isToLatest, isHTTP10 { frameForHTTP10(&head, hasLength: hasLength) }
        // A client that was not told to continue may leave the content out or send it: what follows can't be told from it.
        if last == nil, closes || isToLatest && awaitsContinue {
            // Requests that were received meanwhile are already on their way, so they get their responses first.
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

    /// Takes note of a response's end; returns whether it was the last one.
    mutating func writeEnd() -> Bool {
        responded += 1
        return responded == last
    }

    /// HTTP/1.0 knows no chunks, and keeps a connection only where the response says so (RFC 9112, 6.1 and 9.3).
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
            // The length alone tells most names apart.
            switch name.utf8.count {
            case 10 where name.isNamed("connection"):
                result.closes = result.closes || value.listMembers.contains { $0.isNamed("close") }
            case 14 where name.isNamed("content-length"): result.hasLength = true
            default: break
            }
        }
        return result
    }
}

"""The guards, how each is taken away, and the tests that must then fail."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Guard:
    name: str
    # Suites, as `swift test --filter` takes them.
    tests: str
    # Below Sources.
    file: str
    # What is there once, and what takes its place.
    changes: tuple[tuple[str, str], ...]


def guard(name: str, tests: str, file: str, *changes: tuple[str, str]) -> Guard:
    return Guard(name, tests, file, changes)


SERVER = "HooksimServer/"
CONTROL, HTTP, DELIVERIES = SERVER + "Control/", SERVER + "HTTP/", SERVER + "Deliveries/"
STORE, INSPECTOR = SERVER + "Store/", SERVER + "Inspector/"

GUARDS = [
    # The control API and browsers
    guard("host", "ControlGuardTests", CONTROL + "ControlGuard.swift",
          ("guard isTrusted(host: authority) else", "guard isTrusted(host: authority) || true else")),
    guard("origin", "ControlGuardTests", CONTROL + "ControlGuard.swift",
          ("if let origin = request.headers[.origin], origin !=", "if let origin = request.headers[.origin], false, origin !=")),
    guard("json-only", "ControlGuardTests", CONTROL + "ControlGuard.swift",
          ('guard type == "application/json" || isForm else', 'guard type == "application/json" || isForm || true else')),
    guard("exact-paths", "ControlGuardTests", HTTP + "ExactPathMiddleware.swift",
          ("guard !Self.hasEmptySegment(path) ||", "guard true || !Self.hasEmptySegment(path) ||")),
    guard("admin-token", "ControlGuardTests", CONTROL + "AdminToken.swift", ("return isRight", "return true")),
    guard("token-off-loopback", "ControlGuardTests", SERVER + "Simulator.swift",
          ("guard options.isProtected else", "guard options.isProtected || true else")),
    guard("constant-time", "ControlGuardTests", CONTROL + "AdminToken.swift",
          ("private let digest: SHA256Digest?", "private let digest: String?"),
          ("digest = token.map { SHA256.hash(data: Array($0.utf8)) }", "digest = token"),
          ("SHA256.hash(data: Array(token.utf8)) == digest", "token == digest")),
    guard("guesses", "ControlGuardTests", CONTROL + "AdminToken.swift",
          ("if let wait = logins.wait(for: address) {", "if let wait = logins.wait(for: address), wait < 0 {")),
    guard("form-token", "InspectorTests", INSPECTOR + "InspectorActions.swift",
          ('guard form.first("token") == frame.formToken else', 'guard form.first("token") == frame.formToken || true else')),
    guard("escaping", "InspectorTests", INSPECTOR + "InspectorTemplates.swift", ('escaped += "&lt;"', 'escaped += "<"')),
    guard("content-security-policy", "InspectorTests", INSPECTOR + "InspectorFrame.swift",
          ("script-src 'self';", "script-src 'self' 'unsafe-inline';")),
    guard("frame-ancestors", "InspectorTests", INSPECTOR + "InspectorFrame.swift", ("; frame-ancestors 'none'", "")),
    guard("nosniff", "InspectorTests", INSPECTOR + "InspectorFrame.swift", ('.xContentTypeOptions: "nosniff",', "")),
    guard("cookie-flags", "LoginTests", INSPECTOR + "InspectorSessions.swift", ("; HttpOnly; SameSite=Strict", "")),
    guard("sessions", "LoginTests", CONTROL + "ControlGuard.swift",
          ("Self.isForBrowsers(path) && sessions.holds(request)", "Self.isForBrowsers(path)")),
    guard("cookie-for-pages-only", "LoginTests", CONTROL + "ControlGuard.swift",
          ("Self.isForBrowsers(path) && sessions.holds(request)", "sessions.holds(request)")),
    # Clients
    guard("token-expiry", "AuthenticationTests|TokenTests", SERVER + "OAuth/TokenStore.swift",
          ("token.expiresAt > clock.now,", "token.expiresAt > clock.now || true,")),
    guard("scopes", "AuthenticationTests|TokenTests", SERVER + "OAuth/Authenticator.swift",
          ("guard client.scopes.isSuperset(of: scope) else", "guard client.scopes.isSuperset(of: scope) || true else")),
    guard("isolation-lists", "IsolationTests", STORE + "PageQuery.swift",
          ('filter("row.partner = ?", partner)', 'filter("(row.partner = ? OR TRUE)", partner)')),
    guard("isolation-cursors", "PageEdgeTests", STORE + "PageQuery.swift",
          ("WHERE id = ? AND partner = ?", "WHERE id = ? AND (partner = ? OR TRUE)")),
    guard("isolation-delete", "IsolationTests", STORE + "SubscriptionTable.swift",
          ("WHERE id = ? AND partner = ? AND is_active", "WHERE id = ? AND (partner = ? OR TRUE) AND is_active")),
    guard("isolation-retry", "IsolationTests", STORE + "EventTable+transitions.swift",
          ("partner = ?1 AND topic IN", "(partner = ?1 OR TRUE) AND topic IN"),
          ("FROM subscriptions WHERE partner = ?1 AND is_active", "FROM subscriptions WHERE (partner = ?1 OR TRUE) AND is_active")),
    guard("head-size", "MalformedRequestTests", HTTP + "ErrorMiddleware.swift",
          ("guard !Self.hasTooLargeHeaders(request) else", "guard !Self.hasTooLargeHeaders(request) || true else")),
    guard("body-size", "SubscriptionBodyTests", HTTP + "Request+reading.swift",
          ("if declaredLength > Assumptions.longestBody {", "if declaredLength > Assumptions.longestBody, false {"),
          ("bytes.count + part.readableBytes <= Assumptions.longestBody else", "bytes.count >= 0 else")),
    guard("json-depth", "JSONTests", "Webhooks/JSON/JSONParser.swift",
          ("guard depth <= maxDepth else", "guard depth <= maxDepth || true else")),
    guard("body-depth", "NestingTests", HTTP + "Request+reading.swift",
          ("JSON(parsing: bytes, maxDepth: JSON.maxBodyDepth)", "JSON(parsing: bytes)")),
    guard("set-depth", "EventDataTests", "Webhooks/JSON/ValueTree.swift",
          ("guard path.names.count + value.depth < JSON.maxBodyDepth else",
           "guard path.names.count + value.depth < JSON.maxBodyDepth || true else")),
    guard("set-names", "EventDataTests", "Webhooks/JSON/ValuePath.swift",
          ("guard count < JSON.maxBodyDepth else", "guard count < JSON.maxBodyDepth || true else")),
    guard("rule-depth", "NestingTests", "Webhooks/Faults/FaultRule+parsing.swift",
          ("if object.depth > JSON.maxBodyDepth {", "if object.depth > JSON.maxDepth {")),
    guard("no-program-by-request", "RequestedScenarioTests", "Webhooks/Scenarios/ScenarioParser+receivers.swift",
          ('case "command"? where source == .request:', 'case "command"? where source == .request && name.isEmpty:')),
    guard("yaml-values", "MalformedScenarioTests|ScenarioFileTests", SERVER + "Scenarios/YAMLConverter.swift",
          ("guard self.count <= limits.values else", "guard self.count <= limits.values || true else")),
    guard("yaml-depth", "MalformedScenarioTests|ScenarioFileTests", SERVER + "Scenarios/YAMLConverter.swift",
          ("guard deepest <= ScenarioFile.deepest else", "guard deepest <= ScenarioFile.deepest || true else")),
    # Connections
    guard("connections", "ConnectionLimitTests", SERVER + "Application+build.swift",
          (".maximum(options.limits.connections, logger: logger)", ".maximum(100_000, logger: logger)")),
    guard("first-head", "ConnectionLimitTests", HTTP + "ConnectionDeadlines.swift",
          ("if context.channel.isActive { expect(within: limits.firstHead, context) }", ""),
          ("if incoming == nil { expect(within: limits.firstHead, context) }", "")),
    guard("body-deadline", "ConnectionLimitTests", HTTP + "ConnectionDeadlines.swift",
          ("expect(within: limits.body, context)", "incoming?.cancel()")),
    guard("unread-answer", "ConnectionLimitTests", HTTP + "ConnectionDeadlines.swift",
          ("scheduleTask(in: limits.answer)", "scheduleTask(in: .hours(1))")),
    guard("idle", "ConnectionLimitTests", HTTP + "ServerLimits.swift",
          ("idle: idle", "idle: .hours(1)")),
    guard("upgrade-offers", "UpgradeOfferTests", HTTP + "RenewingRequestDecoder.swift",
          ("guard codec.takeStoppedParser() else { break }", "guard codec.takeStoppedParser(), false else { break }")),
    guard("unclear-offers", "ParserRenewalTests", HTTP + "ConnectionPersistence.swift",
          ("case .unclear: last = received", "case .unclear: stopsParser = true")),
    guard("after-the-last-request", "ParserRenewalTests", HTTP + "ConnectionPersistence.swift",
          ("guard last == nil else { return false }", "")),
    guard("content-not-sent", "ExpectationTests", HTTP + "ConnectionPersistence.swift",
          ("if last == nil, closes || isToLatest && awaitsContinue {", "if last == nil, closes {")),
    guard("farewell", "PersistenceTests", HTTP + "HTTP1Codec.swift",
          ("scheduleTask(in: farewell)", "scheduleTask(in: .hours(1))")),
    # Deliveries
    guard("forbidden-addresses", "ForbiddenAddressTests|NameResolutionTests", DELIVERIES + "ReceiverAddress.swift",
          ("filter { $0.reasonNotToDeliver == nil }", "filter { _ in true }")),
    guard("connected-addresses", "ForbiddenAddressTests", DELIVERIES + "ReceiverConnector.swift",
          ("_ = try ReceiverAddress.allowed([address], of: host)", "")),
    guard("server-names", "SecureConnectionTests", DELIVERIES + "ReceiverConnector.swift",
          ("serverHostname: place.serverName)", "serverHostname: nil)")),
    guard("handshake-deadline", "SecureConnectionTests", DELIVERIES + "ReceiverConnector.swift",
          ("handshake.expect(on: channel, until: deadline)", "")),
    guard("attempts-under-way", "AttemptLimitTests", DELIVERIES + "AttemptLimit.swift",
          ("guard underWay < max, let", "guard underWay < .max, let")),
    guard("lack-of-files", "AttemptLimitTests", DELIVERIES + "AttemptFailure+errors.swift",
          ("return code == EMFILE || code == ENFILE", "return false")),
    guard("slow-lookups", "NameResolutionTests", DELIVERIES + "NameResolver.swift",
          ("self.threads.setSlow(number)", "_ = number")),
    guard("cut-sessions", "SecureConnectionTests", DELIVERIES + "AttemptFailure+errors.swift",
          ("case NIOSSLError.uncleanShutdown:", "case NIOSSLError.uncleanShutdown where timeout.milliseconds < 0:")),
    guard("answer-size", "ReceiverMatrixTests", DELIVERIES + "ReceiverAnswer.swift",
          (".prefix(room))", ")"), ("return body.count < Assumptions.answerBytesKept", "return true")),
    guard("certificates", "TLSTests", SERVER + "TLS/DeliveryTrust.swift", ("if !isVerified {", "if isVerified || !isVerified {")),
    # The store, and what is written down
    guard("private-store", "StoreFileTests", STORE + "StoreFile.swift", ("O_CLOEXEC, 0o600)", "O_CLOEXEC, 0o644)")),
    guard("header", "StoreFileTests", STORE + "Schema.swift", ("try StoreFile.checkHeader(path)", "")),
    guard("one-owner", "StoreFileTests", STORE + "Schema.swift",
          ('"PRAGMA locking_mode = EXCLUSIVE"', '"PRAGMA locking_mode = NORMAL"')),
    guard("one-owner-within", "StoreFileTests", STORE + "Schema.swift", ("claim = try StoreClaim(path)", "claim = nil")),
    guard("full-synchronous", "StoreFileTests", STORE + "Schema.swift",
          ('"PRAGMA synchronous = FULL"', '"PRAGMA synchronous = NORMAL"'), ("== fullSynchronous else", "!= nil else")),
    guard("start-in-one", "StoreFileTests", SERVER + "Application+build.swift",
          ("try store.beginStart()", ""), ("try store.endStart()", "")),
    guard("hashed-tokens", "SecretCanaryTests", SERVER + "OAuth/TokenStore.swift",
          ("[UInt8] { Array(SHA256.hash(data: Array(token.utf8))) }", "[UInt8] { Array(token.utf8) }")),
    guard("hidden-parameters", "SecretCanaryTests", "Webhooks/Validation/SecretParameters.swift",
          ("guard isSecret(", "guard name.isEmpty, isSecret(")),
    guard("recorded-secrets", "SecretCanaryTests", SERVER + "Capture/KeptBody.swift",
          ('case ("client_secret", .string): nil', 'case ("client_secret", .string): member.value')),
    guard("past-requests-listed", "PastRequestTests", SERVER + "Capture/RequestLog.swift",
          ("guard !boundaries.isPast(", "guard entry.seq == 0 || !boundaries.isPast(")),
    guard("past-requests-recorded", "PastRequestTests", SERVER + "Capture/Recorder.swift",
          ("!boundaries.isPast(", "size > 0 || !boundaries.isPast(")),
    guard("request-log-size", "RequestLogSizeTests", SERVER + "Capture/RequestLog.swift",
          (" || state.bytes > Self.maxBytes", "")),
    guard("terminal", "EventCommandTests|ListenCommandTests", "hooksim/Terminal.swift",
          ('isCommand ? "\\u{FFFD}" : scalar', "scalar")),
]

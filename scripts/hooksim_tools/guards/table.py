"""The guards, with the change that removes each one and the tests that must then fail."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Guard:
    name: str
    # The suites, as `swift test --filter` accepts them.
    tests: str
    # A file below Sources, a text that it contains once, and the replacement of that text.
    changes: tuple[tuple[str, str, str], ...]


def guard(name: str, tests: str, file: str, *changes: tuple[str, str] | tuple[str, str, str]) -> Guard:
    """Returns a guard whose code is in one file. A change in another file begins with the name of that file."""
    return Guard(name, tests, tuple(change if len(change) == 3 else (file, *change) for change in changes))


SERVER = "HooksimServer/"
API, ACCESS, HTTP = SERVER + "API/", SERVER + "Control/Access/", SERVER + "HTTP/"
DELIVERY, CONNECTIONS = SERVER + "Delivery/", SERVER + "Delivery/Connections/"
STORE, INSPECTOR = SERVER + "Store/", SERVER + "Inspector/"
OPERATIONS = SERVER + "Operations/"

# Each guard is a paragraph, which the formatter would split into a line for each part.
# fmt: off
GUARDS = [
    # The control API and browsers
    guard("host", "ControlGuardTests", ACCESS + "ControlGuard.swift",
          ("guard isTrusted(host: authority) else", "guard isTrusted(host: authority) || true else")),
    guard("origin", "ControlGuardTests", ACCESS + "ControlGuard.swift",
          ("if let origin = request.headers[.origin], origin !=", "if let origin = request.headers[.origin], false, origin !=")),
    guard("json-only", "ControlGuardTests", ACCESS + "ControlGuard.swift",
          ('guard type == "application/json" || isForm else', 'guard type == "application/json" || isForm || true else')),
    guard("exact-paths", "ControlGuardTests", HTTP + "ExactPathMiddleware.swift",
          ("guard !Self.hasEmptySegment(path) ||", "guard true || !Self.hasEmptySegment(path) ||")),
    guard("admin-token", "ControlGuardTests", ACCESS + "AdminToken.swift", ("return isRight", "return true")),
    guard("token-off-loopback", "ControlGuardTests", SERVER + "Simulator.swift",
          ("guard options.isProtected else", "guard options.isProtected || true else")),
    guard("constant-time", "ControlGuardTests", ACCESS + "AdminToken.swift",
          ("private let digest: SHA256Digest?", "private let digest: String?"),
          ("digest = token.map { SHA256.hash(data: Array($0.utf8)) }", "digest = token"),
          ("SHA256.hash(data: Array(token.utf8)) == digest", "token == digest")),
    guard("guesses", "ControlGuardTests", ACCESS + "AdminToken.swift",
          ("if let wait = logins.retryAfter(for: address) {", "if let wait = logins.retryAfter(for: address), wait < 0 {")),
    guard("form-token", "InspectorTests", INSPECTOR + "InspectorActions.swift",
          ('guard form.first("token") == frame.formToken else', 'guard form.first("token") == frame.formToken || true else')),
    guard("escaping", "InspectorTests", INSPECTOR + "InspectorTemplates.swift", ('escaped += "&lt;"', 'escaped += "<"')),
    guard("content-security-policy", "InspectorTests", INSPECTOR + "InspectorFrame.swift",
          ("script-src 'self';", "script-src 'self' 'unsafe-inline';")),
    guard("frame-ancestors", "InspectorTests", INSPECTOR + "InspectorFrame.swift", ("; frame-ancestors 'none'", "")),
    guard("nosniff", "InspectorTests", INSPECTOR + "InspectorFrame.swift", ('.xContentTypeOptions: "nosniff",', "")),
    guard("cookie-flags", "LoginTests", INSPECTOR + "InspectorSessions.swift", ("; HttpOnly; SameSite=Strict", "")),
    guard("sessions", "LoginTests", ACCESS + "ControlGuard.swift",
          ("Self.isForBrowsers(path) && sessions.holds(request)", "Self.isForBrowsers(path)")),
    guard("cookie-for-pages-only", "LoginTests", ACCESS + "ControlGuard.swift",
          ("Self.isForBrowsers(path) && sessions.holds(request)", "sessions.holds(request)")),
    # Clients
    guard("token-expiry", "AuthenticationTests|TokenTests", API + "TokenRegistry.swift",
          ("token.expiresAt > clock.now,", "token.expiresAt > clock.now || true,")),
    guard("scopes", "AuthenticationTests|TokenTests", API + "Authenticator.swift",
          ("guard client.scopes.isSuperset(of: scope) else", "guard client.scopes.isSuperset(of: scope) || true else")),
    guard("isolation-lists", "IsolationTests", STORE + "PageQuery.swift",
          ('filter("row.partner = ?", partner)', 'filter("(row.partner = ? OR TRUE)", partner)')),
    guard("isolation-cursors", "PageEdgeTests", STORE + "PageQuery.swift",
          ("WHERE id = ? AND partner = ?", "WHERE id = ? AND (partner = ? OR TRUE)")),
    guard("isolation-delete", "IsolationTests", STORE + "SubscriptionTable.swift",
          ("WHERE id = ? AND partner = ? AND is_active", "WHERE id = ? AND (partner = ? OR TRUE) AND is_active")),
    guard("isolation-retry", "IsolationTests", STORE + "EventTable+transitions.swift",
          ("WHERE subscription.partner = ? AND subscription.is_active",
           "WHERE (subscription.partner = ? OR TRUE) AND subscription.is_active"),
          (STORE + "SubscriptionTable.swift", "WHERE partner = ? AND is_active AND subscription >= ?",
           "WHERE (partner = ? OR TRUE) AND is_active AND subscription >= ?")),
    guard("head-size", "MalformedRequestTests", HTTP + "ErrorMiddleware.swift",
          ("guard !Self.hasTooLargeHeaders(request) else", "guard !Self.hasTooLargeHeaders(request) || true else")),
    guard("body-size", "SubscriptionBodyTests", HTTP + "Request+reading.swift",
          ("if declaredLength > Assumptions.longestBody {", "if declaredLength > Assumptions.longestBody, false {"),
          ("bytes.count + part.readableBytes <= Assumptions.longestBody else", "bytes.count >= 0 else")),
    guard("json-depth", "JSONTests", "StrictJSON/JSONParser.swift",
          ("guard depth <= maxDepth else", "guard depth <= maxDepth || true else")),
    guard("body-depth", "NestingTests", HTTP + "Request+reading.swift",
          ("JSON(parsing: bytes, maxDepth: JSON.maxBodyDepth)", "JSON(parsing: bytes)")),
    guard("set-depth", "EventDataTests", "Webhooks/Events/ValueTree.swift",
          ("guard path.names.count + value.depth < JSON.maxBodyDepth else",
           "guard path.names.count + value.depth < JSON.maxBodyDepth || true else")),
    guard("set-names", "EventDataTests", "StrictJSON/ValuePath.swift",
          ("guard count < JSON.maxBodyDepth else", "guard count < JSON.maxBodyDepth || true else")),
    guard("rule-depth", "NestingTests", "Webhooks/Faults/FaultRule+parsing.swift",
          ("if object.depth > JSON.maxBodyDepth {", "if object.depth > JSON.maxDepth {")),
    guard("no-program-by-request", "RequestedScenarioTests", "HooksimScenarios/Parser/ScenarioParser+receivers.swift",
          ('case "command"? where source == .request:', 'case "command"? where source == .request && name.isEmpty:')),
    guard("yaml-values", "MalformedScenarioTests|ScenarioFileTests", "HooksimScenarios/Parser/YAMLConverter.swift",
          ("guard self.count <= limits.values else", "guard self.count <= limits.values || true else")),
    guard("yaml-depth", "MalformedScenarioTests|ScenarioFileTests", "HooksimScenarios/Parser/YAMLConverter.swift",
          ("guard deepest <= ScenarioFile.deepest else", "guard deepest <= ScenarioFile.deepest || true else")),
    # Connections
    guard("connections", "ConnectionLimitTests", SERVER + "Composition/SimulatorParts.swift",
          (".maximum(options.limits.connections, logger:", ".maximum(100_000, logger:")),
    guard("first-head", "ConnectionLimitTests", HTTP + "ConnectionDeadlines.swift",
          ("if context.channel.isActive { expect(within: limits.firstHead, context) }", ""),
          ("if incoming == nil { expect(within: limits.firstHead, context) }", "")),
    guard("body-deadline", "ConnectionLimitTests", HTTP + "ConnectionDeadlines.swift",
          ("expect(within: limits.body, context)", "incoming?.cancel()")),
    guard("unread-response", "ConnectionLimitTests", HTTP + "ConnectionDeadlines.swift",
          ("scheduleTask(in: limits.response)", "scheduleTask(in: .hours(1))")),
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
    guard("closing", "PersistenceTests", HTTP + "HTTP1Codec.swift",
          ("scheduleTask(in: closing)", "scheduleTask(in: .hours(1))")),
    # Deliveries
    guard("forbidden-addresses", "ForbiddenAddressTests|NameResolutionTests", CONNECTIONS + "ReceiverAddress.swift",
          ("filter { $0.reasonNotToDeliver == nil }", "filter { _ in true }")),
    guard("connected-addresses", "ForbiddenAddressTests", CONNECTIONS + "ReceiverConnector.swift",
          ("_ = try ReceiverAddress.allowed([address], of: host)", "")),
    guard("server-names", "SecureConnectionTests", CONNECTIONS + "ReceiverConnector.swift",
          ("serverHostname: place.serverName)", "serverHostname: nil)")),
    guard("handshake-deadline", "SecureConnectionTests", CONNECTIONS + "ReceiverConnector.swift",
          ("handshake.expect(on: channel, until: deadline)", "")),
    guard("attempts-under-way", "AttemptLimitTests", DELIVERY + "AttemptLimit.swift",
          ("guard underWay < max, let", "guard underWay < .max, let")),
    guard("lack-of-files", "AttemptLimitTests", DELIVERY + "AttemptFailure+errors.swift",
          ("return code == EMFILE || code == ENFILE", "return false")),
    guard("slow-lookups", "NameResolutionTests", CONNECTIONS + "NameResolver.swift",
          ("self.threads.setSlow(number)", "_ = number")),
    guard("cut-sessions", "SecureConnectionTests", DELIVERY + "AttemptFailure+errors.swift",
          ("case NIOSSLError.uncleanShutdown:", "case NIOSSLError.uncleanShutdown where timeout.milliseconds < 0:")),
    guard("response-size", "ReceiverMatrixTests", DELIVERY + "ReceiverResponse.swift",
          (".prefix(room))", ")"), ("return body.count < Assumptions.responseBytesKept", "return true")),
    guard("certificates", "TLSTests", SERVER + "TLS/DeliveryTrust.swift", ("if !isVerified {", "if isVerified || !isVerified {")),
    # The store and recordings
    guard("private-store", "StoreFileTests", STORE + "StoreFile.swift", ("O_CLOEXEC, 0o600)", "O_CLOEXEC, 0o644)")),
    guard("header", "StoreFileTests", STORE + "Schema.swift", ("try StoreFile.checkHeader(path)", "")),
    guard("one-owner", "StoreFileTests", STORE + "Schema.swift",
          ('"PRAGMA locking_mode = EXCLUSIVE"', '"PRAGMA locking_mode = NORMAL"')),
    guard("one-owner-within", "StoreFileTests", STORE + "Schema.swift", ("claim = try StoreClaim(path)", "claim = nil")),
    guard("full-synchronous", "StoreFileTests", STORE + "Schema.swift",
          ('"PRAGMA synchronous = FULL"', '"PRAGMA synchronous = NORMAL"'), ("== fullSynchronous else", "!= nil else")),
    guard("start-in-one", "StoreFileTests", SERVER + "Store/Store.swift",
          ("func beginStart() throws { try session.begin() }", "func beginStart() throws {}"),
          ("func endStart() throws { try session.commit() }", "func endStart() throws {}")),
    guard("hashed-tokens", "SecretCanaryTests", API + "TokenRegistry.swift",
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
    # Operations that overlap
    guard("simulation-stale-attempts", "OverlapSimulationTests", DELIVERY + "DeliveryWorker+recording.swift",
          ("guard attempt.resets == resets else", "guard attempt.resets == resets || true else"),
          # Row numbers are a second guard: a late attempt finds no event of its number.
          (STORE + "Sequences.swift", "session.sequences.values[.ticket] = 1 }",
           "session.sequences.values[.ticket] = 1; session.sequences.values[.event] = 1 }")),
    guard("simulation-failed-reset", "OverlapSimulationTests", OPERATIONS + "ResetSimulator.swift",
          ("        let record: PartnerRecord\n", "        let record: PartnerRecord\n        runner.worker.forgetAll(resets: resets)\n")),
    guard("simulation-row-numbers", "OverlapSimulationTests", STORE + "Migrations/Migration006.swift",
          ("subscription INTEGER PRIMARY KEY AUTOINCREMENT", "subscription INTEGER PRIMARY KEY"),
          ("partner INTEGER PRIMARY KEY AUTOINCREMENT", "partner INTEGER PRIMARY KEY")),
    guard("simulation-removed-partner", "OverlapSimulationTests", OPERATIONS + "OperationRunner.swift",
          ("guard partners.isCurrent(client.partner) else", "guard partners.isCurrent(client.partner) || true else")),
    guard("simulation-delayed-after-deletion", "OverlapSimulationTests", DELIVERY + "DeliveryWorker+operations.swift",
          ("in state.delayed.remove(subscriptions: closed) {", "in state.delayed.remove(subscriptions: []) {"),
          ("guard state.lanes.isClosed(delivery.subscription) else", "guard state.lanes.isClosed(delivery.subscription), false else")),
    guard("simulation-delayed-after-clearing", "OverlapSimulationTests", OPERATIONS + "OperationRunner.swift",
          ("if !effects.removedRules.isEmpty {", "if !effects.removedRules.isEmpty, false {")),
    guard("simulation-generator", "OverlapSimulationTests", OPERATIONS + "ResetSimulator.swift",
          ("        let record: PartnerRecord\n", "        let record: PartnerRecord\n        random.replace(by: source)\n")),
    guard("simulation-advances", "OverlapSimulationTests", OPERATIONS + "MoveClock.swift",
          ("private let turns = TurnQueue()", "private let turns = TurnQueue(limit: 100)")),
    guard("simulation-scenario-clock", "OverlapSimulationTests", "HooksimScenarios/Runner/ScenarioRunner.swift",
          ('_ = try? await session.control(.PUT, "/clock", clock)', "_ = clock")),
    guard("simulation-whole-retry", "OverlapSimulationTests", STORE + "BulkOperation.swift",
          ("group.isFinished ? nil : try BulkOperationTable.insert(operation, session)", "nil")),
]

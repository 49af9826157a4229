import Webhooks

extension PartnerRecord {
    /// Removes all that a partner owns; the partner itself stays.
    static func deleteRows(ofPartner row: Int, _ connection: Connection) throws {
        try connection.run("DELETE FROM events WHERE partner = ?", row)
        try connection.run("DELETE FROM subscriptions WHERE partner = ?", row)
        try connection.run("DELETE FROM tokens WHERE partner = ?", row)
        try connection.run(
            "DELETE FROM acts WHERE client_id = (SELECT client_id FROM partners WHERE partner = ?)", row)
    }

    static func delete(row: Int, _ connection: Connection) throws {
        try deleteRows(ofPartner: row, connection)
        try connection.run("DELETE FROM partners WHERE partner = ?", row)
    }
}

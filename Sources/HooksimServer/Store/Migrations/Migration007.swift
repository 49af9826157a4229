/// Renames the columns of the response of a receiver and the table of the actions of a recording.
enum Migration007 {
    static let sql = """
        ALTER TABLE attempts RENAME COLUMN answer_headers TO response_headers;
        ALTER TABLE attempts RENAME COLUMN answer_body TO response_body;
        ALTER TABLE acts RENAME TO actions;
        ALTER TABLE actions RENAME COLUMN act TO action;
        """
}

// Topics, statuses, scopes, instants and JSON come with the client, so that a program imports one module.
@_exported public import Webhooks

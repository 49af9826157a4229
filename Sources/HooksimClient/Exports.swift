// The client exports topics, statuses, scopes, instants and JSON, so that a program imports one module.
@_exported public import StrictJSON
@_exported public import Webhooks

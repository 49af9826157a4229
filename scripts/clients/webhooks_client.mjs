// A client of the API as people write one with nothing but fetch: it caches its token, fetches another
// once when the API no longer takes it, and waits as long as Retry-After says when it sends too many requests.

const maxTries = 10

export class ApiError extends Error {
  constructor(status, body) {
    super(`${status}: ${body.message}`)
    this.status = status
    this.code = body.code
    this.validationErrors = body.validation_errors
  }
}

export class WebhooksClient {
  cachedToken = null
  rateLimitWaits = []

  constructor({ baseUrl, clientId, clientSecret, timeoutMs = 10_000 }) {
    Object.assign(this, { baseUrl, clientId, clientSecret, timeoutMs })
  }

  async token() {
    this.cachedToken ??= await this.fetchToken()
    return this.cachedToken
  }

  async fetchToken() {
    const response = await fetch(`${this.baseUrl}/oauth/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`${this.clientId}:${this.clientSecret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'webhooks:read webhooks:write' }),
      signal: AbortSignal.timeout(this.timeoutMs),
    })
    const body = await response.json()
    if (!response.ok) throw new ApiError(response.status, body)
    return body.access_token
  }

  async request(method, path, body) {
    let refreshed = false
    for (let tries = 0; tries < maxTries; tries++) {
      const response = await fetch(this.baseUrl + path, {
        method,
        headers: {
          Authorization: `Bearer ${await this.token()}`,
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(this.timeoutMs),
      })
      const value = await response.json()
      if (response.ok) return value
      if (response.status === 401 && !refreshed) {
        refreshed = true
        this.cachedToken = null
      } else if (response.status === 429) {
        await this.waitAsTold(response.headers.get('Retry-After'))
      } else {
        throw new ApiError(response.status, value)
      }
    }
    throw new Error(`${method} ${path}: gave up after ${maxTries} tries`)
  }

  async waitAsTold(retryAfter) {
    if (!/^[1-9][0-9]*$/.test(retryAfter ?? '')) throw new Error(`Retry-After is no number of seconds: ${retryAfter}`)
    this.rateLimitWaits.push(Number(retryAfter))
    await new Promise((done) => setTimeout(done, Number(retryAfter) * 1000))
  }

  subscribe(subscription) {
    return this.request('POST', '/webhooks', subscription)
  }

  async *subscriptions({ limit = 100 } = {}) {
    const query = new URLSearchParams({ limit })
    for (;;) {
      const page = await this.request('GET', `/webhooks?${query}`)
      yield* page.data
      if (!page.has_next_page) return
      query.set('after', page.end_cursor)
    }
  }
}

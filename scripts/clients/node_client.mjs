#!/usr/bin/env node
// Node's built-in fetch as a client of the API.

import { admin, baseUrl, expect, newPartner, ok, requestTimeoutMs, runCheck, withSettings } from './hooksim_admin.mjs'
import { WebhooksClient } from './webhooks_client.mjs'

const endpointUrl = 'https://example.com/hooks'

async function newClient() {
  const partner = await newPartner()
  return new WebhooksClient({
    baseUrl,
    clientId: partner.client_id,
    clientSecret: partner.client_secret,
    timeoutMs: requestTimeoutMs,
  })
}

async function tokenFetches(client) {
  const { data } = await admin('GET', `/requests?client_id=${encodeURIComponent(client.clientId)}`)
  return data.filter((row) => row.path === '/oauth/token').length
}

async function errorOf(promise) {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('the request should have failed, but it succeeded')
}

async function tokenIsCachedAndRefreshedOnce() {
  const client = await newClient()
  await client.request('GET', '/webhooks')
  await client.request('GET', '/webhooks')
  expect((await tokenFetches(client)) === 1, 'two requests did not share one token')
  ok('node fetch: a cached token serves several requests')

  client.cachedToken = client.cachedToken.replace(/./g, (digit) => (digit === '0' ? '1' : '0'))
  await client.request('GET', '/webhooks')
  await client.request('GET', '/webhooks')
  const fetches = await tokenFetches(client)
  expect(fetches === 2, `after the 401 the server had seen ${fetches} token requests, not 2`)
  ok('node fetch: a 401 makes it fetch a token once more, and the request succeeds')
}

async function wrongSecretIsRefused() {
  const client = await newClient()
  client.clientSecret = 'wrong-secret'
  const error = await errorOf(client.request('GET', '/webhooks'))
  expect(error.status === 403, `a wrong secret got ${error.message}`)
  ok('node fetch: a wrong secret is a 403')
}

async function validationErrorsNameTheFields() {
  const client = await newClient()
  const missing = await errorOf(client.subscribe({}))
  expect(missing.status === 400, `missing fields got ${missing.message}`)
  const fields = Object.keys(missing.validationErrors ?? {}).sort().join()
  expect(fields === 'endpoint_url,topic', `validation_errors of an empty body names: ${fields}`)
  ok('node fetch: missing fields are a 400 whose validation_errors names them')

  const unknown = await errorOf(client.subscribe({ endpoint_url: endpointUrl, topic: 'invoice_eaten' }))
  expect(unknown.status === 422, `an unknown topic got ${unknown.message}`)
  expect(Object.keys(unknown.validationErrors ?? {}).join() === 'topic', 'validation_errors does not name the topic')
  ok('node fetch: an unknown topic is a 422 whose validation_errors names it')
}

async function retryAfterIsWaitedFor() {
  const client = await newClient()
  await withSettings({ rate_limit: 5 }, async () => {
    await client.token()
    // At once, since a busy machine may send one after the other slowly enough.
    await Promise.all(Array.from({ length: 12 }, () => client.request('GET', '/webhooks')))
  })
  expect(client.rateLimitWaits.length > 0, 'none of 12 requests at once was a 429 at a limit of 5 a second')
  ok(`node fetch: 12 requests at once, at 5 a second, all succeed, with ${client.rateLimitWaits.length} waits of Retry-After seconds`)
}

async function allPagesAreWalked() {
  const client = await newClient()
  const created = []
  for (let count = 0; count < 7; count++) {
    created.push((await client.subscribe({ endpoint_url: `${endpointUrl}/${count}`, topic: 'invoice_paid' })).id)
  }
  const listed = []
  for await (const subscription of client.subscriptions({ limit: 3 })) {
    listed.push(subscription.id)
    expect(listed.length <= created.length, 'the walk over the pages does not end')
  }
  expect(listed.sort().join() === created.sort().join(), `created ${created}, but the pages had ${listed}`)
  ok('node fetch: pages of 3 over 7 subscriptions list each exactly once')
}

await runCheck(async () => {
  await tokenIsCachedAndRefreshedOnce()
  await wrongSecretIsRefused()
  await validationErrorsNameTheFields()
  await retryAfterIsWaitedFor()
  await allPagesAreWalked()
})

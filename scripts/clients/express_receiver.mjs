#!/usr/bin/env node
// A receiver in Express like people write: it checks the bearer secret, and responds 500 to what it wants again.

import { createRequire } from 'node:module'
import { once } from 'node:events'
import { admin, baseUrl, expect, newPartner, ok, requestTimeoutMs, runCheck, waitFor, withSettings } from './hooksim_admin.mjs'
import { WebhooksClient } from './webhooks_client.mjs'

const secret = 'express-s3cret-4242'

function loadExpress() {
  try {
    // Only require looks into NODE_PATH, where Debian's package is; import does not.
    return createRequire(import.meta.url)('express')
  } catch (error) {
    throw new Error('express is missing: apt-get install node-express, and set NODE_PATH=/usr/share/nodejs', { cause: error })
  }
}

function receiver(express, deliveries) {
  const app = express()
  app.use(express.json({ verify: (request, _response, bytes) => (request.rawBody = bytes) }))
  app.post('/hooks', (request, response) => {
    if (request.get('Authorization') !== `Bearer ${secret}`) return response.status(401).json({ error: 'wrong secret' })
    const { idempotency_key: id, topic, entity_id: entityId, data } = request.body
    if (!id) return response.status(400).json({ error: 'no idempotency_key' })
    const wantsRetry = !deliveries.some((earlier) => earlier.id === id)
    deliveries.push({
      id,
      topic,
      entityId,
      invoiceId: data.invoice_id,
      attempt: request.get('X-Webhook-Attempt'),
      body: request.rawBody,
      status: wantsRetry ? 500 : 200,
    })
    response.status(wantsRetry ? 500 : 200).json({ received: !wantsRetry })
  })
  return app
}

await runCheck(async () => {
  const deliveries = []
  const accepted = () => deliveries.filter((delivery) => delivery.status === 200)
  const server = receiver(loadExpress(), deliveries).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpointUrl = `http://127.0.0.1:${server.address().port}/hooks`

  const partner = await newPartner()
  const credentials = { clientId: partner.client_id, clientSecret: partner.client_secret }
  const client = new WebhooksClient({ baseUrl, timeoutMs: requestTimeoutMs, ...credentials })
  await client.subscribe({ endpoint_url: endpointUrl, topic: 'invoice_paid', secret_key: secret })

  await withSettings({ retry_schedule: ['0s', '100ms', '1s'] }, async () => {
    await admin('POST', '/events', { topic: 'invoice_paid', client_id: partner.client_id, count: 2 })
    await waitFor(() => accepted().length >= 2, 'both events to be accepted')
  })
  for (const { id, topic, entityId, invoiceId } of deliveries) {
    expect(topic === 'invoice_paid', `delivery ${id} has the topic ${topic}`)
    expect(invoiceId && invoiceId === entityId, `delivery ${id}: invoice_id ${invoiceId}, entity_id ${entityId}`)
  }
  ok('express: the bearer secret, topic, entity_id and data.invoice_id are as a receiver expects')

  for (const second of accepted()) {
    const first = deliveries.find((delivery) => delivery.id === second.id)
    expect(first.attempt === '1', `the first attempt said X-Webhook-Attempt: ${first.attempt}`)
    expect(second.attempt === '2', `the accepted attempt said X-Webhook-Attempt: ${second.attempt}`)
    expect(first.body.equals(second.body), `the bodies of the attempts differ: ${first.body} and ${second.body}`)
  }
  expect(deliveries.length === 4, `2 events took ${deliveries.length} deliveries, not 4`)
  ok('express: 500 is tried again, both events are accepted on attempt 2 with identical bytes')

  await waitFor(async () => {
    const { data } = await client.request('GET', '/webhooks/events?status=delivered')
    return data.length === 2 && data.every((event) => event.attempts === 2)
  }, 'both events to be listed as delivered in 2 attempts')
  ok('express: both events are listed as delivered in 2 attempts')
})

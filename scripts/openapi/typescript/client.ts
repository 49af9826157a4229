// Uses every kind of request of both APIs by the client that openapi-generator writes for TypeScript, and reads a delivery with its models.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  Configuration,
  ControlApi,
  CreatedPartner,
  Delivery,
  DeliveryFromJSON,
  EventStatus,
  FaultRule,
  HttpErrorFromJSON,
  OauthApi,
  ResponseError,
  Topic,
  WebhooksApi,
} from "./generated";

const basePath = process.env.HOOKSIM_URL!;
const control = new ControlApi(new Configuration({ basePath }));

async function webhooksOf(partner: CreatedPartner): Promise<WebhooksApi> {
  const { clientId: username, clientSecret: password } = partner;
  const oauth = new OauthApi(new Configuration({ basePath, username, password }));
  const token = await oauth.createToken({ grantType: "client_credentials", scope: "webhooks:read webhooks:write" });
  assert.equal(token.expiresIn, 3600);
  return new WebhooksApi(new Configuration({ basePath, accessToken: token.accessToken }));
}

function subscribe(webhooks: WebhooksApi, topic: Topic, path: string) {
  const endpointUrl = `${process.env.RECEIVER_URL}/typescript/${path}`;
  return webhooks.createSubscription({ subscriptionRequest: { endpointUrl, topic, secretKey: "s3cr3t-4242" } });
}

async function expectEvents(clientId: string, topic: Topic, status: EventStatus, count: number) {
  const where = { clientId, topic, status };
  const met = await control.expect({ expectation: { of: "events", where, count, timeoutMs: 30_000 } });
  assert.equal(met.count, count);
}

async function refused(status: number, request: Promise<unknown>) {
  const error = await request.then(() => assert.fail(`not refused with ${status}`), (error) => error);
  assert.ok(error instanceof ResponseError, `${error}`);
  assert.equal(error.response.status, status);
  return HttpErrorFromJSON(await error.response.json());
}

function readDelivery(path: string): Delivery {
  return DeliveryFromJSON(JSON.parse(readFileSync(`${process.env.DELIVERIES}/typescript-${path}.json`, "utf8")));
}

const partner = await control.createPartner({ partnerRequest: {} });
const webhooks = await webhooksOf(partner);

const subscription = await subscribe(webhooks, Topic.InvoicePaid, "accepting");
assert.ok(subscription.isActive && subscription.createdAt instanceof Date);
assert.equal(subscription.secretLast4Digits, "4242");
await subscribe(webhooks, Topic.PayoutPaid, "refusing");
assert.equal((await webhooks.listSubscriptions({ isActive: true })).data.length, 2);

const rule = (await control.addFault({
  faultRequest: {
    target: "delivery",
    match: { clientId: partner.clientId, topic: Topic.InvoicePaid },
    effect: { duplicate: 2 },
    times: 1,
  },
})) as FaultRule;

const created = await control.triggerEvent({
  triggerRequest: { topic: Topic.InvoicePaid, clientId: partner.clientId, count: 3, set: { memo: "from TypeScript" } },
});
assert.equal(created.data.length, 3);
await control.triggerEvent({ triggerRequest: { topic: Topic.PayoutPaid, clientId: partner.clientId } });
await expectEvents(partner.clientId, Topic.InvoicePaid, EventStatus.Delivered, 3);
await expectEvents(partner.clientId, Topic.PayoutPaid, EventStatus.Failed, 1);
assert.equal((await control.removeFault({ id: rule.id })).hits, 1);

const filter = { topic: Topic.InvoicePaid, status: EventStatus.Delivered, fromDate: "2020-01-01T00:00:00+01:00" };
const first = await webhooks.listEvents({ limit: 2, ...filter });
assert.ok(first.data.length === 2 && first.hasNextPage);
const second = await webhooks.listEvents({ limit: 2, after: first.endCursor, ...filter });
assert.ok(second.data.length === 1 && !second.hasNextPage && second.hasPreviousPage);
assert.deepEqual(
  new Set([...first.data, ...second.data].map((event) => event.id)),
  new Set(created.data.map((event) => event.id)),
);
assert.ok(first.data[0].deliveredAt instanceof Date && first.data[0].lastError === null);

const failed = (await webhooks.listEvents({ status: EventStatus.Failed })).data[0];
assert.ok(failed.lastStatusCode === 500 && failed.deliveredAt === null);
assert.match((await webhooks.retryFailedEvents()).message, /1/);
await expectEvents(partner.clientId, Topic.PayoutPaid, EventStatus.Delivered, 1);
const detail = await control.getEvent({ id: failed.id });
assert.deepEqual(detail.attempts.map((attempt) => attempt.statusCode), [500, 200]);
const attempts = await control.listAttempts({ eventId: failed.id });
assert.deepEqual(attempts.data.map((attempt) => attempt.outcome), ["failed", "delivered"]);

assert.equal((await webhooks.deleteSubscription({ subscriptionId: subscription.id })).isActive, false);
assert.equal((await refused(404, webhooks.deleteSubscription({ subscriptionId: subscription.id }))).code, "not_found");
const subscriptionRequest = { endpointUrl: "http://public.example/", topic: Topic.InvoicePaid };
assert.ok((await refused(422, webhooks.createSubscription({ subscriptionRequest }))).validationErrors?.endpoint_url);

for (const path of ["accepting", "refusing"]) {
  const delivery = readDelivery(path);
  assert.ok(delivery.timestamp instanceof Date && delivery.idempotencyKey === delivery.id);
  // The topic tells TypeScript what the data is.
  if (delivery.topic === "invoice_paid") assert.equal(delivery.data.memo, "from TypeScript");
  else if (delivery.topic === "payout_paid") assert.equal(delivery.data.status, "succeeded");
  else assert.fail(delivery.topic);
}

assert.equal((await control.getHealth()).status, "ok");
const settings = await control.getSettings();
assert.deepEqual([settings.retrySchedule, settings.rateLimit], [["0s"], null]);
assert.equal((await refused(409, control.advanceClock({ clockAdvance: { by: "90m" } }))).code, "conflict");
await control.deletePartner({ partnerId: partner.partnerId });

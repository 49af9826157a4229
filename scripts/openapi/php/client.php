<?php

/** Uses every kind of request of both APIs by the client that openapi-generator writes for PHP, and reads a delivery with its models. */

declare(strict_types=1);

use Generated\Api\ControlApi;
use Generated\Api\OauthApi;
use Generated\Api\WebhooksApi;
use Generated\ApiException;
use Generated\Configuration;
use Generated\Model;
use Generated\ObjectSerializer;

require 'GuzzleHttp/autoload.php';
spl_autoload_register(function (string $class): void {
    if (str_starts_with($class, 'Generated\\')) {
        require getenv('GENERATED') . '/' . str_replace('\\', '/', substr($class, strlen('Generated\\'))) . '.php';
    }
});
// A deprecation of the generated code or of a warning of PHP's own is a failure too.
set_error_handler(function (int $level, string $message, string $file, int $line): never {
    throw new ErrorException($message, 0, $level, $file, $line);
});

function configuration(): Configuration
{
    return (new Configuration())->setHost(getenv('HOOKSIM_URL'));
}

function webhooks_of(Model\CreatedPartner $partner): WebhooksApi
{
    $basic = configuration()->setUsername($partner->getClientId())->setPassword($partner->getClientSecret());
    $token = (new OauthApi(config: $basic))->createToken('client_credentials', 'webhooks:read webhooks:write');
    assert($token->getExpiresIn() === 3600);
    return new WebhooksApi(config: configuration()->setAccessToken($token->getAccessToken()));
}

function subscribe(WebhooksApi $webhooks, string $topic, string $path): Model\Subscription
{
    return $webhooks->createSubscription(new Model\SubscriptionRequest([
        'endpoint_url' => getenv('RECEIVER_URL') . "/php/$path", 'topic' => $topic, 'secret_key' => 's3cr3t-4242',
    ]));
}

function expect(ControlApi $control, string $client, string $topic, string $status, int $count): void
{
    $conditions = new Model\EventConditions(['client_id' => $client, 'topic' => $topic, 'status' => $status]);
    $met = $control->expect(new Model\EventExpectation([
        'of' => 'events', 'where' => $conditions, 'count' => $count, 'timeout_ms' => 30_000,
    ]));
    assert($met->getCount() === $count);
}

function refused(int $status, callable $request): Model\HttpError
{
    try {
        $request();
    } catch (ApiException $error) {
        assert($error->getCode() === $status, (string) $error);
        return $error->getResponseObject();
    }
    throw new AssertionError("not refused with $status");
}

function read_delivery(string $path, string $model): Model\ModelInterface
{
    $body = json_decode(file_get_contents(getenv('DELIVERIES') . "/php-$path.json"));
    return ObjectSerializer::deserialize($body, $model);
}

$control = new ControlApi(config: configuration());
$partner = $control->createPartner(new Model\PartnerRequest());
$client = $partner->getClientId();
$webhooks = webhooks_of($partner);

$subscription = subscribe($webhooks, Model\Topic::INVOICE_PAID, 'accepting');
assert($subscription->getIsActive() && $subscription->getSecretLast4Digits() === '4242');
assert($subscription->getCreatedAt() instanceof DateTime);
subscribe($webhooks, Model\Topic::PAYOUT_PAID, 'refusing');
assert(count($webhooks->listSubscriptions(is_active: true)->getData()) === 2);

$rule = $control->addFault(new Model\DeliveryFaultRequest([
    'target' => 'delivery',
    'match' => new Model\DeliveryFaultMatch(['client_id' => $client, 'topic' => Model\Topic::INVOICE_PAID]),
    'effect' => new Model\DuplicateEffect(['duplicate' => 2]),
    'times' => 1,
]));

$created = $control->triggerEvent(new Model\TriggerRequest([
    'topic' => Model\Topic::INVOICE_PAID, 'client_id' => $client, 'count' => 3, 'set' => ['memo' => 'from PHP'],
]));
assert(count($created->getData()) === 3 && $created->getMatchedSubscriptions() === 1);
$control->triggerEvent(new Model\TriggerRequest(['topic' => Model\Topic::PAYOUT_PAID, 'client_id' => $client]));
expect($control, $client, Model\Topic::INVOICE_PAID, Model\EventStatus::DELIVERED, 3);
expect($control, $client, Model\Topic::PAYOUT_PAID, Model\EventStatus::FAILED, 1);
assert($control->removeFault($rule->getId())->getHits() === 1);

$filter = ['topic' => Model\Topic::INVOICE_PAID, 'status' => Model\EventStatus::DELIVERED];
$first = $webhooks->listEvents(limit: 2, from_date: '2020-01-01T00:00:00+01:00', topic: $filter['topic'], status: $filter['status']);
assert(count($first->getData()) === 2 && $first->getHasNextPage());
$second = $webhooks->listEvents(limit: 2, after: $first->getEndCursor(), topic: $filter['topic'], status: $filter['status']);
assert(count($second->getData()) === 1 && !$second->getHasNextPage() && $second->getHasPreviousPage());
assert($first->getData()[0]->getDeliveredAt() instanceof DateTime && $first->getData()[0]->getLastError() === null);

$failed = $webhooks->listEvents(status: Model\EventStatus::FAILED)->getData()[0];
assert($failed->getLastStatusCode() === 500 && $failed->getDeliveredAt() === null);
assert(str_contains($webhooks->retryFailedEvents()->getMessage(), '1'));
expect($control, $client, Model\Topic::PAYOUT_PAID, Model\EventStatus::DELIVERED, 1);
$statuses = array_map(fn ($attempt) => $attempt->getStatusCode(), $control->getEvent($failed->getId())->getAttempts());
assert($statuses === [500, 200]);
$outcomes = array_map(fn ($attempt) => $attempt->getOutcome(), $control->listAttempts(event_id: $failed->getId())->getData());
assert($outcomes === ['failed', 'delivered']);

assert($webhooks->deleteSubscription($subscription->getId())->getIsActive() === false);
assert(refused(404, fn () => $webhooks->deleteSubscription($subscription->getId()))->getCode() === 'not_found');
$plain = new Model\SubscriptionRequest(['endpoint_url' => 'http://public.example/', 'topic' => Model\Topic::INVOICE_PAID]);
assert(isset(refused(422, fn () => $webhooks->createSubscription($plain))->getValidationErrors()['endpoint_url']));

// PHP has no unions, so a receiver chooses the model by the topic.
$invoice = read_delivery('accepting', Model\InvoicePaidDelivery::class);
assert($invoice->valid() && $invoice->getData() instanceof Model\Invoice && $invoice->getData()->getMemo() === 'from PHP');
assert($invoice->getIdempotencyKey() === $invoice->getId() && $invoice->getTimestamp() instanceof DateTime);
$payout = read_delivery('refusing', Model\PayoutPaidDelivery::class);
assert($payout->valid() && $payout->getData()->getStatus() === 'succeeded' && $payout->getData()->getTotal() > 0);

assert($control->getHealth()->getStatus() === 'ok');
assert($control->getSettings()->getRetrySchedule() === ['0s'] && $control->getSettings()->getRateLimit() === null);
$advance = new Model\ClockAdvanceBy(['by' => '90m']);
assert(refused(409, fn () => $control->advanceClock($advance))->getCode() === 'conflict');
$control->deletePartner($partner->getPartnerId());

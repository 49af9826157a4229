<?php

// PHP: the curl extension as a client of the API, streams for the control API, and `php -S` with this file as the receiver.

declare(strict_types=1);

const SECRET = 'php-s3cret-4242';
const WAIT_SECONDS = 60;

if (PHP_SAPI === 'cli-server') {
    http_response_code(receive($_SERVER['HTTP_AUTHORIZATION'] ?? '', file_get_contents('php://input')));
    return;
}

/** Returns the status: 401, 400, 500 for the first attempt of each payout_failed, and otherwise 200. */
function receive(string $authorization, string $body): int
{
    if (!hash_equals('Bearer ' . SECRET, $authorization)) {
        return 401;
    }
    $delivery = json_decode($body, true);
    if (!is_string($delivery['idempotency_key'] ?? null)) {
        return 400;
    }
    // Each request is a program of its own, so what was received is kept in a file.
    $status = $delivery['topic'] === 'payout_failed' && deliveriesOf($delivery['idempotency_key']) === [] ? 500 : 200;
    $line = json_encode(['key' => $delivery['idempotency_key'], 'status' => $status, 'body' => $body]);
    file_put_contents(getenv('DELIVERIES'), $line . "\n", FILE_APPEND | LOCK_EX);
    return $status;
}

function deliveries(): array
{
    $lines = file(getenv('DELIVERIES'), FILE_IGNORE_NEW_LINES | FILE_SKIP_EMPTY_LINES);
    return array_map(fn ($line) => json_decode($line, true), $lines);
}

function deliveriesOf(string $event): array
{
    return array_values(array_filter(deliveries(), fn ($delivery) => $delivery['key'] === $event));
}

function expect(bool $held, string $otherwise): void
{
    if (!$held) {
        fwrite(STDERR, $otherwise . "\n");
        exit(1);
    }
}

function ok(string $step): void
{
    echo "ok: $step\n";
}

function waitFor(string $what, callable $condition): void
{
    for ($deadline = time() + WAIT_SECONDS; !$condition(); usleep(50_000)) {
        expect(time() < $deadline, "waited in vain for $what");
    }
}

final class Api
{
    private CurlHandle $curl;
    private string $token = '';

    public function __construct(private string $url, private string $clientId)
    {
        $this->curl = curl_init();
    }

    private function send(int $status, string $target, array $options): array
    {
        curl_reset($this->curl);
        curl_setopt_array($this->curl, $options + [
            CURLOPT_URL => $this->url . $target,
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_TIMEOUT => WAIT_SECONDS,
            CURLOPT_HTTPHEADER => ["Authorization: Bearer $this->token"],
        ]);
        $body = curl_exec($this->curl);
        expect($body !== false, "$target: " . curl_error($this->curl));
        $found = curl_getinfo($this->curl, CURLINFO_RESPONSE_CODE);
        expect($found === $status, "$target: $found $body");
        return json_decode($body, true, flags: JSON_THROW_ON_ERROR);
    }

    public function fetchToken(int $status, string $secret): array
    {
        return $this->send($status, '/oauth/token', [
            CURLOPT_HTTPHEADER => [],
            CURLOPT_USERPWD => "$this->clientId:$secret",
            CURLOPT_POSTFIELDS => http_build_query(['grant_type' => 'client_credentials', 'scope' => 'webhooks:read webhooks:write']),
        ]);
    }

    public function authenticate(string $token): void
    {
        $this->token = $token;
    }

    public function subscribe(string $endpoint, string $topic): array
    {
        return $this->send(201, '/webhooks', [
            CURLOPT_HTTPHEADER => ["Authorization: Bearer $this->token", 'Content-Type: application/json'],
            CURLOPT_POSTFIELDS => json_encode(['endpoint_url' => $endpoint, 'topic' => $topic, 'secret_key' => SECRET]),
        ]);
    }

    public function retry(): array
    {
        return $this->send(200, '/webhooks/retry', [CURLOPT_POST => true]);
    }

    public function delete(int $status, array $subscription): array
    {
        return $this->send($status, "/webhooks/{$subscription['id']}", [CURLOPT_CUSTOMREQUEST => 'DELETE']);
    }

    /** Writes the query with http_build_query, which encodes a plus sign, or as it is, where a plus sign stays one. */
    public function list(array $query, bool $isEncoded = true): array
    {
        $pairs = array_map(fn ($name, $value) => "$name=$value", array_keys($query), $query);
        return $this->send(200, '/webhooks/events?' . ($isEncoded ? http_build_query($query) : implode('&', $pairs)), []);
    }

    public function trigger(string $topic, int $count = 1): array
    {
        $context = stream_context_create(['http' => [
            'method' => 'POST',
            'header' => 'Content-Type: application/json',
            'content' => json_encode(['topic' => $topic, 'client_id' => $this->clientId, 'count' => $count]),
        ]]);
        $body = file_get_contents("$this->url/__admin/events", false, $context);
        expect($body !== false, "POST /__admin/events of $topic got no response");
        return json_decode($body, true, flags: JSON_THROW_ON_ERROR)['data'];
    }
}

function ids(array $events): array
{
    $ids = array_column($events, 'id');
    sort($ids);
    return $ids;
}

function walk(Api $api, bool $isEncoded, int $count): array
{
    $page = $api->list(['limit' => 3], $isEncoded);
    $walked = $page['data'];
    while ($page['has_next_page'] && count($walked) <= $count) {
        $page = $api->list(['limit' => 3, 'after' => $page['end_cursor']], $isEncoded);
        $walked = array_merge($walked, $page['data']);
    }
    return $walked;
}

function checkDelivery(array $event): void
{
    waitFor('the delivery', fn () => deliveriesOf($event['id']) !== []);
    $text = deliveriesOf($event['id'])[0]['body'];
    $body = json_decode($text, true);
    $entity = $event['entity_id'];
    expect([$body['topic'], $body['entity_id'], $body['data']['invoice_id']] === ['invoice_paid', $entity, $entity], "the delivery is $text");
    expect(new DateTimeImmutable($body['timestamp']) == new DateTimeImmutable($event['created_at']), "not created at that timestamp: $text");
    ok('receive');
}

function checkLists(Api $api, array $event): void
{
    // from_date is inclusive and to_date is not: an offset that were ignored, or a plus sign that were lost, would turn this around.
    $zone = new DateTimeZone('+01:00');
    $date = (new DateTimeImmutable($event['created_at']))->setTimezone($zone)->format(DateTimeInterface::RFC3339_EXTENDED);
    foreach ([true, false] as $isEncoded) {
        $listed = ids($api->list(['topic' => 'invoice_paid', 'from_date' => $date], $isEncoded)['data']);
        expect($listed === [$event['id']], "from_date=$date lists " . json_encode($listed));
        $listed = ids($api->list(['topic' => 'invoice_paid', 'to_date' => $date], $isEncoded)['data']);
        expect($listed === [], "to_date=$date lists " . json_encode($listed));
    }
    ok('list');
    $events = array_merge([$event], $api->trigger('invoice_paid', 6));
    foreach ([true, false] as $isEncoded) {
        $walked = walk($api, $isEncoded, count($events));
        expect(ids($walked) === ids($events), 'pages of 3 over 7 events have ' . count($walked));
    }
    ok('page');
}

function checkRetry(Api $api, string $endpoint): void
{
    $api->subscribe($endpoint, 'payout_failed');
    $refused = $api->trigger('payout_failed');
    waitFor('the event to fail', fn () => ids($api->list(['status' => 'failed'])['data']) === ids($refused));
    expect(is_string($api->retry()['message']), 'the retry has no message');
    $query = ['topic' => 'payout_failed', 'status' => 'delivered'];
    waitFor('the retried event', fn () => ids($api->list($query)['data']) === ids($refused));
    $bodies = array_column(deliveriesOf($refused[0]['id']), 'body');
    expect(count($bodies) === 2 && $bodies[0] === $bodies[1], 'the attempts are ' . json_encode($bodies));
    ok('retry');
}

function check(Api $api, string $endpoint): void
{
    expect($api->fetchToken(403, 'wrong')['error'] === 'invalid_client', 'a wrong secret is not invalid_client');
    $token = $api->fetchToken(200, getenv('HOOKSIM_CLIENT_SECRET'))['access_token'];
    expect(strlen($token) === 56, "the token is $token");
    $api->authenticate($token);
    ok('token');
    $subscription = $api->subscribe($endpoint, 'invoice_paid');
    expect($subscription['is_active'] && $subscription['secret_last_4_digits'] === '4242', 'created ' . json_encode($subscription));
    ok('subscribe');
    $events = $api->trigger('invoice_paid');
    expect(count($events) === 1, 'one subscription, but the events are ' . json_encode($events));
    ok('trigger');
    checkDelivery($events[0]);
    checkLists($api, $events[0]);
    checkRetry($api, $endpoint);
    $api->subscribe($endpoint, 'customer_updated');
    $burst = ids($api->trigger('customer_updated', 200));
    expect(count($burst) === 200, '200 were triggered, but created: ' . count($burst));
    waitFor('200 deliveries', fn () => array_diff($burst, array_column(deliveries(), 'key')) === []);
    waitFor('no pending event', fn () => $api->list(['status' => 'pending'])['data'] === []);
    ok('burst');
    expect($api->delete(200, $subscription)['is_active'] === false, 'the deleted subscription is active');
    expect($api->delete(404, $subscription)['code'] === 'not_found', 'deleting once more is not not_found');
    expect($api->trigger('invoice_paid') === [], 'a deleted subscription still gets events');
    ok('delete');
}

putenv('DELIVERIES=' . tempnam(sys_get_temp_dir(), 'deliveries'));
register_shutdown_function(fn () => unlink(getenv('DELIVERIES')));
// The port is free: this socket had it until now.
$probe = stream_socket_server('tcp://127.0.0.1:0');
$address = stream_socket_get_name($probe, false);
fclose($probe);
$log = ['file', '/dev/null', 'w'];
$receiver = proc_open([PHP_BINARY, '-S', $address, __FILE__], [1 => $log, 2 => $log], $pipes);
register_shutdown_function(fn () => proc_terminate($receiver));
waitFor('the receiver', function () use ($address) {
    $connection = @stream_socket_client("tcp://$address");
    return $connection !== false && fclose($connection);
});
check(new Api(getenv('HOOKSIM_URL'), getenv('HOOKSIM_CLIENT_ID')), "http://$address/hooks");

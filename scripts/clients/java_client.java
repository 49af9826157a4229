// Java: java.net.http with its default client, and com.sun.net.httpserver as the receiver.

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.*;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

class JavaClient {
    static final Api api = new Api();

    static void expect(boolean held, String otherwise) {
        if (!held) throw new Failure(otherwise);
    }

    static void ok(String step) {
        System.out.println("ok: " + step);
    }

    static void waitFor(String what, Callable<Boolean> condition) throws Exception {
        var deadline = Instant.now().plusSeconds(60);
        while (!condition.call()) {
            expect(Instant.now().isBefore(deadline), "waited in vain for " + what);
            Thread.sleep(50);
        }
    }

    static Set<String> ids(List<JsonObject> events) {
        var ids = events.stream().map(event -> event.get("id").getAsString()).collect(Collectors.toSet());
        expect(ids.size() == events.size(), "an event is listed twice");
        return ids;
    }

    static boolean lists(List<JsonObject> events, String... pairs) throws Exception {
        return ids(Api.events(api.list(true, pairs))).equals(ids(events));
    }

    static List<JsonObject> walk(boolean isEncoded, int count) throws Exception {
        var page = api.list(isEncoded, "limit", "3");
        var walked = new ArrayList<>(Api.events(page));
        while (page.get("has_next_page").getAsBoolean() && walked.size() <= count) {
            page = api.list(isEncoded, "limit", "3", "after", page.get("end_cursor").getAsString());
            walked.addAll(Api.events(page));
        }
        return walked;
    }

    static void receive(Receiver receiver, JsonObject event) throws Exception {
        var id = event.get("id").getAsString();
        waitFor("the delivery", () -> receiver.hasAccepted(id));
        var body = receiver.deliveries(id).get(0).body();
        var entity = event.get("entity_id");
        expect(body.get("topic").getAsString().equals("invoice_paid"), "the delivery is " + body);
        expect(body.get("entity_id").equals(entity) && body.getAsJsonObject("data").get("invoice_id").equals(entity), "the delivery is " + body);
        var timestamp = Instant.parse(body.get("timestamp").getAsString());
        expect(timestamp.equals(Instant.parse(event.get("created_at").getAsString())), "the timestamp " + timestamp + " is not " + event);
        ok("receive");
    }

    static void list(List<JsonObject> events) throws Exception {
        // from_date is inclusive and to_date is not: an offset that were ignored, or a plus sign that were lost, would turn this around.
        var created = Instant.parse(events.get(0).get("created_at").getAsString());
        var date = created.atOffset(ZoneOffset.ofHours(1)).format(DateTimeFormatter.ISO_OFFSET_DATE_TIME);
        for (var isEncoded : List.of(true, false)) {
            var from = Api.events(api.list(isEncoded, "topic", "invoice_paid", "from_date", date));
            expect(ids(from).equals(ids(events)), "from_date=" + date + " lists " + from);
            var to = Api.events(api.list(isEncoded, "topic", "invoice_paid", "to_date", date));
            expect(to.isEmpty(), "to_date=" + date + " lists " + to);
        }
        ok("list");
    }

    static void retry(Receiver receiver) throws Exception {
        api.subscribe(receiver.url(), "payout_failed");
        var refused = api.trigger("payout_failed", 1);
        waitFor("the event to fail", () -> lists(refused, "status", "failed"));
        expect(!api.retry().get("message").getAsString().isEmpty(), "the retry has no message");
        waitFor("the retried event", () -> lists(refused, "topic", "payout_failed", "status", "delivered"));
        var attempts = receiver.deliveries(refused.get(0).get("id").getAsString());
        expect(attempts.size() == 2 && attempts.get(0).text().equals(attempts.get(1).text()), "the attempts are " + attempts);
        ok("retry");
    }

    static void run(Receiver receiver) throws Exception {
        expect(api.fetchToken(403, "wrong").get("error").getAsString().equals("invalid_client"), "a wrong secret is not invalid_client");
        var token = api.fetchToken(200, System.getenv("HOOKSIM_CLIENT_SECRET")).get("access_token").getAsString();
        expect(token.length() == 56, "the token is " + token);
        api.authenticate(token);
        ok("token");
        var subscription = api.subscribe(receiver.url(), "invoice_paid");
        expect(subscription.get("secret_last_4_digits").getAsString().equals("4242"), "the subscription is " + subscription);
        ok("subscribe");
        var events = new ArrayList<>(api.trigger("invoice_paid", 1));
        expect(events.size() == 1, "one subscription, but the events are " + events);
        ok("trigger");
        receive(receiver, events.get(0));
        list(events);
        events.addAll(api.trigger("invoice_paid", 6));
        for (var isEncoded : List.of(true, false))
            expect(ids(walk(isEncoded, events.size())).equals(ids(events)), "the pages of 3 are not the " + events.size() + " events");
        ok("page");
        retry(receiver);
        api.subscribe(receiver.url(), "customer_updated");
        var burst = ids(api.trigger("customer_updated", 200));
        waitFor("200 deliveries", () -> burst.size() == 200 && burst.stream().allMatch(receiver::hasAccepted));
        waitFor("no pending event", () -> lists(List.of(), "status", "pending"));
        ok("burst");
        var id = subscription.get("id").getAsString();
        expect(!api.delete(200, id).get("is_active").getAsBoolean(), "the deleted subscription is active");
        expect(api.delete(404, id).get("code").getAsString().equals("not_found"), "deleting once more is not not_found");
        expect(api.trigger("invoice_paid", 1).isEmpty(), "a deleted subscription still gets events");
        ok("delete");
    }

    public static void main(String[] arguments) throws Exception {
        var receiver = new Receiver();
        try {
            run(receiver);
        } catch (Failure | IOException e) {
            System.err.println(e);
            System.exit(1);
        } finally {
            receiver.stop();
        }
    }
}

class Failure extends RuntimeException {
    Failure(String message) {
        super(message);
    }
}

record Delivery(JsonObject body, String text, int status) {}

/** Responds 401, 400, 500 for the first attempt of each payout_failed, and otherwise 200. */
class Receiver {
    static final String SECRET = "java-s3cret-4242";
    private final Map<String, List<Delivery>> deliveries = new HashMap<>();
    private final HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);

    Receiver() throws IOException {
        server.createContext("/hooks", this::receive);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/hooks";
    }

    private void receive(HttpExchange exchange) throws IOException {
        var text = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status(exchange.getRequestHeaders().getFirst("Authorization"), text), -1);
        exchange.close();
    }

    private synchronized int status(String authorization, String text) {
        if (!("Bearer " + SECRET).equals(authorization)) return 401;
        try {
            var body = JsonParser.parseString(text).getAsJsonObject();
            var earlier = deliveries.computeIfAbsent(body.get("idempotency_key").getAsString(), key -> new ArrayList<>());
            var status = body.get("topic").getAsString().equals("payout_failed") && earlier.isEmpty() ? 500 : 200;
            earlier.add(new Delivery(body, text, status));
            return status;
        } catch (JsonParseException | IllegalStateException | NullPointerException e) {
            return 400;
        }
    }

    synchronized List<Delivery> deliveries(String event) {
        return List.copyOf(deliveries.getOrDefault(event, List.of()));
    }

    boolean hasAccepted(String event) {
        return deliveries(event).stream().anyMatch(delivery -> delivery.status() == 200);
    }

    void stop() {
        server.stop(0);
    }
}

class Api {
    static final String URL = System.getenv("HOOKSIM_URL");
    static final String CLIENT_ID = System.getenv("HOOKSIM_CLIENT_ID");
    private final HttpClient http = HttpClient.newHttpClient();
    private String token;

    JsonObject send(int status, HttpRequest.Builder builder) throws Exception {
        var request = builder.build();
        HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
        if (response.statusCode() != status)
            throw new Failure(request.method() + " " + request.uri() + ": " + response.statusCode() + " " + response.body());
        return JsonParser.parseString(response.body()).getAsJsonObject();
    }

    private HttpRequest.Builder request(String target) {
        return HttpRequest.newBuilder(URI.create(URL + target)).timeout(Duration.ofSeconds(60));
    }

    private HttpRequest.Builder authorized(String target) {
        return request(target).header("Authorization", "Bearer " + token);
    }

    private static HttpRequest.Builder post(HttpRequest.Builder request, JsonObject body) {
        return request.header("Content-Type", "application/json").POST(BodyPublishers.ofString(body.toString()));
    }

    JsonObject fetchToken(int status, String secret) throws Exception {
        var credentials = Base64.getEncoder().encodeToString((CLIENT_ID + ":" + secret).getBytes(StandardCharsets.UTF_8));
        var scope = URLEncoder.encode("webhooks:read webhooks:write", StandardCharsets.UTF_8);
        return send(status, request("/oauth/token")
            .header("Authorization", "Basic " + credentials)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString("grant_type=client_credentials&scope=" + scope)));
    }

    void authenticate(String token) {
        this.token = token;
    }

    JsonObject subscribe(String endpoint, String topic) throws Exception {
        var body = new JsonObject();
        body.addProperty("endpoint_url", endpoint);
        body.addProperty("topic", topic);
        body.addProperty("secret_key", Receiver.SECRET);
        return send(201, post(authorized("/webhooks"), body));
    }

    List<JsonObject> trigger(String topic, int count) throws Exception {
        var body = new JsonObject();
        body.addProperty("topic", topic);
        body.addProperty("client_id", CLIENT_ID);
        body.addProperty("count", count);
        return events(send(201, post(request("/__admin/events"), body)));
    }

    /** Writes the query with URLEncoder, which encodes a plus sign, or as it is, where a plus sign stays one. */
    JsonObject list(boolean isEncoded, String... pairs) throws Exception {
        var query = new StringJoiner("&");
        for (var i = 0; i < pairs.length; i += 2)
            query.add(pairs[i] + "=" + (isEncoded ? URLEncoder.encode(pairs[i + 1], StandardCharsets.UTF_8) : pairs[i + 1]));
        return send(200, authorized("/webhooks/events?" + query));
    }

    JsonObject retry() throws Exception {
        return send(200, authorized("/webhooks/retry").POST(BodyPublishers.noBody()));
    }

    JsonObject delete(int status, String subscription) throws Exception {
        return send(status, authorized("/webhooks/" + subscription).DELETE());
    }

    static List<JsonObject> events(JsonObject page) {
        return StreamSupport.stream(page.getAsJsonArray("data").spliterator(), false).map(row -> row.getAsJsonObject()).toList();
    }
}

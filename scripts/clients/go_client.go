// Go: net/http as a client of the API and as a receiver, both with their defaults.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	secret   = "go-s3cret-4242"
	patience = 60 * time.Second
)

var (
	baseURL  = strings.TrimSuffix(os.Getenv("HOOKSIM_URL"), "/")
	clientID = os.Getenv("HOOKSIM_CLIENT_ID")
	token    string
)

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}

func expect(held bool, format string, values ...any) {
	if !held {
		fail(format, values...)
	}
}

func ok(step string) { fmt.Println("ok:", step) }

func waitFor(what string, condition func() bool) {
	for deadline := time.Now().Add(patience); !condition(); time.Sleep(50 * time.Millisecond) {
		expect(time.Now().Before(deadline), "waited in vain for %s", what)
	}
}

// The receiver

type delivery struct {
	Key       string         `json:"idempotency_key"`
	Topic     string         `json:"topic"`
	EntityID  string         `json:"entity_id"`
	Timestamp time.Time      `json:"timestamp"`
	Data      map[string]any `json:"data"`
	body      []byte
	status    int
}

// receiver responds 401, 400, 500 for the first attempt of each payout_failed, and otherwise 200.
type receiver struct {
	mutex      sync.Mutex
	deliveries map[string][]delivery
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if request.Header.Get("Authorization") != "Bearer "+secret {
		http.Error(w, "wrong secret", http.StatusUnauthorized)
		return
	}
	body, err := io.ReadAll(request.Body)
	received := delivery{status: http.StatusOK, body: body}
	if err != nil || json.Unmarshal(body, &received) != nil || received.Key == "" {
		http.Error(w, "not a delivery with an idempotency_key", http.StatusBadRequest)
		return
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if received.Topic == "payout_failed" && len(r.deliveries[received.Key]) == 0 {
		received.status = http.StatusInternalServerError
	}
	r.deliveries[received.Key] = append(r.deliveries[received.Key], received)
	w.WriteHeader(received.status)
}

func (r *receiver) received(events []event) (deliveries []delivery) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, event := range events {
		deliveries = append(deliveries, r.deliveries[event.ID]...)
	}
	return deliveries
}

func (r *receiver) hasAccepted(events []event) bool {
	accepted := map[string]bool{}
	for _, delivery := range r.received(events) {
		if delivery.status == http.StatusOK {
			accepted[delivery.Key] = true
		}
	}
	return len(accepted) == len(events)
}

// The client

type event struct {
	ID        string    `json:"id"`
	EntityID  string    `json:"entity_id"`
	CreatedAt time.Time `json:"created_at"`
}

type page struct {
	Data      []event `json:"data"`
	EndCursor string  `json:"end_cursor"`
	HasNext   bool    `json:"has_next_page"`
}

type subscription struct {
	ID       string `json:"id"`
	IsActive bool   `json:"is_active"`
	Last4    string `json:"secret_last_4_digits"`
}

// send returns the status, and decodes the response into result.
func send(request *http.Request, result any) int {
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		fail("%v", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		fail("%s %s: %v", request.Method, request.URL, err)
	}
	if result != nil {
		if err := json.Unmarshal(body, result); err != nil {
			fail("%s %s: %d %s: %v", request.Method, request.URL, response.StatusCode, body, err)
		}
	}
	return response.StatusCode
}

func newRequest(method, target string, body any) *http.Request {
	var reader io.Reader
	if body != nil {
		encoded, _ := json.Marshal(body)
		reader = bytes.NewReader(encoded)
	}
	request, err := http.NewRequest(method, baseURL+target, reader)
	if err != nil {
		fail("%v", err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" && !strings.HasPrefix(target, "/__admin") {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return request
}

func require(status int, method, target string, body, result any) {
	if got := send(newRequest(method, target, body), result); got != status {
		fail("%s %s: the status is %d, not %d", method, target, got, status)
	}
}

func fetchToken(secret string, result any) int {
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"webhooks:read webhooks:write"}}
	request, _ := http.NewRequest("POST", baseURL+"/oauth/token", strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(clientID, secret)
	return send(request, result)
}

func subscribe(endpoint, topic string) (created subscription) {
	require(201, "POST", "/webhooks", map[string]string{"endpoint_url": endpoint, "topic": topic, "secret_key": secret}, &created)
	return created
}

func trigger(topic string, count int) []event {
	var triggered page
	require(201, "POST", "/__admin/events", map[string]any{"topic": topic, "client_id": clientID, "count": count}, &triggered)
	return triggered.Data
}

// list writes the query with url.Values, which encodes a plus sign, or as it is, where a plus sign stays one.
func list(encoded bool, pairs ...string) (listed page) {
	query := url.Values{}
	var raw []string
	for i := 0; i < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
		raw = append(raw, pairs[i]+"="+pairs[i+1])
	}
	text := query.Encode()
	if !encoded {
		text = strings.Join(raw, "&")
	}
	require(200, "GET", "/webhooks/events?"+text, nil, &listed)
	return listed
}

func sameEvents(found, expected []event) bool {
	ids := map[string]bool{}
	for _, event := range found {
		ids[event.ID] = true
	}
	for _, event := range expected {
		if !ids[event.ID] {
			return false
		}
	}
	return len(found) == len(expected) && len(ids) == len(expected)
}

func main() {
	hooks := &receiver{deliveries: map[string][]delivery{}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fail("%v", err)
	}
	go http.Serve(listener, hooks)
	endpoint := fmt.Sprintf("http://%s/hooks", listener.Addr())

	var granted struct {
		Token string `json:"access_token"`
		Error string `json:"error"`
	}
	expect(fetchToken("wrong", &granted) == 403 && granted.Error == "invalid_client", "a wrong secret: %v", granted)
	expect(fetchToken(os.Getenv("HOOKSIM_CLIENT_SECRET"), &granted) == 200 && len(granted.Token) == 56, "a token: %v", granted)
	token = granted.Token
	ok("token")

	created := subscribe(endpoint, "invoice_paid")
	expect(created.IsActive && created.Last4 == "4242", "the subscription is %v", created)
	ok("subscribe")

	events := trigger("invoice_paid", 1)
	expect(len(events) == 1, "one subscription, but the events are %v", events)
	first := events[0]
	ok("trigger")

	waitFor("the delivery", func() bool { return hooks.hasAccepted(events) })
	got := hooks.received(events)[0]
	expect(got.Topic == "invoice_paid" && got.EntityID == first.EntityID && got.Data["invoice_id"] == first.EntityID,
		"the delivery is %s", got.body)
	expect(got.Timestamp.Equal(first.CreatedAt), "the timestamp %v is not the creation time %v", got.Timestamp, first.CreatedAt)
	ok("receive")

	// from_date is inclusive and to_date is not: an offset that were ignored, or a plus sign that were lost, would turn this around.
	date := first.CreatedAt.In(time.FixedZone("", 3600)).Format("2006-01-02T15:04:05.000-07:00")
	for _, encoded := range []bool{true, false} {
		expect(sameEvents(list(encoded, "topic", "invoice_paid", "from_date", date).Data, events), "from_date=%s", date)
		expect(sameEvents(list(encoded, "topic", "invoice_paid", "to_date", date).Data, nil), "to_date=%s", date)
	}
	ok("list")

	events = append(events, trigger("invoice_paid", 6)...)
	for _, encoded := range []bool{true, false} {
		var walked []event
		for listed := list(encoded, "limit", "3"); ; listed = list(encoded, "limit", "3", "after", listed.EndCursor) {
			walked = append(walked, listed.Data...)
			if !listed.HasNext || len(walked) > len(events) {
				break
			}
		}
		expect(sameEvents(walked, events), "pages of 3 over %d events have %d", len(events), len(walked))
	}
	ok("page")

	subscribe(endpoint, "payout_failed")
	refused := trigger("payout_failed", 1)
	waitFor("the event to fail", func() bool { return sameEvents(list(true, "status", "failed").Data, refused) })
	var retried struct{ Message string }
	require(200, "POST", "/webhooks/retry", nil, &retried)
	expect(retried.Message != "", "the retry has no message")
	waitFor("the retried event", func() bool {
		return sameEvents(list(true, "topic", "payout_failed", "status", "delivered").Data, refused)
	})
	attempts := hooks.received(refused)
	expect(len(attempts) == 2 && bytes.Equal(attempts[0].body, attempts[1].body), "the attempts are %v", attempts)
	ok("retry")

	subscribe(endpoint, "customer_updated")
	burst := trigger("customer_updated", 200)
	expect(len(burst) == 200, "200 were triggered, but %d created", len(burst))
	waitFor("200 deliveries", func() bool { return hooks.hasAccepted(burst) })
	waitFor("no pending event", func() bool { return len(list(true, "status", "pending").Data) == 0 })
	ok("burst")

	var deleted subscription
	require(200, "DELETE", "/webhooks/"+created.ID, nil, &deleted)
	expect(deleted.ID == created.ID && !deleted.IsActive, "the deleted subscription is %v", deleted)
	var problem struct{ Code string }
	require(404, "DELETE", "/webhooks/"+created.ID, nil, &problem)
	expect(problem.Code == "not_found", "the code is %q", problem.Code)
	expect(len(trigger("invoice_paid", 1)) == 0, "a deleted subscription still gets events")
	ok("delete")
}

// Uses every kind of request of both APIs by the client that openapi-generator writes for Go, and reads a delivery with its models.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"generated"
)

var client = func() *generated.APIClient {
	configuration := generated.NewConfiguration()
	configuration.Servers = generated.ServerConfigurations{{URL: os.Getenv("HOOKSIM_URL")}}
	return generated.NewAPIClient(configuration)
}()

func check(holds bool, what ...any) {
	if !holds {
		panic(fmt.Sprint(what...))
	}
}

func must[Value any](value Value, _ *http.Response, err error) Value {
	check(err == nil, err)
	return value
}

// refused returns a function, since the results of a request can't be passed together with the status.
func refused[Value any](status int) func(Value, *http.Response, error) generated.HttpError {
	return func(_ Value, response *http.Response, err error) generated.HttpError {
		check(err != nil && response.StatusCode == status, "not refused with ", status, ": ", err)
		return err.(*generated.GenericOpenAPIError).Model().(generated.HttpError)
	}
}

func pointer[Value any](value Value) *Value { return &value }

func authorized(partner *generated.CreatedPartner) context.Context {
	credentials := generated.BasicAuth{UserName: partner.ClientId, Password: partner.ClientSecret}
	basic := context.WithValue(context.Background(), generated.ContextBasicAuth, credentials)
	request := client.OauthAPI.CreateToken(basic).GrantType("client_credentials").Scope("webhooks:read webhooks:write")
	token := must(request.Execute())
	check(token.ExpiresIn == 3600, token)
	return context.WithValue(context.Background(), generated.ContextAccessToken, token.AccessToken)
}

func subscribe(webhooks context.Context, topic generated.Topic, path string) *generated.Subscription {
	request := generated.NewSubscriptionRequest(os.Getenv("RECEIVER_URL")+"/go/"+path, topic)
	request.SetSecretKey("s3cr3t-4242")
	return must(client.WebhooksAPI.CreateSubscription(webhooks).SubscriptionRequest(*request).Execute())
}

func trigger(partner *generated.CreatedPartner, topic generated.Topic, count int32) *generated.TriggeredEvents {
	request := generated.NewTriggerRequest(topic)
	request.SetClientId(partner.ClientId)
	request.SetCount(count)
	request.SetSet(map[string]any{"memo": "from Go"})
	return must(client.ControlAPI.TriggerEvent(context.Background()).TriggerRequest(*request).Execute())
}

func expect(partner *generated.CreatedPartner, topic generated.Topic, status generated.EventStatus, count int32) {
	conditions := generated.NewEventConditions()
	conditions.SetClientId(partner.ClientId)
	conditions.SetTopic(topic)
	conditions.SetStatus(status)
	events := generated.NewEventExpectation("events")
	events.SetWhere(*conditions)
	events.SetCount(count)
	events.SetTimeoutMs(30_000)
	expectation := generated.EventExpectationAsExpectation(events)
	met := must(client.ControlAPI.Expect(context.Background()).Expectation(expectation).Execute())
	check(met.Count == count, met)
}

func read(path string) generated.Delivery {
	body, err := os.ReadFile(os.Getenv("DELIVERIES") + "/go-" + path + ".json")
	check(err == nil, err)
	var delivery generated.Delivery
	err = json.Unmarshal(body, &delivery)
	check(err == nil, err)
	return delivery
}

func main() {
	control := context.Background()
	partner := must(client.ControlAPI.CreatePartner(control).PartnerRequest(*generated.NewPartnerRequest()).Execute())
	webhooks := authorized(partner)

	subscription := subscribe(webhooks, generated.INVOICE_PAID, "accepting")
	check(subscription.IsActive && subscription.SecretLast4Digits == "4242", subscription)
	check(time.Since(subscription.CreatedAt) < time.Hour, subscription.CreatedAt)
	subscribe(webhooks, generated.PAYOUT_PAID, "refusing")
	check(len(must(client.WebhooksAPI.ListSubscriptions(webhooks).IsActive(true).Execute()).Data) == 2)

	effect := generated.DuplicateEffectAsDeliveryFaultEffect(generated.NewDuplicateEffect(2))
	fault := generated.NewDeliveryFaultRequest("delivery", effect)
	fault.SetMatch(generated.DeliveryFaultMatch{ClientId: &partner.ClientId, Topic: pointer(generated.INVOICE_PAID)})
	fault.SetTimes(1)
	request := generated.DeliveryFaultRequestAsFaultRequest(fault)
	rule := must(client.ControlAPI.AddFault(control).FaultRequest(request).Execute()).FaultRule

	created := trigger(partner, generated.INVOICE_PAID, 3)
	check(len(created.Data) == 3 && created.MatchedSubscriptions == 1, created)
	trigger(partner, generated.PAYOUT_PAID, 1)
	expect(partner, generated.INVOICE_PAID, generated.DELIVERED, 3)
	expect(partner, generated.PAYOUT_PAID, generated.FAILED, 1)
	check(must(client.ControlAPI.RemoveFault(control, rule.Id).Execute()).Hits == 1)

	list := client.WebhooksAPI.ListEvents(webhooks).Limit(2).Topic(generated.INVOICE_PAID).Status(generated.DELIVERED)
	first := must(list.FromDate("2020-01-01T00:00:00+01:00").Execute())
	check(len(first.Data) == 2 && first.HasNextPage, first)
	second := must(list.After(first.EndCursor).Execute())
	check(len(second.Data) == 1 && !second.HasNextPage && second.HasPreviousPage, second)
	check(first.Data[0].DeliveredAt.IsSet() && first.Data[0].LastError.Get() == nil, first.Data[0])

	failed := must(client.WebhooksAPI.ListEvents(webhooks).Status(generated.FAILED).Execute()).Data[0]
	check(*failed.LastStatusCode.Get() == 500 && failed.DeliveredAt.Get() == nil, failed)
	check(strings.Contains(must(client.WebhooksAPI.RetryFailedEvents(webhooks).Execute()).Message, "1"))
	expect(partner, generated.PAYOUT_PAID, generated.DELIVERED, 1)
	detail := must(client.ControlAPI.GetEvent(control, failed.Id).Execute())
	check(len(detail.Attempts) == 2 && *detail.Attempts[1].StatusCode.Get() == 200, detail)
	attempts := must(client.ControlAPI.ListAttempts(control).EventId(failed.Id).Execute()).Data
	check(attempts[0].Outcome == "failed" && attempts[1].Outcome == "delivered", attempts)

	deletion := client.WebhooksAPI.DeleteSubscription(webhooks, subscription.Id)
	check(!must(deletion.Execute()).IsActive)
	check(refused[*generated.Subscription](404)(deletion.Execute()).Code == "not_found")
	plain := generated.NewSubscriptionRequest("http://public.example/", generated.INVOICE_PAID)
	creation := client.WebhooksAPI.CreateSubscription(webhooks).SubscriptionRequest(*plain)
	wrong := refused[*generated.Subscription](422)(creation.Execute())
	check(wrong.GetValidationErrors()["endpoint_url"] != "", wrong)

	invoice := read("accepting").InvoicePaidDelivery
	check(invoice.IdempotencyKey == invoice.GetId() && *invoice.Data.Memo == "from Go", invoice)
	check(invoice.Timestamp.Equal(invoice.GetCreatedAt()), invoice)
	payout := read("refusing").PayoutPaidDelivery
	check(*payout.Data.Status == "succeeded" && *payout.Data.Total > 0, payout)

	check(must(client.ControlAPI.GetHealth(control).Execute()).Status == "ok")
	settings := must(client.ControlAPI.GetSettings(control).Execute())
	check(settings.RetrySchedule[0] == "0s" && settings.RateLimit.Get() == nil, settings)
	advance := client.ControlAPI.AdvanceClock(control).ClockAdvance(
		generated.ClockAdvanceByAsClockAdvance(generated.NewClockAdvanceBy("90m")))
	check(refused[*generated.ClockAdvanced](409)(advance.Execute()).Code == "conflict")
	must(client.ControlAPI.DeletePartner(control, partner.PartnerId).Execute())
}

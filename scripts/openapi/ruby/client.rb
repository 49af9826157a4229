# frozen_string_literal: true

# Uses every kind of request of both APIs by the client that openapi-generator writes for Ruby, and reads a delivery with its models.

require 'json'
require 'uri'
require 'generated'

def check(holds, what = nil)
  raise "a check failed: #{what.inspect}" unless holds
end

def client
  url = URI(ENV.fetch('HOOKSIM_URL'))
  configuration = Generated::Configuration.new
  configuration.scheme = url.scheme
  configuration.host = "#{url.host}:#{url.port}"
  configuration.server_index = nil
  yield configuration if block_given?
  Generated::ApiClient.new(configuration)
end

def webhooks_of(partner)
  basic = client do |configuration|
    configuration.username = partner.client_id
    configuration.password = partner.client_secret
  end
  token = Generated::OauthApi.new(basic).create_token('client_credentials', scope: 'webhooks:read webhooks:write')
  check token.expires_in == 3600, token
  Generated::WebhooksApi.new(client { |configuration| configuration.access_token = token.access_token })
end

def subscribe(webhooks, topic, path)
  url = "#{ENV.fetch('RECEIVER_URL')}/ruby/#{path}"
  webhooks.create_subscription(
    Generated::SubscriptionRequest.new(endpoint_url: url, topic: topic, secret_key: 's3cr3t-4242')
  )
end

def expect(control, client_id, topic, status, count)
  where = Generated::EventConditions.new(client_id: client_id, topic: topic, status: status)
  events = Generated::EventExpectation.new(of: 'events', where: where, count: count, timeout_ms: 30_000)
  check control.expect(events).count == count
end

def refused(status)
  yield
rescue Generated::ApiError => e
  check e.code == status, e
  Generated::HttpError.build_from_hash(JSON.parse(e.response_body, symbolize_names: true))
else
  raise "not refused with #{status}"
end

def read_delivery(path)
  body = JSON.parse(File.read("#{ENV.fetch('DELIVERIES')}/ruby-#{path}.json"), symbolize_names: true)
  Generated::Delivery.build(body)
end

topic = Generated::Topic
status = Generated::EventStatus
control = Generated::ControlApi.new(client)
partner = control.create_partner(partner_request: Generated::PartnerRequest.new)
webhooks = webhooks_of(partner)

subscription = subscribe(webhooks, topic::INVOICE_PAID, 'accepting')
check subscription.is_active && subscription.secret_last_4_digits == '4242', subscription
check subscription.created_at.is_a?(Time), subscription
subscribe(webhooks, topic::PAYOUT_PAID, 'refusing')
check webhooks.list_subscriptions(is_active: true).data.length == 2

rule = control.add_fault(
  Generated::DeliveryFaultRequest.new(
    target: 'delivery',
    match: Generated::DeliveryFaultMatch.new(client_id: partner.client_id, topic: topic::INVOICE_PAID),
    effect: Generated::DuplicateEffect.new(duplicate: 2),
    times: 1
  )
)

created = control.trigger_event(
  Generated::TriggerRequest.new(
    topic: topic::INVOICE_PAID, client_id: partner.client_id, count: 3, set: { memo: 'from Ruby' }
  )
)
check created.data.length == 3 && created.matched_subscriptions == 1, created
control.trigger_event(Generated::TriggerRequest.new(topic: topic::PAYOUT_PAID, client_id: partner.client_id))
expect(control, partner.client_id, topic::INVOICE_PAID, status::DELIVERED, 3)
expect(control, partner.client_id, topic::PAYOUT_PAID, status::FAILED, 1)
check control.remove_fault(rule.id).hits == 1

filter = { limit: 2, topic: topic::INVOICE_PAID, status: status::DELIVERED }
first = webhooks.list_events(filter.merge(from_date: '2020-01-01T00:00:00+01:00'))
check first.data.length == 2 && first.has_next_page, first
second = webhooks.list_events(filter.merge(after: first.end_cursor))
check second.data.length == 1 && !second.has_next_page && second.has_previous_page, second
check (first.data + second.data).map(&:id).sort == created.data.map(&:id).sort
check first.data[0].delivered_at.is_a?(Time) && first.data[0].last_error.nil?, first.data[0]

failed = webhooks.list_events(status: status::FAILED).data[0]
check failed.last_status_code == 500 && failed.delivered_at.nil?, failed
check webhooks.retry_failed_events.message.include?('1')
expect(control, partner.client_id, topic::PAYOUT_PAID, status::DELIVERED, 1)
check control.get_event(failed.id).attempts.map(&:status_code) == [500, 200]
check control.list_attempts(event_id: failed.id).data.map(&:outcome) == %w[failed delivered]

check webhooks.delete_subscription(subscription.id).is_active == false
check refused(404) { webhooks.delete_subscription(subscription.id) }.code == 'not_found'
plain = Generated::SubscriptionRequest.new(endpoint_url: 'http://public.example/', topic: topic::INVOICE_PAID)
check refused(422) { webhooks.create_subscription(plain) }.validation_errors['endpoint_url']

invoice = read_delivery('accepting')
check invoice.is_a?(Generated::InvoicePaidDelivery) && invoice.data.memo == 'from Ruby', invoice
check invoice.idempotency_key == invoice.id && invoice.timestamp == invoice.created_at, invoice
payout = read_delivery('refusing')
check payout.is_a?(Generated::PayoutPaidDelivery) && payout.data.status == 'succeeded', payout

check control.get_health.status == 'ok'
settings = control.get_settings
check settings.retry_schedule == ['0s'] && settings.rate_limit.nil?, settings
advance = Generated::ClockAdvanceBy.new(by: '90m')
check refused(409) { control.advance_clock(advance) }.code == 'conflict'
control.delete_partner(partner.partner_id)

# Ruby: Net::HTTP as a client of the API, and WEBrick as the receiver.

require 'json'
require 'net/http'
require 'time'
require 'webrick'

SECRET = 'ruby-s3cret-4242'
URL = ENV.fetch('HOOKSIM_URL')
CLIENT_ID = ENV.fetch('HOOKSIM_CLIENT_ID')
WAIT_SECONDS = 60

def expect(held, otherwise)
  abort otherwise unless held
end

def ok(step)
  puts "ok: #{step}"
end

def wait_for(what)
  deadline = Time.now + WAIT_SECONDS
  until yield
    expect Time.now < deadline, "waited in vain for #{what}"
    sleep 0.05
  end
end

# Responds 401, 400, 500 for the first attempt of each payout_failed, and otherwise 200.
class Receiver
  def initialize
    @mutex = Mutex.new
    @deliveries = Hash.new { |all, key| all[key] = [] }
    @server = WEBrick::HTTPServer.new(BindAddress: '127.0.0.1', Port: 0, AccessLog: [], Logger: WEBrick::Log.new(File::NULL))
    @server.mount_proc('/hooks') { |request, response| response.status = receive(request['Authorization'], request.body) }
    Thread.new { @server.start }
  end

  def url
    "http://127.0.0.1:#{@server.config[:Port]}/hooks"
  end

  def receive(authorization, body)
    return 401 unless authorization == "Bearer #{SECRET}"

    key, topic = JSON.parse(body).fetch_values('idempotency_key', 'topic')
    @mutex.synchronize do
      status = topic == 'payout_failed' && @deliveries[key].empty? ? 500 : 200
      @deliveries[key] << { status: status, body: body }
      status
    end
  rescue JSON::ParserError, KeyError
    400
  end

  def deliveries(event)
    @mutex.synchronize { @deliveries[event['id']].dup }
  end

  def accepted?(event)
    deliveries(event).any? { |delivery| delivery[:status] == 200 }
  end
end

# The API over one connection that is kept, as Net::HTTP.start gives it.
class Api
  attr_writer :token

  def initialize(http)
    @http = http
  end

  def send(status, request)
    request['Authorization'] ||= "Bearer #{@token}" if @token
    response = @http.request(request)
    expect response.code == status.to_s, "#{request.method} #{request.path}: #{response.code} #{response.body}"
    JSON.parse(response.body)
  end

  def fetch_token(status, secret)
    request = Net::HTTP::Post.new('/oauth/token')
    request.basic_auth(CLIENT_ID, secret)
    request.set_form_data('grant_type' => 'client_credentials', 'scope' => 'webhooks:read webhooks:write')
    send(status, request)
  end

  def post(status, path, body)
    send(status, Net::HTTP::Post.new(path, 'Content-Type' => 'application/json').tap { |request| request.body = body.to_json })
  end

  def subscribe(endpoint, topic)
    post(201, '/webhooks', endpoint_url: endpoint, topic: topic, secret_key: SECRET)
  end

  def trigger(topic, count = 1)
    post(201, '/__admin/events', topic: topic, client_id: CLIENT_ID, count: count)['data']
  end

  def retry_failed
    send(200, Net::HTTP::Post.new('/webhooks/retry'))
  end

  def delete(status, subscription)
    send(status, Net::HTTP::Delete.new("/webhooks/#{subscription['id']}"))
  end

  # The query is written by URI, which encodes a plus sign, or as it is, where a plus sign stays one.
  def list(encoded: true, **query)
    text = encoded ? URI.encode_www_form(query) : query.map { |name, value| "#{name}=#{value}" }.join('&')
    send(200, Net::HTTP::Get.new("/webhooks/events?#{text}"))
  end

  def walk(encoded, count)
    page = list(encoded: encoded, limit: 3)
    walked = page['data']
    while page['has_next_page'] && walked.size <= count
      page = list(encoded: encoded, limit: 3, after: page['end_cursor'])
      walked += page['data']
    end
    walked
  end
end

def ids(events)
  events.map { |event| event['id'] }.sort
end

def check_delivery(receiver, event)
  wait_for('the delivery') { receiver.accepted?(event) }
  body = JSON.parse(receiver.deliveries(event).first[:body])
  expect body['topic'] == 'invoice_paid', "the delivery is #{body}"
  expect [body['entity_id'], body['data']['invoice_id']].uniq == [event['entity_id']], "the delivery is #{body}"
  expect Time.iso8601(body['timestamp']) == Time.iso8601(event['created_at']), "the timestamp of #{body} is not that of #{event}"
  ok 'receive'
end

def check_lists(api, event)
  # from_date is inclusive and to_date is not: an offset that were ignored, or a plus sign that were lost, would turn this around.
  date = Time.iso8601(event['created_at']).localtime('+01:00').iso8601(3)
  [true, false].each do |encoded|
    listed = api.list(encoded: encoded, topic: 'invoice_paid', from_date: date)['data']
    expect ids(listed) == [event['id']], "from_date=#{date} lists #{listed}"
    listed = api.list(encoded: encoded, topic: 'invoice_paid', to_date: date)['data']
    expect listed.empty?, "to_date=#{date} lists #{listed}"
  end
  ok 'list'
  events = [event] + api.trigger('invoice_paid', 6)
  [true, false].each do |encoded|
    walked = api.walk(encoded, events.size)
    expect ids(walked) == ids(events), "pages of 3 over #{events.size} events have #{walked.size}"
  end
  ok 'page'
end

def check_retry(api, receiver)
  api.subscribe(receiver.url, 'payout_failed')
  refused = api.trigger('payout_failed')
  wait_for('the event to fail') { ids(api.list(status: 'failed')['data']) == ids(refused) }
  expect api.retry_failed['message'].is_a?(String), 'the retry has no message'
  wait_for('the retried event') { ids(api.list(topic: 'payout_failed', status: 'delivered')['data']) == ids(refused) }
  bodies = receiver.deliveries(refused.first).map { |delivery| delivery[:body] }
  expect bodies.size == 2 && bodies.uniq.size == 1, "the attempts are #{bodies}"
  ok 'retry'
end

def check(api, receiver)
  expect api.fetch_token(403, 'wrong')['error'] == 'invalid_client', 'a wrong secret is not invalid_client'
  token = api.fetch_token(200, ENV.fetch('HOOKSIM_CLIENT_SECRET'))
  expect token['access_token'].size == 56, "the token is #{token}"
  api.token = token['access_token']
  ok 'token'
  subscription = api.subscribe(receiver.url, 'invoice_paid')
  expect subscription['is_active'] && subscription['secret_last_4_digits'] == '4242', "created #{subscription}"
  ok 'subscribe'
  events = api.trigger('invoice_paid')
  expect events.size == 1, "one subscription, but the events are #{events}"
  ok 'trigger'
  check_delivery(receiver, events.first)
  check_lists(api, events.first)
  check_retry(api, receiver)
  api.subscribe(receiver.url, 'customer_updated')
  burst = api.trigger('customer_updated', 200)
  wait_for('200 deliveries') { burst.size == 200 && burst.all? { |event| receiver.accepted?(event) } }
  wait_for('no pending event') { api.list(status: 'pending')['data'].empty? }
  ok 'burst'
  expect api.delete(200, subscription)['is_active'] == false, 'the deleted subscription is active'
  expect api.delete(404, subscription)['code'] == 'not_found', 'deleting once more is not not_found'
  expect api.trigger('invoice_paid').empty?, 'a deleted subscription still gets events'
  ok 'delete'
end

server = URI(URL)
Net::HTTP.start(server.host, server.port) { |http| check(Api.new(http), Receiver.new) }

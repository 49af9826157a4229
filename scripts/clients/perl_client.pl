#!/usr/bin/perl
# Perl: LWP as a client of the API, and HTTP::Daemon as the receiver.

use strict;
use warnings;

use File::Temp ();
use HTTP::Daemon ();
use HTTP::Request::Common qw(GET POST DELETE);
use HTTP::Response ();
use JSON::PP qw(decode_json encode_json);
use LWP::UserAgent ();
use POSIX qw(strftime);
use Time::HiRes qw(sleep);
use Time::Local qw(timegm);
use URI ();

my $secret       = 'perl-s3cret-4242';
my $url          = $ENV{HOOKSIM_URL};
my $client_id    = $ENV{HOOKSIM_CLIENT_ID};
my $wait_seconds = 60;
my $deliveries   = File::Temp->new;
my $ua           = LWP::UserAgent->new(keep_alive => 1);
my $token;

$| = 1;

sub expect {
    my ($held, $otherwise) = @_;
    die "$otherwise\n" unless $held;
}

sub ok { print "ok: $_[0]\n" }

sub wait_for {
    my ($what, $condition) = @_;
    my $deadline = time + $wait_seconds;
    until ($condition->()) {
        expect(time < $deadline, "waited in vain for $what");
        sleep 0.05;
    }
}

# The receiver is a process of its own. What it received stands in a file, one delivery on a line.
sub start_receiver {
    my $daemon = HTTP::Daemon->new(LocalAddr => '127.0.0.1') or die "no receiver: $!\n";
    my $pid    = fork // die "no receiver: $!\n";
    return ($daemon->url . 'hooks', $pid) if $pid;
    while (my $connection = $daemon->accept) {
        while (my $request = $connection->get_request) {
            $connection->send_response(HTTP::Response->new(receive($request)));
        }
        $connection->close;
    }
    exit;
}

# Returns the status: 401, 400, 500 for the first attempt of each payout_failed, and otherwise 200.
sub receive {
    my ($request) = @_;
    return 401 unless ($request->header('Authorization') // '') eq "Bearer $secret";
    my $delivery = eval { decode_json($request->content) };
    return 400 unless ref $delivery eq 'HASH' && defined $delivery->{idempotency_key};
    my $key    = $delivery->{idempotency_key};
    my $status = $delivery->{topic} eq 'payout_failed' && !deliveries_of({ id => $key }) ? 500 : 200;
    open my $log, '>>', $deliveries->filename or die "$!";
    print $log encode_json({ key => $key, status => $status, body => $request->content }), "\n";
    close $log;
    return $status;
}

sub deliveries {
    open my $log, '<', $deliveries->filename or die "$!";
    return map { decode_json($_) } grep { /\n$/ } <$log>;
}

sub deliveries_of {
    my ($event) = @_;
    return grep { $_->{key} eq $event->{id} } deliveries();
}

sub send_request {
    my ($status, $request) = @_;
    $request->header(Authorization => "Bearer $token") if $token && !$request->header('Authorization');
    my $response = $ua->request($request);
    expect($response->code == $status, join ' ', $request->method, $request->uri, $response->status_line, $response->decoded_content);
    return decode_json($response->content);
}

sub fetch_token {
    my ($status, $client_secret) = @_;
    my $request = POST "$url/oauth/token", [ grant_type => 'client_credentials', scope => 'webhooks:read webhooks:write' ];
    $request->authorization_basic($client_id, $client_secret);
    return send_request($status, $request);
}

sub post_json {
    my ($status, $path, $body) = @_;
    return send_request($status, POST "$url$path", Content_Type => 'application/json', Content => encode_json($body));
}

sub subscribe {
    my ($endpoint, $topic) = @_;
    return post_json(201, '/webhooks', { endpoint_url => $endpoint, topic => $topic, secret_key => $secret });
}

sub trigger {
    my ($topic, $count) = @_;
    return @{ post_json(201, '/__admin/events', { topic => $topic, client_id => $client_id, count => $count // 1 })->{data} };
}

# The query is written by URI, which encodes a plus sign, or as it is, where a plus sign stays one.
sub list_events {
    my ($is_encoded, @query) = @_;
    my $target = URI->new("$url/webhooks/events");
    if ($is_encoded) { $target->query_form(@query) }
    else {
        my @pairs;
        while (my ($name, $value) = splice @query, 0, 2) { push @pairs, "$name=$value" }
        $target = "$target?" . join '&', @pairs;
    }
    return send_request(200, GET $target);
}

sub delete_subscription {
    my ($status, $subscription) = @_;
    return send_request($status, DELETE "$url/webhooks/$subscription->{id}");
}

sub ids { return join ' ', sort map { $_->{id} } @_ }

sub lists {
    my ($events, @query) = @_;
    return ids(@{ list_events(1, @query)->{data} }) eq ids(@$events);
}

sub walk {
    my ($is_encoded, $count) = @_;
    my $page   = list_events($is_encoded, limit => 3);
    my @walked = @{ $page->{data} };
    while ($page->{has_next_page} && @walked <= $count) {
        $page = list_events($is_encoded, limit => 3, after => $page->{end_cursor});
        push @walked, @{ $page->{data} };
    }
    return @walked;
}

# Returns the seconds since 1970 of an RFC 3339 time in UTC, and its fraction as text.
sub instant {
    my ($text) = @_;
    my ($year, $month, $day, $hour, $minute, $second, $fraction) = $text =~ /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)(\.\d+)?Z$/
        or die "$text is not RFC 3339 in UTC\n";
    return (timegm($second, $minute, $hour, $day, $month - 1, $year), $fraction // '');
}

sub check_delivery {
    my ($event) = @_;
    wait_for('the delivery', sub { scalar deliveries_of($event) });
    my ($delivery) = deliveries_of($event);
    my $body = decode_json($delivery->{body});
    expect($body->{topic} eq 'invoice_paid', "the delivery is $delivery->{body}");
    expect($_ eq $event->{entity_id}, "the delivery is $delivery->{body}") for $body->{entity_id}, $body->{data}{invoice_id};
    expect(join(' ', instant($body->{timestamp})) eq join(' ', instant($event->{created_at})), "the delivery is $delivery->{body}");
    ok('receive');
}

sub check_lists {
    my ($event) = @_;

    # from_date is inclusive and to_date is not: an offset that were ignored, or a plus sign that were lost, would turn this around.
    my ($seconds, $fraction) = instant($event->{created_at});
    my $date = strftime('%Y-%m-%dT%H:%M:%S', gmtime $seconds + 3600) . "$fraction+01:00";
    for my $is_encoded (1, 0) {
        my $listed = list_events($is_encoded, topic => 'invoice_paid', from_date => $date)->{data};
        expect(ids(@$listed) eq $event->{id}, "from_date=$date lists " . ids(@$listed));
        $listed = list_events($is_encoded, topic => 'invoice_paid', to_date => $date)->{data};
        expect(!@$listed, "to_date=$date lists " . ids(@$listed));
    }
    ok('list');
    my @events = ($event, trigger('invoice_paid', 6));
    for my $is_encoded (1, 0) {
        my @walked = walk($is_encoded, scalar @events);
        expect(ids(@walked) eq ids(@events), 'pages of 3 over 7 events have ' . @walked);
    }
    ok('page');
}

sub check_retry {
    my ($endpoint) = @_;
    subscribe($endpoint, 'payout_failed');
    my @refused = trigger('payout_failed');
    wait_for('the event to fail', sub { lists(\@refused, status => 'failed') });
    expect(length send_request(200, POST "$url/webhooks/retry")->{message}, 'the retry has no message');
    wait_for('the retried event', sub { lists(\@refused, topic => 'payout_failed', status => 'delivered') });
    my @bodies = map { $_->{body} } deliveries_of($refused[0]);
    expect(@bodies == 2 && $bodies[0] eq $bodies[1], "the attempts are @bodies");
    ok('retry');
}

sub check_burst {
    my ($endpoint) = @_;
    subscribe($endpoint, 'customer_updated');
    my @burst = trigger('customer_updated', 200);
    expect(@burst == 200, '200 were triggered, but created: ' . @burst);
    wait_for('200 deliveries', sub {
        my %received = map { $_->{key} => 1 } deliveries();
        return !grep { !$received{ $_->{id} } } @burst;
    });
    wait_for('no pending event', sub { lists([], status => 'pending') });
    ok('burst');
}

sub check {
    my ($endpoint) = @_;
    expect(fetch_token(403, 'wrong')->{error} eq 'invalid_client', 'a wrong secret is not invalid_client');
    $token = fetch_token(200, $ENV{HOOKSIM_CLIENT_SECRET})->{access_token};
    expect(length $token == 56, "the token is $token");
    ok('token');
    my $subscription = subscribe($endpoint, 'invoice_paid');
    expect($subscription->{is_active} && $subscription->{secret_last_4_digits} eq '4242', 'the subscription is not as asked for');
    ok('subscribe');
    my @events = trigger('invoice_paid');
    expect(@events == 1, 'one subscription, but not one event');
    ok('trigger');
    check_delivery($events[0]);
    check_lists($events[0]);
    check_retry($endpoint);
    check_burst($endpoint);
    expect(!delete_subscription(200, $subscription)->{is_active}, 'the deleted subscription is active');
    expect(delete_subscription(404, $subscription)->{code} eq 'not_found', 'deleting once more is not not_found');
    expect(!trigger('invoice_paid'), 'a deleted subscription still gets events');
    ok('delete');
}

my ($endpoint, $receiver) = start_receiver();
my $held = eval { check($endpoint); 1 };
my $reason = $@;
kill TERM => $receiver;
waitpid $receiver, 0;
die $reason unless $held;

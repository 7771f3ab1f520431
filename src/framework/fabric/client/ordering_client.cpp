#include "framework/fabric/client/ordering_client.hpp"

#include "base/log.hpp"
#include "framework/fabric/client/broadcast_stream.hpp"

#include <thread>

namespace bsn::framework::fabric {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// How often what waits is looked through for what has waited too long.
constexpr std::chrono::milliseconds k_look{50};

/// What an orderer's answer means; an error of code `unavailable`: another may take it.
Status meaning_of(const orderer::BroadcastResponse& response) {
    const std::string said =
        fmt::format("the orderer answers {}: {}", common::Status_Name(response.status()),
                    response.info().empty() ? "no reason is given" : response.info());
    // Those that agree by BFT refuse what they have had before, or have now.
    if (response.info().find("request already") != std::string::npos) {
        return Error{Code::already_exists, said};
    }
    switch (response.status()) {
        case common::SUCCESS: return {};
        case common::BAD_REQUEST: return Error{Code::invalid_argument, said};
        case common::FORBIDDEN: return Error{Code::forbidden, said};
        case common::NOT_FOUND: return Error{Code::not_found, said};
        case common::REQUEST_ENTITY_TOO_LARGE: return Error{Code::too_large, said};
        case common::NOT_IMPLEMENTED: return Error{Code::unsupported_version, said};
        default: return Error{Code::unavailable, said};
    }
}

}  // namespace

/// A transaction that waits for an orderer's answer.
struct Waiting {
    std::shared_ptr<const common::Envelope> envelope;
    OrderingClient::Done done;  ///< none: it was told already that nobody knows
    SteadyClock::time_point until;
    bool sent = false;
};

/// Everything is guarded by the mutex; callbacks and calls of gRPC are made without it.
struct OrderingClient::State : std::enable_shared_from_this<State> {
    State(std::vector<Endpoint> endpoints, OrderingOptions chosen)
        : orderers(std::move(endpoints)), options(std::move(chosen)) {
        for (const Endpoint& orderer : orderers) {
            stubs.push_back(orderer::AtomicBroadcast::NewStub(connect(orderer)));
        }
    }

    void work();
    void open_stream(std::unique_lock<std::mutex>& lock);
    void pump(const std::shared_ptr<BroadcastStream>& which);
    void answered(const orderer::BroadcastResponse& response);
    void stream_ended(const grpc::Status& status);
    void look_for_late(std::unique_lock<std::mutex>& lock);
    void give_up(std::vector<Waiting> waiting, const Error& error);
    std::size_t waiting() const { return queue.size() + in_flight.size(); }

    const std::vector<Endpoint> orderers;
    const OrderingOptions options;
    std::vector<std::shared_ptr<orderer::AtomicBroadcast::Stub>> stubs;

    mutable std::mutex mutex;
    std::condition_variable wake;
    std::deque<Waiting> queue;
    std::deque<Waiting> in_flight;  ///< on the stream, in the order of its answers
    std::shared_ptr<BroadcastStream> stream;
    bool writing = false;
    bool ending = false;     ///< the stream takes no more
    bool refused = false;    ///< it ends because the orderer refused a transaction
    bool has_taken = false;  ///< the stream's orderer has taken a transaction
    std::size_t current = 0;
    SteadyClock::time_point not_before;
    SteadyClock::time_point last_progress;
    std::string trouble;
    std::string logged;  ///< the last trouble that the log has
    bool closed = false;
    std::thread keeper;
};

void OrderingClient::State::work() {
    std::unique_lock lock(mutex);
    while (!closed || stream) {
        wake.wait_for(lock, k_look);
        if (closed) {
            if (stream) stream->cancel();
            continue;
        }
        look_for_late(lock);
        if (!stream && !queue.empty() && SteadyClock::now() >= not_before) open_stream(lock);
    }
}

void OrderingClient::State::open_stream(std::unique_lock<std::mutex>& lock) {
    auto self = shared_from_this();
    BroadcastStream::Handlers handlers;
    handlers.written = [self](const std::shared_ptr<BroadcastStream>& which) {
        {
            std::lock_guard held(self->mutex);
            self->writing = false;
        }
        self->pump(which);
    };
    handlers.answered = [self](const orderer::BroadcastResponse& response) {
        self->answered(response);
    };
    handlers.failed = [self] {
        std::lock_guard held(self->mutex);
        self->ending = true;
    };
    handlers.ended = [self](const grpc::Status& status) { self->stream_ended(status); };
    auto made = std::make_shared<BroadcastStream>(stubs[current], std::move(handlers));
    stream = made;
    writing = true;  // nobody else writes before it has begun
    ending = false;
    refused = false;
    has_taken = false;
    last_progress = SteadyClock::now();
    lock.unlock();
    made->start();
    lock.lock();
    writing = false;
    lock.unlock();
    pump(made);
    lock.lock();
}

/// Writes the next transaction, if the stream is free for one.
void OrderingClient::State::pump(const std::shared_ptr<BroadcastStream>& which) {
    std::shared_ptr<const common::Envelope> next;
    {
        std::lock_guard lock(mutex);
        if (stream != which || writing || ending || closed || queue.empty() ||
            in_flight.size() >= options.most_on_stream) {
            return;
        }
        if (in_flight.empty()) last_progress = SteadyClock::now();
        writing = true;
        in_flight.push_back(std::move(queue.front()));
        queue.pop_front();
        in_flight.back().sent = true;
        next = in_flight.back().envelope;
    }
    which->write(std::move(next));
}

void OrderingClient::State::answered(const orderer::BroadcastResponse& response) {
    Status meaning = meaning_of(response);
    Done done;
    std::shared_ptr<BroadcastStream> which;
    {
        std::lock_guard lock(mutex);
        last_progress = SteadyClock::now();
        which = stream;
        // Fabric ends the stream after whatever is not a success.
        if (!meaning) ending = true;
        if (in_flight.empty()) return;
        if (!meaning && meaning.error().code == Code::unavailable) {
            trouble = meaning.error().message;
            return;  // it goes to the next orderer with all others, when the stream has ended
        }
        refused = !meaning;
        if (meaning) has_taken = true;
        trouble.clear();
        logged.clear();
        done = std::move(in_flight.front().done);
        in_flight.pop_front();
    }
    if (done) done(std::move(meaning));
    pump(which);
}

void OrderingClient::State::stream_ended(const grpc::Status& status) {
    bool lost = false;
    bool taken = false;
    {
        std::lock_guard lock(mutex);
        taken = has_taken;
        stream.reset();
        while (!in_flight.empty()) {
            if (in_flight.back().done) queue.push_front(std::move(in_flight.back()));
            in_flight.pop_back();
        }
        lost = !refused && !closed;
        if (lost) {
            if (!status.ok()) trouble = error_of(status, orderers[current]).message;
            if (trouble.empty()) trouble = "it ended the stream";
            if (trouble != logged) {
                log_warn("fabric", "orderer {} is left for the next one: {}",
                         orderers[current].address, trouble);
            }
            logged = trouble;
            current = (current + 1) % orderers.size();
            not_before = SteadyClock::now() + options.pause;
        }
        wake.notify_all();
    }
    if (lost && taken && options.lost) options.lost();
}

void OrderingClient::State::look_for_late(std::unique_lock<std::mutex>& lock) {
    const auto now = SteadyClock::now();
    if (stream && !in_flight.empty() && now - last_progress > options.silence) {
        trouble = "it does not answer";
        stream->cancel();
    }
    std::vector<Waiting> late;
    for (auto one = queue.begin(); one != queue.end();) {
        if (one->until > now) {
            ++one;
            continue;
        }
        late.push_back(std::move(*one));
        one = queue.erase(one);
    }
    for (Waiting& one : in_flight) {
        if (one.until > now || !one.done) continue;
        late.push_back(one);
        one.done = nullptr;
    }
    if (late.empty()) return;
    const Error error{Code::unavailable, trouble.empty()
                                             ? "no orderer has taken the transaction in time"
                                             : "no orderer takes the transaction: " + trouble};
    lock.unlock();
    give_up(std::move(late), error);
    lock.lock();
}

void OrderingClient::State::give_up(std::vector<Waiting> waiting, const Error& error) {
    for (Waiting& one : waiting) {
        if (!one.done) continue;
        one.done(one.sent ? Error{Code::unknown_outcome,
                                  error.message + "; it may be ordered all the same"}
                          : error);
    }
}

OrderingClient::OrderingClient(std::vector<Endpoint> orderers, OrderingOptions options)
    : state_(std::make_shared<State>(std::move(orderers), std::move(options))) {
    ensure(!state_->orderers.empty(), "a channel without orderers");
    state_->keeper = std::thread([state = state_.get()] { state->work(); });
}

OrderingClient::~OrderingClient() { close(); }

void OrderingClient::broadcast(common::Envelope envelope, std::chrono::milliseconds patience,
                               Done done) {
    std::optional<Error> refusal;
    std::shared_ptr<BroadcastStream> which;
    {
        std::lock_guard lock(state_->mutex);
        if (state_->closed) {
            refusal = Error{Code::unavailable, "this node stops"};
        } else if (state_->waiting() >= state_->options.most_waiting) {
            refusal = Error{Code::overloaded, fmt::format("{} transactions wait for the orderers",
                                                          state_->waiting())};
        } else {
            state_->queue.push_back({std::make_shared<const common::Envelope>(std::move(envelope)),
                                     std::move(done), SteadyClock::now() + patience});
            which = state_->stream;
        }
    }
    if (refusal) {
        done(*refusal);
    } else if (which) {
        state_->pump(which);
    } else {
        state_->wake.notify_all();
    }
}

std::string OrderingClient::trouble() const {
    std::lock_guard lock(state_->mutex);
    return state_->trouble;
}

void OrderingClient::close() {
    {
        std::lock_guard lock(state_->mutex);
        if (std::exchange(state_->closed, true)) return;
    }
    state_->wake.notify_all();
    state_->keeper.join();
    std::vector<Waiting> left;
    {
        std::lock_guard lock(state_->mutex);
        for (Waiting& one : state_->queue) left.push_back(std::move(one));
        state_->queue.clear();
    }
    state_->give_up(std::move(left), {Code::unavailable, "this node stops"});
}

}  // namespace bsn::framework::fabric

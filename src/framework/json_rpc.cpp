#include "framework/json_rpc.hpp"

#include "framework/json_rpc_message.hpp"

#include <fmt/format.h>

#include <atomic>
#include <memory>

namespace bsn::framework::rpc {
namespace {

constexpr std::size_t k_longest_name_told = 200;

/// `{"jsonrpc":"2.0","id":…,"error":…}`
std::string failed_text(std::string_view id, const Failure& failure) {
    Json error{{"code", failure.number}, {"message", failure.message}};
    if (failure.data) error["data"] = *failure.data;
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{}}})", id, json_text(error));
}

std::string answer_text(std::string_view id, const Answer<Json>& answer, const Limits& limits) {
    if (!answer) return failed_text(id, answer.error());
    std::string result = json_text(*answer);
    if (result.size() > limits.max_answer_bytes) {
        return failed_text(id, {ErrorNumber::response_too_large, "response too large"});
    }
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{}}})", id, result);
}

/// The answers of a request's calls, which may come in any order and by any thread.
class Gathering {
  public:
    Gathering(bool batch, std::size_t calls, const Limits& limits, ReplyText reply)
        : batch_(batch), limits_(limits), reply_(std::move(reply)), answers_(calls), left_(calls) {}

    /// Once for each call; an empty text for one that nobody waits for.
    void put(std::size_t place, std::string answer) {
        answers_[place] = std::move(answer);
        if (left_.fetch_sub(1) == 1) finish();
    }
    const Limits& limits() const { return limits_; }

  private:
    void finish() {
        if (!batch_) return reply_(std::move(answers_.front()));
        std::string all;
        for (const std::string& answer : answers_) {
            if (answer.empty()) continue;
            all += all.empty() ? "[" : ",";
            all += answer;
        }
        if (!all.empty()) all += "]";
        reply_(std::move(all));
    }

    const bool batch_;
    const Limits limits_;
    const ReplyText reply_;
    std::vector<std::string> answers_;
    std::atomic<std::size_t> left_;
};

/// How many bytes a batch may still answer. Late answers count as they come.
class Budget {
  public:
    explicit Budget(std::size_t bytes) : left_(static_cast<std::int64_t>(bytes)) {}
    bool spend(std::size_t bytes) {
        auto size = static_cast<std::int64_t>(bytes);
        return left_.fetch_sub(size) >= size;
    }
    bool spent() const { return left_.load() <= 0; }

  private:
    std::atomic<std::int64_t> left_;
};

struct Running {
    std::shared_ptr<Gathering> gathering;
    std::shared_ptr<Budget> budget;
};

/// The place where the answer of one call goes to.
Reply reply_of(const Running& running, std::size_t place, const CallMessage& call) {
    return [running, place, id = call.id, told = call.has_id](const Answer<Json>& answer) {
        if (!told) return running.gathering->put(place, {});
        std::string text = answer_text(id, answer, running.gathering->limits());
        if (!running.budget->spend(text.size())) {
            text = failed_text(id, {ErrorNumber::response_too_large, "response too large"});
        }
        running.gathering->put(place, std::move(text));
    };
}

Answer<Params> params_of(CallMessage& call, std::size_t most) {
    if (call.params.is_discarded() || call.params.is_null()) return Params{};
    if (!call.params.is_array()) return Failure(ErrorNumber::invalid_params, "non-array args");
    if (call.params.size() > most) {
        return Failure(ErrorNumber::invalid_params,
                       fmt::format("too many arguments, want at most {}", most));
    }
    return Params(std::move(call.params.get_ref<Json::array_t&>()));
}

Failure unknown_method(const Methods& methods, const CallMessage& call) {
    const std::string& words = methods.wording().unknown_method;
    return {ErrorNumber::method_not_found,
            !words.empty() ? words
                           : fmt::format("the method {} does not exist/is not available",
                                         call.method.substr(0, k_longest_name_told))};
}

void run(const Methods& methods, CallMessage& call, const Reply& reply) {
    if (!call.valid) {
        return reply(Failure(ErrorNumber::invalid_request, methods.wording().invalid_request));
    }
    const Methods::Method* method = methods.find(call.method);
    if (method == nullptr) return reply(unknown_method(methods, call));
    auto params = params_of(call, method->most_arguments);
    if (!params) return reply(params.error());
    if (method->begin) return method->begin(*params, reply);
    reply(method->call(*params));
}

Failure too_large(const Limits& limits) {
    return {ErrorNumber::invalid_request,
            fmt::format("request too large: at most {} bytes", limits.max_request_bytes)};
}

}  // namespace

Failure Params::missing(std::size_t place) {
    return {ErrorNumber::invalid_params,
            fmt::format("missing value for required argument {}", place)};
}

Failure Params::invalid(std::size_t place, const Error& error) {
    return {ErrorNumber::invalid_params,
            fmt::format("invalid argument {}: {}", place, error.message)};
}

void Methods::add(std::string name, std::size_t most_arguments, Call call) {
    methods_.insert_or_assign(std::move(name), Method{most_arguments, std::move(call), nullptr});
}

void Methods::add_async(std::string name, std::size_t most_arguments, Begin begin) {
    methods_.insert_or_assign(std::move(name), Method{most_arguments, nullptr, std::move(begin)});
}

const Methods::Method* Methods::find(std::string_view name) const {
    auto found = methods_.find(name);
    if (found != methods_.end()) return &found->second;
    return others_ == nullptr ? nullptr : others_->find(name);
}

void answer(const Methods& methods, const Limits& limits, std::string_view request,
            ReplyText reply) {
    if (request.size() > limits.max_request_bytes) return reply(failure_text(too_large(limits)));
    auto message = parse_request(request, limits.max_depth);
    if (!message) {
        return reply(failure_text({ErrorNumber::parse_error, methods.wording().parse_error}));
    }
    if (message->calls.empty()) {
        return reply(failure_text({ErrorNumber::invalid_request, "empty batch"}));
    }
    if (message->calls.size() > limits.max_batch) {
        return reply("[" +
                     failed_text(message->calls.front().id,
                                 {ErrorNumber::invalid_request, "batch too large"}) +
                     "]");
    }
    const Running running{std::make_shared<Gathering>(message->batch, message->calls.size(), limits,
                                                      std::move(reply)),
                          std::make_shared<Budget>(limits.max_answer_bytes)};
    for (std::size_t place = 0; place < message->calls.size(); ++place) {
        CallMessage& call = message->calls[place];
        // Whoever sends nonsense without an id is told, as by geth.
        if (!call.valid) call.has_id = true;
        Reply to_caller = reply_of(running, place, call);
        if (running.budget->spent()) {
            to_caller(Failure(ErrorNumber::response_too_large, "response too large"));
            continue;
        }
        run(methods, call, to_caller);
    }
}

std::string refusal_text(const Limits& limits, std::string_view request, const Failure& failure) {
    if (request.size() > limits.max_request_bytes) return failure_text(failure);
    auto message = parse_request(request, limits.max_depth);
    if (!message || message->calls.size() > limits.max_batch) return failure_text(failure);
    std::string all;
    for (const CallMessage& call : message->calls) {
        if (!call.has_id) continue;
        if (!all.empty()) all += ",";
        all += failed_text(call.id, failure);
    }
    if (all.empty()) return failure_text(failure);
    return message->batch ? "[" + all + "]" : all;
}

std::string failure_text(const Failure& failure) { return failed_text("null", failure); }

std::string notification_text(std::string_view method, const Json& params) {
    return fmt::format(R"({{"jsonrpc":"2.0","method":{},"params":{}}})", Json(method).dump(),
                       json_text(params));
}

std::string json_text(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace bsn::framework::rpc

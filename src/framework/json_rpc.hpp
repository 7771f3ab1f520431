#pragma once
// JSON-RPC 2.0 as geth speaks it: single requests and batches, its error codes and sentences, and
// its bounds. Which methods there are, each dialect says in a table.

#include "framework/json_rpc_values.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace bsn::framework::rpc {

/// The numbers of errors. Clients tell some of them apart.
enum class ErrorNumber : int {
    parse_error = -32700,
    invalid_request = -32600,
    method_not_found = -32601,
    invalid_params = -32602,
    internal = -32603,
    server = -32000,  ///< whatever else went wrong; the sentence says what
    response_too_large = -32003,
    limit_exceeded = -32005,  ///< too many requests at once
    reverted = 3,             ///< a call was reverted; `data` is what it returned
};

/// What an answer is instead of a result.
struct Failure {
    int number = static_cast<int>(ErrorNumber::server);
    std::string message;
    std::optional<Json> data;

    Failure(ErrorNumber kind, std::string sentence, std::optional<Json> more = std::nullopt)
        : number(static_cast<int>(kind)), message(std::move(sentence)), data(std::move(more)) {}
    /// A number of the dialect's own.
    Failure(int own_number, std::string sentence, std::optional<Json> more = std::nullopt)
        : number(own_number), message(std::move(sentence)), data(std::move(more)) {}
    /// An error of ours is a server error: -32000.
    Failure(Error error) : message(std::move(error.message)) {}
};

/// A value, or a failure; works with BSN_TRY.
template <typename T>
class [[nodiscard]] Answer {
  public:
    using value_type = T;

    Answer(T value) : content_(std::in_place_index<0>, std::move(value)) {}
    Answer(Failure failure) : content_(std::in_place_index<1>, std::move(failure)) {}
    Answer(Error error) : Answer(Failure(std::move(error))) {}

    bool ok() const { return content_.index() == 0; }
    explicit operator bool() const { return ok(); }
    T& operator*() {
        ensure(ok(), "value of a failed answer");
        return *std::get_if<0>(&content_);
    }
    const T& operator*() const {
        ensure(ok(), "value of a failed answer");
        return *std::get_if<0>(&content_);
    }
    T* operator->() { return &**this; }
    const T* operator->() const { return &**this; }
    const Failure& error() const& {
        ensure(!ok(), "error() of an answer that holds a value");
        return *std::get_if<1>(&content_);
    }
    Failure&& error() && {
        ensure(!ok(), "error() of an answer that holds a value");
        return std::move(*std::get_if<1>(&content_));
    }

  private:
    std::variant<T, Failure> content_;
};

/// The arguments of a call. As with geth, `null` is none where an argument may be left out, and
/// something of the wrong type where it may not.
class Params {
  public:
    Params() = default;
    explicit Params(Json::array_t list) : list_(std::move(list)) {}

    std::size_t size() const { return list_.size(); }
    /// The argument at a place; none if it is missing or null.
    const Json* find(std::size_t place) const {
        return place < list_.size() && !list_[place].is_null() ? &list_[place] : nullptr;
    }

    /// An argument that must be there, read by `read` (such as `quantity`).
    template <typename Read>
    auto required(std::size_t place, Read read) const
        -> Answer<typename decltype(read(std::declval<const Json&>()))::value_type> {
        if (place >= list_.size()) return missing(place);
        auto value = read(list_[place]);
        if (!value) return invalid(place, value.error());
        return std::move(*value);
    }
    /// An argument that may be left out.
    template <typename Read>
    auto optional(std::size_t place, Read read) const
        -> Answer<std::optional<typename decltype(read(std::declval<const Json&>()))::value_type>> {
        using Value = typename decltype(read(std::declval<const Json&>()))::value_type;
        const Json* argument = find(place);
        if (argument == nullptr) return std::optional<Value>{};
        auto value = read(*argument);
        if (!value) return invalid(place, value.error());
        return std::optional<Value>(std::move(*value));
    }

    static Failure missing(std::size_t place);
    static Failure invalid(std::size_t place, const Error& error);

  private:
    Json::array_t list_;
};

/// Takes the answer of one call: any thread, once.
using Reply = std::function<void(Answer<Json>)>;

/// The sentences of errors that come before any method; geth's, if a dialect has none of its own.
struct Wording {
    std::string unknown_method;  ///< empty: geth's, which names the method
    std::string parse_error = "parse error";
    std::string invalid_request = "invalid request";
};

/// The methods of a dialect. Filled by one thread, then read by any.
class Methods {
  public:
    using Call = std::function<Answer<Json>(const Params&)>;
    using Begin = std::function<void(const Params&, Reply)>;

    /// `others` are the methods that this table has beside its own; they outlive it.
    explicit Methods(const Methods* others = nullptr) : others_(others) {}

    /// A method that takes at most so many arguments. It may be called by several threads at once.
    void add(std::string name, std::size_t most_arguments, Call call);
    /// A method that is answered later; `begin` returns soon.
    void add_async(std::string name, std::size_t most_arguments, Begin begin);

    struct Method {
        std::size_t most_arguments = 0;
        Call call;  ///< exactly one of the two is set
        Begin begin;
    };
    const Method* find(std::string_view name) const;

    void set_wording(Wording wording) { wording_ = std::move(wording); }
    /// That of the other methods, where there are some.
    const Wording& wording() const { return others_ == nullptr ? wording_ : others_->wording(); }

  private:
    const Methods* others_;
    Wording wording_;
    std::map<std::string, Method, std::less<>> methods_;
};

struct Limits {
    std::size_t max_request_bytes = 5U << 20;
    std::size_t max_batch = 1000;
    std::size_t max_answer_bytes = 25U << 20;  ///< of one answer, and of a batch together
    int max_depth = 32;                        ///< of nested lists and objects
};

/// Takes the answer of a whole request: any thread, once. Empty: there is nothing to say, since all
/// calls were notifications.
using ReplyText = std::function<void(std::string)>;

/// Answers a request. The calls of a batch begin one after the other, in order; their answers come
/// in that order, too. `methods` is not used any more when this returns.
void answer(const Methods& methods, const Limits& limits, std::string_view request,
            ReplyText reply);

/// The answer by which every call of a request is refused alike, under its own id; as
/// `failure_text` where there is no call with one.
std::string refusal_text(const Limits& limits, std::string_view request, const Failure& failure);
/// The text of an answer without a call, such as the refusal of an oversized request.
std::string failure_text(const Failure& failure);
/// The text of a notification, as subscriptions send it.
std::string notification_text(std::string_view method, const Json& params);
/// Compact, on one line; texts that are not UTF-8 get replacement characters.
std::string json_text(const Json& json);

}  // namespace bsn::framework::rpc

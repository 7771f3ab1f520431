#include "gateway/fisco/message_exchange.hpp"

#include "crypto/random.hpp"

namespace bsn::gateway::fisco {
namespace {

void refuse(ChannelSession& asker, const Sequence& sequence, std::string_view topic,
            AmopResult why) {
    asker.send(FrameType::amop_response, sequence, topic_body(topic, ""),
               static_cast<std::int32_t>(why));
}

std::size_t random_below(std::size_t end) {
    std::array<std::uint8_t, 4> bytes{};
    crypto::fill_random(bytes);
    std::uint32_t number = 0;
    std::memcpy(&number, bytes.data(), sizeof number);
    return number % end;
}

}  // namespace

std::vector<std::shared_ptr<ChannelSession>> MessageExchange::others_who_want(
    std::string_view topic, const ChannelSession& from) const {
    std::vector<std::shared_ptr<ChannelSession>> found;
    for (const auto& [key, session] : host_.sessions) {
        if (key != &from && session->wants(topic)) found.push_back(session);
    }
    return found;
}

void MessageExchange::refuse_all(std::vector<std::pair<Sequence, Question>> questions,
                                 AmopResult why) {
    for (const auto& [sequence, question] : questions) {
        if (auto asker = question.asker.lock()) refuse(*asker, sequence, question.topic, why);
    }
}

void MessageExchange::ask(ChannelSession& from, const Sequence& sequence, std::string_view body) {
    auto message = split_topic_body(body);
    if (!message) return from.end();
    auto others = others_who_want(message->topic, from);
    if (others.empty()) return refuse(from, sequence, message->topic, AmopResult::nobody);
    const auto& chosen = others[random_below(others.size())];
    if (questions_.size() >= host_.options.max_messages ||
        questions_.contains({chosen.get(), sequence})) {
        return refuse(from, sequence, message->topic, AmopResult::overloaded);
    }
    questions_[{chosen.get(), sequence}] = {
        from.weak_from_this(), std::string(message->topic),
        std::chrono::steady_clock::now() + host_.options.message_timeout};
    chosen->send(FrameType::amop_request, sequence, body);
}

void MessageExchange::answer(ChannelSession& from, const Sequence& sequence, std::string_view body,
                             std::int32_t result) {
    auto found = questions_.find({&from, sequence});
    if (found == questions_.end()) return;  // too late, or never asked
    auto asker = found->second.asker.lock();
    questions_.erase(found);
    if (asker) asker->send(FrameType::amop_response, sequence, body, result);
}

void MessageExchange::broadcast(ChannelSession& from, const Sequence& sequence,
                                std::string_view body) {
    auto message = split_topic_body(body);
    if (!message) return from.end();
    auto frame = std::make_shared<const std::string>(
        encode_frame(FrameType::amop_broadcast, sequence, body));
    for (const auto& other : others_who_want(message->topic, from)) other->send(frame);
    from.send(FrameType::amop_response, sequence, topic_body(message->topic, ""));
}

void MessageExchange::check_time() {
    const auto now = std::chrono::steady_clock::now();
    std::vector<std::pair<Sequence, Question>> late;
    for (auto one = questions_.begin(); one != questions_.end();) {
        if (one->second.until > now) {
            ++one;
            continue;
        }
        late.emplace_back(one->first.second, std::move(one->second));
        one = questions_.erase(one);
    }
    refuse_all(std::move(late), AmopResult::timeout);
}

void MessageExchange::forget(ChannelSession& gone) {
    auto one = questions_.lower_bound({&gone, Sequence{}});
    std::vector<std::pair<Sequence, Question>> lost;
    while (one != questions_.end() && one->first.first == &gone) {
        lost.emplace_back(one->first.second, std::move(one->second));
        one = questions_.erase(one);
    }
    refuse_all(std::move(lost), AmopResult::unreachable);
}

}  // namespace bsn::gateway::fisco

#pragma once
// AMOP: messages between the clients of this node, by topic. One asks, one of those who subscribed
// to the topic answers; or all of them are told.

#include "gateway/fisco/channel_session.hpp"

namespace bsn::gateway::fisco {

/// One thread: that of the server.
class MessageExchange {
  public:
    explicit MessageExchange(ChannelHost& host) : host_(host) {}

    /// Hands a request to one of the others who want its topic, or answers that nobody does.
    void ask(ChannelSession& from, const Sequence& sequence, std::string_view body);
    /// Hands an answer to whoever asked this client.
    void answer(ChannelSession& from, const Sequence& sequence, std::string_view body,
                std::int32_t result);
    /// Hands a message to all others who want its topic.
    void broadcast(ChannelSession& from, const Sequence& sequence, std::string_view body);
    /// Answers for those who do not.
    void check_time();
    /// A client has gone: what it was asked has no answer any more.
    void forget(ChannelSession& gone);

  private:
    struct Question {
        std::weak_ptr<ChannelSession> asker;
        std::string topic;
        std::chrono::steady_clock::time_point until;
    };
    using Key = std::pair<ChannelSession*, Sequence>;  ///< who was asked, and what

    /// Kept while they are told: a client that is told something may end.
    std::vector<std::shared_ptr<ChannelSession>> others_who_want(std::string_view topic,
                                                                 const ChannelSession& from) const;
    static void refuse_all(std::vector<std::pair<Sequence, Question>> questions, AmopResult why);

    ChannelHost& host_;
    std::map<Key, Question> questions_;
};

}  // namespace bsn::gateway::fisco

// Requests to the HTTP API, as the connection hands them over: path and query, content types,
// bodies, and the Authorization header.
//
//     input = METHOD SPACE TARGET LF content type LF authorization LF last event id LF body
//
// The authorization `member` or `stranger` stands for that person's good signature of the request.
#include "api/request_signature.hpp"
#include "fuzz/laws.hpp"
#include "gateway/json.hpp"
#include "gateway/router.hpp"
#include "support/fake_backend.hpp"

#include <deque>

namespace bsn::fuzz {
namespace {

using gateway::Request;
using gateway::Response;
using testing::FakeBackend;

/// Runs tasks when asked to.
class Queue final : public Executor {
  public:
    void post(Task task) override { tasks_.push_back(std::move(task)); }
    void run() {
        while (!tasks_.empty()) {
            const Task task = std::move(tasks_.front());
            tasks_.pop_front();
            task();
        }
    }

  private:
    std::deque<Task> tasks_;
};

struct Person {
    explicit Person(std::uint8_t scalar)
        : key(crypto::PrivateKey::from_scalar(crypto::SuiteId::secp256r1, Bytes(32, scalar))
                  .value()),
          id(ledger::participant_id_of(key.public_key())) {}

    crypto::PrivateKey key;
    ledger::ParticipantId id;
};

const Person& member() {
    static const Person k_member(3);
    return k_member;
}

const Person& stranger() {
    static const Person k_stranger(5);
    return k_stranger;
}

/// A node of its own for each input, so that each finding is replayed by its input alone.
struct Node {
    Node() {
        backend.add_participant({member().id, member().key.public_key(), "member", false}, true);
        backend.add_participant({stranger().id, stranger().key.public_key(), "stranger", false},
                                false);
        backend.kv().add_block({"first", "emit put second", "refuse third"});
        backend.kv().set_proof(testing::FakeChain::id_of(as_bytes("first")), "{}");
    }
    ~Node() { queue.run(); }

    Queue queue;
    FakeBackend backend{queue};
    gateway::Service service{backend, queue, 4};
};

std::string app_in(std::string_view target) {
    constexpr std::string_view k_apps = "/v1/apps/";
    if (!target.starts_with(k_apps)) return "";
    target.remove_prefix(k_apps.size());
    return std::string(target.substr(0, target.find_first_of("/?")));
}

api::RequestToSign to_sign(const FakeBackend& backend, const Request& request) {
    return {backend.network(), FakeBackend::channel_of(app_in(request.target)), request.method,
            request.target, request.body};
}

void check_authorization(const std::string& value) {
    const auto parsed = api::parse_authorization(value);
    if (!parsed) {
        law(parsed.error().code == Code::unauthenticated, "a bad header tells nobody's name");
        return check_refusal(parsed.error());
    }
    const std::string again = api::format_authorization(*parsed);
    const auto same = api::parse_authorization(again);
    law(same.ok() && api::format_authorization(*same) == again, "a header reads as it was written");
}

/// A signature is good for its request, once, and for no other.
void check_signed(Node& node, const Request& request, const Person& person) {
    gateway::Authenticator authenticator(node.backend);
    const ledger::ChannelId channel = FakeBackend::channel_of(app_in(request.target));
    Request other = request;
    other.body.push_back('x');
    law(!authenticator.caller_of(other, channel), "a signature is of one body");
    other = request;
    other.target += "?";
    law(!authenticator.caller_of(other, channel), "a signature is of one target");
    law(!authenticator.caller_of(request, FakeBackend::channel_of("another")),
        "a signature is for one app");
    const auto caller = authenticator.caller_of(request, channel);
    law(caller.ok() && *caller && (*caller)->participant == person.id, "who signed is known");
    law(!authenticator.caller_of(request, channel), "a signature is good once");
}

void read_stream(Node& node, const std::shared_ptr<gateway::BodyStream>& stream) {
    for (int parts = 0; parts < 8; ++parts) {
        bool answered = false;
        bool last = false;
        stream->next([&](gateway::BodyStream::Part part) {
            answered = true;
            last = part.last;
        });
        node.queue.run();
        if (!answered || last) return;
    }
}

void check_response(const Request& request, const Response& response) {
    // The chain for tests fails as a transaction tells it to.
    const bool wished = as_text(request.body).find("fail internal") != std::string_view::npos;
    law(response.status >= 200 && response.status < 600 && (wished || response.status != 500),
        "a request never meets a bug");
    for (const auto& [name, value] : response.headers) {
        law(value.find_first_of("\r\n") == std::string::npos, "a header is one line");
    }
    const std::string head = gateway::encode_head(response, response.body.size(), false, true);
    law(head.ends_with("\r\n\r\n") && head.find("\r\n\r\n") == head.size() - 4,
        "a head ends where its body begins");
    if (response.content_type != gateway::k_json_type || response.stream) return;
    // The RPC for tests answers in words.
    if (response.status == 200 && request.target.find("rpc") != std::string::npos) return;
    law(gateway::Json::accept(response.body), "an answer in JSON is JSON");
}

void check_body(const Request& request) {
    const auto json = gateway::parse_object(request.body);
    if (!json) return check_refusal(json.error());
    const std::string text = gateway::to_text(*json);
    const auto again = gateway::parse_object(as_bytes(text));
    law(again.ok() && gateway::to_text(*again) == text, "a body reads as it was written");
}

}  // namespace

void run(ByteView input) {
    Choices choices(input);
    Request request;
    const std::string first = choices.line();
    const std::size_t space = first.find(' ');
    request.method = first.substr(0, space);
    if (space != std::string::npos) request.target = first.substr(space + 1);
    request.content_type = choices.line();
    const std::string authorization = choices.line();
    request.last_event_id = choices.line();
    request.body = to_bytes(choices.rest());
    check_authorization(authorization);
    check_body(request);

    Node node;
    const Person* person = authorization == "member"     ? &member()
                           : authorization == "stranger" ? &stranger()
                                                         : nullptr;
    if (person != nullptr) {
        request.authorization =
            api::sign_request(to_sign(node.backend, request), person->id, person->key,
                              node.backend.now() + 1000, ledger::Nonce{});
        check_signed(node, request, *person);
    } else if (!authorization.empty()) {
        request.authorization = authorization;
    }

    int answers = 0;
    gateway::serve(node.service, request, [&](const gateway::MakeResponse& make) {
        ++answers;
        const Response response = make();
        check_response(request, response);
        if (response.stream)
            node.queue.post([&node, stream = response.stream] { read_stream(node, stream); });
    });
    node.queue.run();
    const std::size_t held = node.backend.kv().held() + node.backend.open().held() +
                             node.backend.system().held() + node.backend.kv().rpc().held() +
                             node.backend.open().rpc().held();
    law(answers == 1 || (answers == 0 && held != 0), "each request is answered once");
}

}  // namespace bsn::fuzz

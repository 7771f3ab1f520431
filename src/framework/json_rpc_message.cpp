#include "framework/json_rpc_message.hpp"

#include <fmt/format.h>

namespace bsn::framework::rpc {
namespace {

/// Builds the value of a text with a bound on its depth. Numbers that a double would change keep
/// the text that was sent (as `binary`, which JSON does not have): an id is answered as it came.
class Builder final : public nlohmann::json_sax<Json> {
  public:
    explicit Builder(int max_depth) : max_depth_(max_depth) {}

    bool null() override { return put(nullptr) != nullptr; }
    bool boolean(bool value) override { return put(value) != nullptr; }
    bool number_integer(std::int64_t value) override { return put(value) != nullptr; }
    bool number_unsigned(std::uint64_t value) override { return put(value) != nullptr; }
    bool number_float(double, const std::string& text) override {
        return put(Json::binary(to_bytes(std::string_view(text)))) != nullptr;
    }
    bool string(std::string& value) override { return put(std::move(value)) != nullptr; }
    bool binary(Json::binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(Json::object()); }
    bool start_array(std::size_t) override { return open(Json::array()); }
    bool key(std::string& name) override {
        key_ = std::move(name);
        return true;
    }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool parse_error(std::size_t byte, const std::string&, const Json::exception&) override {
        mistake_ = fmt::format("not JSON from byte {} on", byte);
        return false;
    }

    Json& root() { return root_; }
    const std::string& mistake() const { return mistake_; }

  private:
    Json* put(Json value) {
        if (open_.empty()) {
            root_ = std::move(value);
            return &root_;
        }
        Json& parent = *open_.back();
        if (parent.is_array()) {
            parent.push_back(std::move(value));
            return &parent.back();
        }
        Json& member = parent[key_];  // the last of several wins, as in Go
        member = std::move(value);
        return &member;
    }
    bool open(Json empty) {
        if (open_.size() >= static_cast<std::size_t>(max_depth_)) {
            mistake_ = fmt::format("nested deeper than {} levels", max_depth_);
            return false;
        }
        open_.push_back(put(std::move(empty)));
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }

    const int max_depth_;
    Json root_;
    std::vector<Json*> open_;  ///< from the root inwards; none of them moves while it is open
    std::string key_;
    std::string mistake_;
};

CallMessage call_from(Json& json) {
    CallMessage call;
    call.params = Json(Json::value_t::discarded);
    if (!json.is_object()) return call;
    bool good_id = true;
    if (auto id = json.find("id"); id != json.end()) {
        good_id = !id->is_object() && !id->is_array();
        call.has_id = true;
        if (id->is_binary()) {
            call.id = std::string(as_text(id->get_binary()));
        } else if (good_id) {
            call.id = json_text(*id);
        }
    }
    auto version = json.find("jsonrpc");
    auto method = json.find("method");
    call.valid = good_id && version != json.end() && *version == "2.0" && method != json.end() &&
                 method->is_string() && !method->get_ref<const std::string&>().empty();
    if (!call.valid) return call;
    call.method = std::move(method->get_ref<std::string&>());
    if (auto params = json.find("params"); params != json.end()) call.params = std::move(*params);
    return call;
}

}  // namespace

Result<RequestMessage> parse_request(std::string_view text, int max_depth) {
    Builder builder(max_depth);
    if (!Json::sax_parse(text.begin(), text.end(), &builder)) {
        return Error{Code::invalid_argument, builder.mistake()};
    }
    RequestMessage request;
    Json& root = builder.root();
    request.batch = root.is_array();
    if (request.batch) {
        request.calls.reserve(root.size());
        for (Json& call : root) request.calls.push_back(call_from(call));
    } else {
        request.calls.push_back(call_from(root));
    }
    return request;
}

}  // namespace bsn::framework::rpc

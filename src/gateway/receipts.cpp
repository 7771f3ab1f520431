// Receipt bundles: one as canonical JSON, or many on a line each.
#include "gateway/errors.hpp"
#include "gateway/handlers.hpp"
#include "gateway/json.hpp"
#include "ledger/bundle.hpp"

#include <fmt/format.h>

namespace bsn::gateway {
namespace {

/// Receipt bundles are; proofs of networks outside are in a form of their own.
bool is_json(ByteView proof) { return !proof.empty() && proof.front() == '{'; }

constexpr std::size_t k_max_ids = 1000;
constexpr std::size_t k_part_bytes = 256U << 10;
/// Others get their turn at a chain after this.
constexpr std::chrono::seconds k_part_time{1};

/// A bundle is large and a thousand of them would be tens of megabytes: they are made as they are
/// sent.
class ReceiptLines final : public BodyStream, public std::enable_shared_from_this<ReceiptLines> {
  public:
    ReceiptLines(Service& service, Service::Target target, framework::Chain& chain,
                 std::vector<Bytes> ids)
        : service_(service), target_(std::move(target)), chain_(chain), ids_(std::move(ids)) {}

    void next(Done done) override {
        service_.go_on_for(target_.app.get(), [self = shared_from_this(), done = std::move(done)] {
            Part part;
            const auto end = std::chrono::steady_clock::now() + k_part_time;
            while (self->at_ < self->ids_.size() && part.bytes.size() < k_part_bytes &&
                   (part.bytes.empty() || std::chrono::steady_clock::now() < end)) {
                part.bytes += self->line(self->ids_[self->at_++]);
            }
            part.last = self->at_ == self->ids_.size();
            done(std::move(part));
        });
    }

  private:
    std::string line(const Bytes& id) const {
        auto bundle = encoded_bundle(id);
        if (!bundle) {
            return fmt::format("{{\"id\":\"{}\",\"error\":{}}}\n", to_hex(id),
                               error_json(bundle.error()));
        }
        return fmt::format("{{\"id\":\"{}\",\"bundle\":\"{}\"}}\n", to_hex(id), to_hex(*bundle));
    }

    Result<Bytes> encoded_bundle(const Bytes& id) const {
        BSN_TRY(proof, chain_.prove(id));
        if (!is_json(proof)) return proof;
        BSN_TRY(bundle, ledger::ReceiptBundle::from_json(as_text(proof)));
        return bundle.encode();
    }

    Service& service_;
    const Service::Target target_;
    framework::Chain& chain_;
    const std::vector<Bytes> ids_;
    std::size_t at_ = 0;
};

Result<std::vector<Bytes>> ids_from(ByteView body) {
    BSN_TRY(json, parse_object(body));
    BSN_CHECK(only_keys(json, {"ids"}));
    auto list = json.find("ids");
    if (list == json.end() || !list->is_array() || list->empty()) {
        return Error{Code::invalid_argument, "the body lacks a list \"ids\" of transaction ids"};
    }
    if (list->size() > k_max_ids) {
        return Error{Code::too_large, fmt::format("{} ids are more than the {} of one request; ask "
                                                  "in several requests",
                                                  list->size(), k_max_ids)};
    }
    std::vector<Bytes> ids;
    ids.reserve(list->size());
    for (const Json& element : *list) {
        auto id = transaction_id_from(element.is_string() ? element.get<std::string>() : "");
        if (!id) return id.error().within(fmt::format("id {}", ids.size() + 1));
        ids.push_back(std::move(*id));
    }
    return ids;
}

Result<std::shared_ptr<BodyStream>> open_lines(Service& service, const Request& request) {
    BSN_TRY(target, service.target_of(request));
    BSN_TRY(chain, service.chain_to_read(request));
    BSN_TRY(ids, ids_from(request.body));
    return std::shared_ptr<BodyStream>(
        std::make_shared<ReceiptLines>(service, std::move(target), *chain, std::move(ids)));
}

Result<Bytes> find_receipt(Service& service, const Request& request) {
    BSN_TRY(chain, service.chain_to_read(request));
    BSN_TRY(id, transaction_id_from(request.path.find("id")->second));
    return chain->prove(id);
}

}  // namespace

Response get_receipt(Service& service, const Request& request) {
    auto proof = find_receipt(service, request);
    if (!proof) return error_response(proof.error());
    Response response{.body = bsn::to_text(*proof)};
    if (!is_json(*proof)) response.content_type = k_bytes_type;
    return response;
}

Response post_receipts(Service& service, const Request& request) {
    if (request.content_type != k_json_type) return wrong_type(request, {k_json_type});
    auto lines = open_lines(service, request);
    if (!lines) return error_response(lines.error());
    return {.content_type = k_lines_type, .stream = *lines};
}

}  // namespace bsn::gateway

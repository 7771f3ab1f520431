#include "framework/fabric/outside/certificates.hpp"

#include "crypto/certificate_chain.hpp"

namespace bsn::framework::fabric {
namespace {

constexpr std::string_view k_begin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view k_end = "-----END CERTIFICATE-----";

}  // namespace

Result<std::vector<std::string>> split_certificates(std::string_view text) {
    std::vector<std::string> all;
    for (std::size_t place = text.find(k_begin); place != std::string_view::npos;
         place = text.find(k_begin, place)) {
        const std::size_t end = text.find(k_end, place);
        if (end == std::string_view::npos) {
            return Error{Code::invalid_argument, "a certificate in PEM has no end"};
        }
        std::string one;
        for (char c : text.substr(place, end + k_end.size() - place)) {
            if (c != '\r') one.push_back(c);
        }
        one.push_back('\n');
        if (!crypto::certificate_der(one)) {
            return Error{Code::invalid_argument, "a certificate in PEM cannot be read"};
        }
        all.push_back(std::move(one));
        place = end;
    }
    if (all.empty()) return Error{Code::invalid_argument, "there is no certificate in PEM"};
    return all;
}

Result<std::string> normal_certificates(std::string_view text) {
    BSN_TRY(certificates, split_certificates(text));
    std::string all;
    for (const std::string& one : certificates) all += one;
    return all;
}

}  // namespace bsn::framework::fabric

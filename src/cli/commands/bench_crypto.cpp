// bsn bench crypto: how fast this machine signs and verifies. No network is needed.

#include "base/progress.hpp"
#include "cli/bench/machine.hpp"
#include "cli/bench/signature_rates.hpp"
#include "cli/commands/commands.hpp"

#include <fmt/format.h>

#include <cmath>

namespace bsn::cli {
namespace {

struct CryptoBenchOptions {
    SignatureRatesOptions rates;
    std::vector<std::string> suites{"all"};
};

std::vector<crypto::SuiteId> suites_of(const std::vector<std::string>& names) {
    std::vector<crypto::SuiteId> suites;
    for (crypto::SuiteId suite :
         {crypto::SuiteId::secp256r1, crypto::SuiteId::secp256k1, crypto::SuiteId::sm2}) {
        for (const std::string& name : names) {
            if (name != "all" && name != crypto::suite_name(suite)) continue;
            suites.push_back(suite);
            break;
        }
    }
    return suites;
}

Json rates_json(const SignatureRates& rates) {
    const auto spread = [](const RoundRates& of) {
        return Json::array({std::round(of.lowest()), std::round(of.highest())});
    };
    return {{"verify_per_s", std::round(rates.verify.median())},
            {"verify_new_key_per_s", std::round(rates.verify_new.median())},
            {"sign_per_s", std::round(rates.sign.median())},
            {"lowest_and_highest",
             {{"verify_per_s", spread(rates.verify)},
              {"verify_new_key_per_s", spread(rates.verify_new)},
              {"sign_per_s", spread(rates.sign)}}}};
}

Json report_of(const std::vector<SignatureRates>& all, const SignatureRatesOptions& options,
               const Machine& machine) {
    Json suites = Json::object();
    for (const SignatureRates& rates : all) {
        suites[std::string(crypto::suite_name(rates.suite))]
              [std::string(crypto::implementation_name(rates.implementation))] = rates_json(rates);
    }
    return {{"suites", suites},
            {"threads", 1},
            {"rounds", options.rounds},
            {"seconds", options.seconds},
            {"message_bytes", options.message_bytes},
            {"machine", machine.to_json()}};
}

void print_report(Output& out, const std::vector<SignatureRates>& all,
                  const SignatureRatesOptions& options, const Machine& machine) {
    out.text(machine.summary());
    out.text(fmt::format("One core, messages of {} bytes, medians of {} rounds of {} s.",
                         options.message_bytes, options.rounds, options.seconds));
    std::vector<std::vector<std::string>> rows;
    for (const SignatureRates& rates : all) {
        rows.push_back({std::string(crypto::suite_name(rates.suite)),
                        std::string(crypto::implementation_name(rates.implementation)),
                        fmt::format("{:.0f}", rates.verify.median()),
                        fmt::format("{:.0f}", rates.verify_new.median()),
                        fmt::format("{:.0f}", rates.sign.median())});
    }
    out.table({"suite", "by", "verify/s", "verify/s, new key", "sign/s"}, rows);
}

Outcome bench_crypto(Context& context, CryptoBenchOptions options) {
    options.rates.suites = suites_of(options.suites);
    std::unique_ptr<Progress> bar;
    if (context.out().is_chatty()) {
        bar = std::make_unique<Progress>("Measuring", turns_of(options.rates), "turns");
    }
    const std::vector<SignatureRates> rates = signature_rates(options.rates, [&] {
        if (bar) bar->add();
    });
    bar.reset();
    const Machine machine = Machine::here(std::filesystem::current_path());
    context.out().json(report_of(rates, options.rates, machine));
    if (!context.out().is_json()) print_report(context.out(), rates, options.rates, machine);
    return Exit::done;
}

}  // namespace

void add_bench_crypto_command(Commands& commands, CLI::App* group) {
    auto options = std::make_shared<CryptoBenchOptions>();
    CLI::App* command = commands.add(
        group, "crypto", "Signatures alone: made and verified per second, ours and OpenSSL's",
        "bsn bench crypto --suite sm2 --json");
    command
        ->add_option("--suite", options->suites,
                     "secp256r1, secp256k1, sm2, several with commas, or all (default)")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember({"secp256r1", "secp256k1", "sm2", "all"}))
        ->type_name("SUITE");
    command
        ->add_option("--seconds", options->rates.seconds,
                     "Seconds for each operation in each round (0.3)")
        ->check(CLI::Range(0.001, 60.0))
        ->type_name("S");
    command
        ->add_option("--rounds", options->rates.rounds,
                     "Rounds, in which all take turns; told are medians (5)")
        ->check(CLI::Range(1, 1'000))
        ->type_name("N");
    command
        ->add_option("--message-bytes", options->rates.message_bytes,
                     "Bytes of a signed message (300)")
        ->check(CLI::Range(1, 1'000'000))
        ->type_name("N");
    commands.on(command, [options](Context& context) { return bench_crypto(context, *options); });
}

}  // namespace bsn::cli

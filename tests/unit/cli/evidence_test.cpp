#include "cli/evidence.hpp"

#include "cli/receipts.hpp"
#include "cli_fixture.hpp"
#include "ledger/merkle.hpp"
#include "support/receipt_world.hpp"

namespace bsn::cli {
namespace {

using testing::ReceiptWorld;
constexpr std::string_view k_content = "the contract, signed by both";

/// What the deposit's block is to hold.
struct DepositPlan {
    std::string contract = "evidence";
    std::string function = "deposit";
    std::vector<std::string> arguments;
    ledger::ExecutionStatus status = ledger::ExecutionStatus::success;
    bool event = true;
};

crypto::Hash content_hash() { return crypto::hash(crypto::HashId::sha256, as_bytes(k_content)); }
std::string content_hex() { return to_hex(content_hash().view()); }

/// A bundle of one block with one transaction, as planned.
ledger::ReceiptBundle make_bundle(const ReceiptWorld& world, const DepositPlan& plan) {
    crypto::PrivateKey key = testing::make_key(crypto::SuiteId::secp256r1, 1);
    ledger::Payload payload = testing::sample_payload(key);
    payload.network = world.network;
    payload.channel = world.channel;
    payload.contract = plan.contract;
    payload.function = plan.function;
    payload.arguments.clear();
    for (const std::string& argument : plan.arguments) {
        payload.arguments.push_back(to_bytes(argument));
    }
    ledger::Receipt receipt;
    receipt.status = plan.status;
    if (plan.status != ledger::ExecutionStatus::success) receipt.error = "already deposited";
    if (plan.event) {
        receipt.logs = {{"evidence",
                         {to_bytes("deposited"), to_bytes(content_hash().view()),
                          to_bytes(payload.creator.view())},
                         {}}};
    }
    ledger::ReceiptBundle bundle = world.bundle();
    bundle.proof.transaction = ledger::Transaction::sign(payload, key).bytes();
    bundle.proof.receipt = receipt.encode();
    bundle.proof.index = 0;
    bundle.proof.transaction_path.clear();
    bundle.proof.receipt_path.clear();
    ledger::Header header = ledger::Header::decode(bundle.proof.block.header).value();
    header.transactions = 1;
    header.transaction_root = ledger::merkle_leaf(header.hash_id, bundle.proof.transaction);
    header.receipt_root = ledger::merkle_leaf(header.hash_id, bundle.proof.receipt);
    bundle.proof.block = ReceiptWorld::certify(header, world.block_epoch());
    return bundle;
}

ledger::ReceiptBundle deposit_bundle(const ReceiptWorld& world) {
    return make_bundle(world, {.arguments = {content_hex(), R"({"name":"contract.pdf"})"}});
}

class EvidenceTest : public testing::CliTest {
  protected:
    void SetUp() override {
        CliTest::SetUp();
        testing::write_text(file(), k_content);
        testing::write_text(genesis(), world.genesis.to_json());
        testing::write_text(receipt_file_of(file()), deposit_bundle(world).to_json());
    }
    std::string file() const { return (folder / "contract.pdf").string(); }
    std::string genesis() const { return (folder / "genesis.json").string(); }

    ReceiptWorld world;
};

TEST_F(EvidenceTest, ADepositProvesItsContent) {
    EvidenceProof proof = prove_evidence(deposit_bundle(world), world.trust(), content_hash());
    EXPECT_TRUE(proof.holds) << proof.failure();
    EXPECT_EQ(proof.metadata, R"({"name":"contract.pdf"})");
    EXPECT_EQ(proof.failure(), "");
}

TEST_F(EvidenceTest, SoDoesABatchThatHoldsIt) {
    std::string batch = R"([{"hash":")" + std::string(64, '0') + R"("},{"hash":")" + content_hex() +
                        R"(","metadata":"second"}])";
    EvidenceProof proof =
        prove_evidence(make_bundle(world, {.function = "depositBatch", .arguments = {batch}}),
                       world.trust(), content_hash());
    EXPECT_TRUE(proof.holds) << proof.failure();
    EXPECT_EQ(proof.metadata, "second");
}

TEST_F(EvidenceTest, NothingElseDoes) {
    const std::vector<std::pair<std::string, DepositPlan>> plans = {
        {"another content", {.arguments = {std::string(64, '0')}}},
        {"upper case", {.arguments = {std::string(64, 'A')}}},
        {"no argument", {.arguments = {}}},
        {"another contract", {.contract = "kv", .arguments = {content_hex()}}},
        {"another function", {.function = "get", .arguments = {content_hex()}}},
        {"a batch without it", {.function = "depositBatch", .arguments = {"[]"}}},
        {"a refused deposit",
         {.arguments = {content_hex()}, .status = ledger::ExecutionStatus::refused}},
        {"no word of the contract", {.arguments = {content_hex()}, .event = false}},
    };
    for (const auto& [name, plan] : plans) {
        EvidenceProof proof =
            prove_evidence(make_bundle(world, plan), world.trust(), content_hash());
        EXPECT_FALSE(proof.holds) << name;
        EXPECT_FALSE(proof.failure().empty()) << name;
        EXPECT_FALSE(proof.verification.steps.back().holds) << name;
    }
}

TEST_F(EvidenceTest, ForeignReceiptsProveNothing) {
    ReceiptWorld other(testing::WorldPlan{.nodes = 4});
    EvidenceProof proof = prove_evidence(deposit_bundle(other), world.trust(), content_hash());
    EXPECT_FALSE(proof.holds);
}

TEST_F(EvidenceTest, VerifyIsOfflineAndExplainsItself) {
    testing::Ran ran = run({"evidence", "verify", file(), "--genesis", genesis()});
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_NE(ran.out.find("✓ the transaction deposits this file's SHA-256"), std::string::npos)
        << ran.out;
    EXPECT_NE(ran.out.find("crash-fault quorum 2 of 3"), std::string::npos) << ran.out;
    EXPECT_EQ(ran.out.find("✗"), std::string::npos) << ran.out;

    ran = run({"evidence", "verify", file(), "--genesis", genesis(), "--json"});
    EXPECT_EQ(ran.status, 0) << ran.err;
    auto json = ran.json();
    EXPECT_EQ(json["verified"], true);
    EXPECT_EQ(json["files"][0]["sha256"], content_hex());
}

TEST_F(EvidenceTest, VerifyFailsForAnotherContent) {
    testing::write_text(file(), "the contract, signed by nobody");
    testing::Ran ran = run({"evidence", "verify", file(), "--genesis", genesis()});
    EXPECT_EQ(ran.status, 1);
    EXPECT_TRUE(ran.is_one_line()) << ran.err;
    EXPECT_NE(ran.out.find("✗"), std::string::npos) << ran.out;
}

TEST_F(EvidenceTest, VerifyFailsForAnyChangedByteOfTheReceipt) {
    std::string receipt = testing::read_text(receipt_file_of(file()));
    for (std::size_t at = 0; at < receipt.size(); at += 101) {
        std::string changed = receipt;
        changed[at] = changed[at] == 'a' ? 'b' : 'a';
        testing::write_text(receipt_file_of(file()), changed);
        if (changed == receipt) continue;
        testing::Ran ran = run({"evidence", "verify", file(), "--genesis", genesis()});
        EXPECT_EQ(ran.status, 1) << "byte " << at;
        EXPECT_TRUE(ran.is_one_line()) << ran.err;
    }
}

TEST_F(EvidenceTest, VerifyFailsWithAForeignGenesis) {
    testing::write_text(genesis(), testing::sample_genesis(4).to_json());
    testing::Ran ran = run({"evidence", "verify", file(), "--genesis", genesis()});
    EXPECT_EQ(ran.status, 1);
    EXPECT_TRUE(ran.is_one_line()) << ran.err;
}

TEST_F(EvidenceTest, VerifyNamesWhatIsMissing) {
    testing::Ran ran = run({"evidence", "verify", file()});
    EXPECT_EQ(ran.status, 1);
    EXPECT_NE(ran.err.find("--genesis"), std::string::npos) << ran.err;
    std::filesystem::remove(receipt_file_of(file()));
    ran = run({"evidence", "verify", file(), "--genesis", genesis()});
    EXPECT_EQ(ran.status, 1);
    EXPECT_NE(ran.err.find("--receipt"), std::string::npos) << ran.err;
    ran = run({"evidence", "verify", folder.path(), "--genesis", genesis()});
    EXPECT_EQ(ran.status, 1);
    EXPECT_NE(ran.err.find("is a folder"), std::string::npos) << ran.err;
}

TEST_F(EvidenceTest, OfManyFilesEachIsTold) {
    testing::write_text(folder / "other", "x");
    testing::Ran ran =
        run({"evidence", "verify", file(), folder / "other", "--genesis", genesis(), "--json"});
    EXPECT_EQ(ran.status, 1);
    auto json = ran.json();
    EXPECT_EQ(json["verified"], false);
    EXPECT_EQ(json["files"][0]["verified"], true);
    EXPECT_EQ(json["files"][1]["verified"], false);
}

TEST_F(EvidenceTest, CertificateNamesWhatWasChecked) {
    testing::Ran ran = run({"evidence", "certificate", file(), "--genesis", genesis(), "-o", "-"});
    EXPECT_EQ(ran.status, 0) << ran.err;
    for (const std::string& part :
         {content_hex(), std::string("contract.pdf"), std::string("Trust class"),
          std::string("信任等级"), std::string("bsn evidence verify"),
          to_hex(crypto::hash(crypto::HashId::sha256,
                              as_bytes(testing::read_text(receipt_file_of(file()))))
                     .view())}) {
        EXPECT_NE(ran.out.find(part), std::string::npos) << part;
    }
}

TEST_F(EvidenceTest, CertificatesAreOfVerifiedReceiptsOnly) {
    const std::vector<std::string> words = {"evidence", "certificate", file(), "--genesis",
                                            genesis()};
    testing::write_text(file(), "changed");
    testing::Ran ran = run(words);
    EXPECT_EQ(ran.status, 1);
    EXPECT_EQ(ran.out, "");
    EXPECT_TRUE(ran.is_one_line()) << ran.err;
    testing::write_text(file(), k_content);
    testing::write_text(genesis(), testing::sample_genesis(4).to_json());
    EXPECT_EQ(run(words).status, 1);
    EXPECT_FALSE(std::filesystem::exists(file() + ".certificate.pdf"));
    EXPECT_FALSE(std::filesystem::exists(file() + ".certificate.html"));
}

TEST_F(EvidenceTest, CertificatesAreWrittenBesideTheFile) {
    const std::vector<std::string> words = {"evidence", "certificate", file(), "--genesis",
                                            genesis()};
    testing::Ran ran = run(words);
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_EQ(ran.out, file() + ".certificate.pdf\n" + file() + ".certificate.html\n");
    const std::string pdf = testing::read_text(file() + ".certificate.pdf");
    EXPECT_TRUE(pdf.starts_with("%PDF-"));
    EXPECT_EQ(run(words).status, 0);  // the same content
    EXPECT_EQ(testing::read_text(file() + ".certificate.pdf"), pdf);

    testing::write_text(file() + ".certificate.html", "something else");
    ran = run(words);
    EXPECT_EQ(ran.status, 1);
    EXPECT_NE(ran.err.find("--force"), std::string::npos) << ran.err;
    EXPECT_EQ(testing::read_text(file() + ".certificate.html"), "something else");
    EXPECT_EQ(run({"evidence", "certificate", file(), "--genesis", genesis(), "--force"}).status,
              0);
    EXPECT_EQ(
        run({"evidence", "certificate", file(), "--genesis", genesis(), "-o", "x.doc"}).status, 2);
    EXPECT_EQ(
        run({"evidence", "certificate", file(), "--genesis", genesis(), "--language", "fr"}).status,
        2);
}

TEST_F(EvidenceTest, ReceiptVerifyNeverCallsARefusalASuccess) {
    std::string refused = folder / "refused.json";
    testing::write_text(refused, make_bundle(world, {.arguments = {content_hex()},
                                                     .status = ledger::ExecutionStatus::refused})
                                     .to_json());
    testing::Ran ran = run({"receipt", "verify", refused, "--genesis", genesis(), "--json"});
    EXPECT_EQ(ran.status, 1);
    EXPECT_EQ(ran.json()["authentic"], true);
    EXPECT_EQ(ran.json()["success"], false);
    ran = run({"receipt", "verify", receipt_file_of(file()), "--genesis", genesis()});
    EXPECT_EQ(ran.status, 0) << ran.err;
}

TEST_F(EvidenceTest, ReceiptShowSaysThatNothingWasVerified) {
    testing::Ran ran = run({"receipt", "show", receipt_file_of(file())});
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_NE(ran.out.find("Nothing was verified"), std::string::npos) << ran.out;
    EXPECT_EQ(run({"receipt", "show", receipt_file_of(file()), "--json"}).json()["verified"],
              false);
}

TEST_F(EvidenceTest, BinaryReceiptsAreReadToo) {
    std::string binary = folder / "binary.receipt";
    testing::write_text(binary, as_text(deposit_bundle(world).encode()));
    EXPECT_EQ(run({"receipt", "verify", binary, "--genesis", genesis()}).status, 0);
}

TEST_F(EvidenceTest, ReceiptFilesAreNotOverwritten) {
    std::filesystem::path place = receipt_file_of(file());
    ledger::ReceiptBundle kept = read_receipt_file(place).value();
    ledger::ReceiptBundle other = make_bundle(world, {.arguments = {std::string(64, '1')}});
    Status written = write_receipt_file(place, other, false);
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().code, Code::already_exists);
    EXPECT_TRUE(write_receipt_file(place, kept, false).ok());  // the same content
    EXPECT_TRUE(write_receipt_file(place, other, true).ok());
    EXPECT_EQ(testing::read_text(place), other.to_json());
}

TEST(DigestFile, HashesPieceByPiece) {
    TemporaryFolder folder;
    std::string content(3'000'000, 'x');
    testing::write_text(folder / "large", content);
    std::uint64_t told = 0;
    auto digest = digest_file(folder / "large", [&](std::uint64_t read) { told += read; });
    ASSERT_TRUE(digest.ok()) << digest.error().message;
    EXPECT_EQ(digest->sha256, crypto::hash(crypto::HashId::sha256, as_bytes(content)));
    EXPECT_EQ(digest->size, content.size());
    EXPECT_EQ(told, content.size());
    EXPECT_FALSE(digest_file(folder / "none", nullptr).ok());
}

TEST(FilesWithoutReceipts, LeavesOutTheReceiptsOfTheOthersOnly) {
    EXPECT_EQ(files_without_receipts({"a", "a.receipt.json", "b.receipt.json"}),
              (std::vector<std::string>{"a", "b.receipt.json"}));
}

TEST(DepositOf, NamesFileAndSize) {
    Invocation call = deposit_of("/some/where/contract.pdf", {content_hash(), 28});
    EXPECT_EQ(call.contract, "evidence");
    EXPECT_EQ(call.function, "deposit");
    ASSERT_EQ(call.arguments.size(), 2U);
    EXPECT_EQ(to_text(call.arguments[0]), content_hex());
    EXPECT_EQ(to_text(call.arguments[1]), R"({"name":"contract.pdf","size":28})");
}

}  // namespace
}  // namespace bsn::cli

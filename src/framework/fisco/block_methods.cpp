#include "framework/fisco/methods.hpp"
#include "framework/fisco/parameters.hpp"
#include "framework/fisco/shapes.hpp"

namespace bsn::framework::fisco {
namespace {

using rpc::Answer;
using rpc::Params;

/// Where a block is said to be: by number, or by hash.
using HeightAt = Answer<std::uint64_t> (*)(const ChainReader&, const Params&, std::size_t);

Answer<Json> block(const Groups& groups, const Params& params, HeightAt where) {
    BSN_TRY(chain, group_of(groups, params));
    BSN_TRY(height, where(*chain, params, 1));
    BSN_TRY(full, flag_at(params, 2, true));
    auto found = chain->block(height);
    if (!found) return internal_failure(found.error().message);
    return block_json(**found, full ? BlockForm::full : BlockForm::hashes);
}

Answer<Json> header(const Groups& groups, const Params& params, HeightAt where) {
    BSN_TRY(chain, group_of(groups, params));
    BSN_TRY(height, where(*chain, params, 1));
    BSN_TRY(with_signatures, flag_at(params, 2, false));
    auto found = chain->header(height);
    if (!found) return internal_failure(found.error().message);
    return header_json(*found, with_signatures);
}

}  // namespace

void add_block_methods(rpc::Methods& methods, const Groups& groups) {
    methods.add("getBlockNumber", 1, [&groups](const Params& params) -> Answer<Json> {
        BSN_TRY(chain, group_of(groups, params));
        return Json(rpc::quantity_text(chain->height()));
    });
    methods.add("getBlockByNumber", 3,
                [&groups](const Params& params) { return block(groups, params, height_at); });
    methods.add("getBlockByHash", 3, [&groups](const Params& params) {
        return block(groups, params, height_by_hash_at);
    });
    methods.add("getBlockHeaderByNumber", 3,
                [&groups](const Params& params) { return header(groups, params, height_at); });
    methods.add("getBlockHeaderByHash", 3, [&groups](const Params& params) {
        return header(groups, params, height_by_hash_at);
    });
    methods.add("getBlockHashByNumber", 2, [&groups](const Params& params) -> Answer<Json> {
        BSN_TRY(chain, group_of(groups, params));
        BSN_TRY(height, height_at(*chain, params, 1));
        auto found = chain->header(height);
        if (!found) return internal_failure(found.error().message);
        return Json(rpc::data_text(found->hash));
    });
}

}  // namespace bsn::framework::fisco

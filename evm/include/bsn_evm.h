#pragma once
/* The EVM of bsn: revm behind a C interface. src/contract/evm/runtime.hpp is its one user.
 *
 * An Engine holds a channel's settings and its analysed bytecode; any thread may use it. A session executes
 * one message at a time, and is kept for many, since it is dear to make. There is no other state. Nothing
 * panics through this interface: a panic is answered as BSN_EVM_INTERNAL, and its session is then to be freed.
 *
 * Numbers of 256 and 128 bits are big-endian. What a pointer given to a function or a callback points at is
 * valid until that returns; what a callback answers with, until the next callback of the same message. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bsn_evm_engine bsn_evm_engine;
typedef struct bsn_evm_session bsn_evm_session;
/* What a dialect's contract may do to the state; valid during its call. */
typedef struct bsn_evm_journal bsn_evm_journal;

typedef struct {
    const uint8_t *data;
    size_t size;
} bsn_evm_bytes;

enum { /* bsn_evm_settings.fork */
    BSN_EVM_ISTANBUL,
    BSN_EVM_BERLIN,
    BSN_EVM_LONDON,
    BSN_EVM_PARIS,
    BSN_EVM_SHANGHAI,
    BSN_EVM_CANCUN,
    BSN_EVM_PRAGUE,
};

typedef struct {
    uint64_t chain_id;
    uint64_t max_code_size;    /* 0: the fork's */
    uint64_t max_gas;          /* of a message; 0: no limit but the block's */
    uint64_t code_cache_bytes; /* analysed bytecode kept at most */
    uint8_t fork;
    uint8_t metered;       /* 1: gas is paid for, as Ethereum does; 0: whatever price is stated, nothing is */
    uint8_t random_nonces; /* 1: a message's nonce is not checked, and an account's counts creations only */
    uint8_t sm3;           /* 1: opcodes and addresses of contracts use SM3 in place of Keccak-256 */
} bsn_evm_settings;

typedef struct {
    uint64_t number;
    uint64_t time;
    uint64_t gas_limit;
    uint64_t base_fee;
    uint64_t excess_blob_gas;
    uint8_t beneficiary[20];
    uint8_t prev_randao[32];
    uint8_t difficulty[32]; /* before Paris */
} bsn_evm_block;

typedef struct {
    uint8_t address[20];
    const uint8_t (*slots)[32];
    size_t slot_count;
} bsn_evm_access;

typedef struct {
    uint8_t chain_id[32];
    uint8_t address[20];
    uint64_t nonce;
    uint8_t y_parity;
    uint8_t r[32];
    uint8_t s[32];
} bsn_evm_authorization;

typedef struct {
    uint8_t type; /* 0 legacy, 1 access list, 2 dynamic fee, 3 blob, 4 set code */
    uint8_t has_to;
    uint8_t has_priority_fee;
    uint8_t from[20];
    uint8_t to[20];
    uint8_t value[32];
    uint8_t gas_price[16]; /* of types 2 to 4: the fee cap */
    uint8_t priority_fee[16];
    uint8_t blob_fee[16]; /* cap, of type 3 */
    uint64_t gas;
    uint64_t nonce;
    bsn_evm_bytes data;
    const bsn_evm_access *access_list;
    size_t access_count;
    const uint8_t (*blob_hashes)[32];
    size_t blob_count;
    const bsn_evm_authorization *authorizations;
    size_t authorization_count;
} bsn_evm_message;

typedef struct {
    uint64_t nonce;
    uint8_t balance[32];
    uint8_t code_hash[32]; /* Keccak-256, also with sm3 */
} bsn_evm_account;

typedef struct {
    uint8_t slot[32];
    uint8_t value[32];
} bsn_evm_slot;

typedef struct {
    uint8_t address[20];
    uint8_t destroyed; /* the account and all its slots are gone */
    uint8_t changed;   /* nonce, balance or code are as in `account` now */
    uint8_t exists;    /* 0: it has become empty, and is gone */
    uint8_t has_code;  /* `code` is new */
    bsn_evm_account account;
    bsn_evm_bytes code;
    const bsn_evm_slot *slots; /* that changed, ascending; a value of zero: gone */
    size_t slot_count;
} bsn_evm_change;

typedef struct {
    uint8_t address[20];
    const uint8_t (*topics)[32];
    size_t topic_count;
    bsn_evm_bytes data;
} bsn_evm_log;

enum { /* bsn_evm_outcome.status */
    BSN_EVM_SUCCESS,
    BSN_EVM_REVERT,
    BSN_EVM_HALT,
    BSN_EVM_OUT_OF_GAS,
};

typedef struct {
    uint8_t status;
    uint8_t has_created;
    uint8_t created[20];
    uint8_t reward[32]; /* what the block's beneficiary earned; in no change below */
    uint64_t gas_used;
    uint64_t gas_refunded; /* already subtracted */
    bsn_evm_bytes halt_reason;
    bsn_evm_bytes output;
    const bsn_evm_log *logs;
    size_t log_count;
    const bsn_evm_change *changes; /* ascending by address */
    size_t change_count;
} bsn_evm_outcome;

typedef struct {
    uint8_t address[20]; /* of the dialect's contract */
    uint8_t caller[20];
    uint8_t origin[20];
    uint8_t value[32];
    uint8_t is_static;
    uint64_t gas;
    bsn_evm_bytes input;
} bsn_evm_precompile_call;

typedef struct {
    uint8_t status; /* BSN_EVM_SUCCESS, BSN_EVM_REVERT; BSN_EVM_HALT takes all gas */
    uint64_t gas_used;
    bsn_evm_bytes output;
} bsn_evm_precompile_result;

/* Callbacks answer 0 or 1 as told, and -1 when the state cannot be read, which ends the execution. */
typedef struct {
    void *context;
    /* 1: `account` is filled; 0: there is none */
    int (*account)(void *context, const uint8_t address[20], bsn_evm_account *account);
    int (*code)(void *context, const uint8_t hash[32], bsn_evm_bytes *code);
    int (*slot)(void *context, const uint8_t address[20], const uint8_t slot[32], uint8_t value[32]);
    int (*block_hash)(void *context, uint64_t number, uint8_t hash[32]);
    /* The dialect's contracts: whether an address is one (1 or 0), and a call. Both null: it has none. */
    int (*is_precompile)(void *context, const uint8_t address[20]);
    int (*call_precompile)(void *context, const bsn_evm_precompile_call *call, bsn_evm_journal *journal,
                           bsn_evm_precompile_result *result);
    /* One of these is called, as the last one. */
    void (*executed)(void *context, const bsn_evm_outcome *outcome);
    void (*failed)(void *context, int why, bsn_evm_bytes message);
} bsn_evm_host;

enum { /* what bsn_evm_execute answers, and `why` it failed */
    BSN_EVM_EXECUTED,
    BSN_EVM_INVALID,    /* the message is not admissible; nothing happened */
    BSN_EVM_UNREADABLE, /* a callback answered -1 */
    BSN_EVM_INTERNAL,   /* a bug */
};

/* Null if the fork is unknown. */
bsn_evm_engine *bsn_evm_engine_new(const bsn_evm_settings *settings);
void bsn_evm_engine_free(bsn_evm_engine *engine);
/* The engine may be freed before its sessions. */
bsn_evm_session *bsn_evm_session_new(const bsn_evm_engine *engine);
void bsn_evm_session_free(bsn_evm_session *session);

/* Executes a message. `simulate` (eth_call) checks neither nonce nor the block's gas limit, allows senders with
 * code, and charges nothing. */
int bsn_evm_execute(bsn_evm_session *session, const bsn_evm_block *block, const bsn_evm_message *message,
                    int simulate, const bsn_evm_host *host);

/* What a dialect's contract does; a revert undoes it. 0; -1 when the state cannot be read, 1 in a static call. */
int bsn_evm_journal_load(bsn_evm_journal *journal, const uint8_t address[20], const uint8_t slot[32],
                         uint8_t value[32]);
int bsn_evm_journal_store(bsn_evm_journal *journal, const uint8_t address[20], const uint8_t slot[32],
                          const uint8_t value[32]);
int bsn_evm_journal_log(bsn_evm_journal *journal, const uint8_t address[20], const uint8_t (*topics)[32],
                        size_t topic_count, const uint8_t *data, size_t size);
/* What is at an address: 0 nothing, 1 an account, 2 a contract; -1 when the state cannot be read. */
int bsn_evm_journal_presence(bsn_evm_journal *journal, const uint8_t address[20]);

#ifdef __cplusplus
}
#endif

//! What came of a message, laid out for C.

use crate::ffi;
use crate::state::PRECOMPILE_CODE_HASH;
use revm::context::result::{ExecutionResult, HaltReason, Output};
use revm::primitives::{Address, Bytes, Log, KECCAK_EMPTY, U256};
use revm::state::{Account, AccountInfo, EvmState};

/// Hands the outcome to `tell`; what it points at is valid only within.
pub fn report(
    result: ExecutionResult<HaltReason>,
    state: &EvmState,
    reward: U256,
    tell: impl FnOnce(&ffi::Outcome),
) {
    let mut accounts: Vec<_> = state
        .iter()
        .filter(|(_, account)| account.is_touched() || account.is_selfdestructed())
        .collect();
    accounts.sort_unstable_by_key(|(address, _)| **address);
    // All slots first: later they are pointed at.
    let slots: Vec<Vec<ffi::Slot>> = accounts.iter().map(|(_, a)| slots_of(a)).collect();
    let codes: Vec<Bytes> = accounts.iter().map(|(_, a)| new_code_of(a)).collect();
    let changes: Vec<ffi::Change> = accounts
        .iter()
        .zip(&slots)
        .zip(&codes)
        .filter_map(|((&(address, account), slots), code)| change_of(address, account, slots, code))
        .collect();

    let gas_used = result.tx_gas_used();
    let gas_refunded = result.gas().final_refunded();
    let (status, reason) = match &result {
        ExecutionResult::Success { .. } => (ffi::SUCCESS, ""),
        ExecutionResult::Revert { .. } => (ffi::REVERT, "execution reverted"),
        ExecutionResult::Halt { reason, .. } => halt(reason),
    };
    let created = match &result {
        ExecutionResult::Success {
            output: Output::Create(_, address),
            ..
        } => *address,
        _ => None,
    };
    let output = result.output().cloned().unwrap_or_default();
    let logs: &[Log] = match &result {
        ExecutionResult::Success { logs, .. } => logs,
        _ => &[],
    };
    let logs: Vec<ffi::Log> = logs.iter().map(log_of).collect();
    tell(&ffi::Outcome {
        status,
        has_created: created.is_some().into(),
        created: created.unwrap_or_default().into_array(),
        reward: reward.to_be_bytes(),
        gas_used,
        gas_refunded,
        halt_reason: ffi::BytesRef::of(reason.as_bytes()),
        output: ffi::BytesRef::of(&output),
        logs: logs.as_ptr(),
        log_count: logs.len(),
        changes: changes.as_ptr(),
        change_count: changes.len(),
    });
}

fn log_of(log: &Log) -> ffi::Log {
    let topics = log.data.topics();
    ffi::Log {
        address: log.address.into_array(),
        // B256 is its 32 bytes, and nothing else.
        topics: topics.as_ptr().cast(),
        topic_count: topics.len(),
        data: ffi::BytesRef::of(&log.data.data),
    }
}

fn slots_of(account: &Account) -> Vec<ffi::Slot> {
    if account.is_selfdestructed() {
        return Vec::new();
    }
    let mut slots: Vec<ffi::Slot> = account
        .storage
        .iter()
        .filter(|(_, slot)| slot.present_value != slot.original_value)
        .map(|(key, slot)| ffi::Slot {
            slot: key.to_be_bytes(),
            value: slot.present_value.to_be_bytes(),
        })
        .collect();
    slots.sort_unstable_by_key(|slot| slot.slot);
    slots
}

fn new_code_of(account: &Account) -> Bytes {
    if account.info.code_hash == account.original_info().code_hash {
        return Bytes::new();
    }
    account
        .info
        .code
        .as_ref()
        .map(|code| code.original_bytes())
        .unwrap_or_default()
}

fn is_empty(info: &AccountInfo) -> bool {
    let no_code = info.code_hash == KECCAK_EMPTY || info.code_hash == PRECOMPILE_CODE_HASH;
    no_code && info.nonce == 0 && info.balance.is_zero()
}

/// None if nothing changed.
fn change_of(
    address: &Address,
    account: &Account,
    slots: &[ffi::Slot],
    code: &Bytes,
) -> Option<ffi::Change> {
    let (before, after) = (account.original_info(), &account.info);
    let (existed, exists) = (!is_empty(&before), !is_empty(after));
    let destroyed = account.is_selfdestructed();
    if destroyed && !existed {
        return None;
    }
    let changed = destroyed || before != *after;
    if !changed && slots.is_empty() {
        return None;
    }
    let code_hash = if after.code_hash == PRECOMPILE_CODE_HASH {
        KECCAK_EMPTY
    } else {
        after.code_hash
    };
    Some(ffi::Change {
        address: address.into_array(),
        destroyed: destroyed.into(),
        changed: changed.into(),
        exists: (exists && !destroyed).into(),
        has_code: (!destroyed && !code.is_empty()).into(),
        account: ffi::Account {
            nonce: after.nonce,
            balance: after.balance.to_be_bytes(),
            code_hash: code_hash.0,
        },
        code: ffi::BytesRef::of(code),
        slots: slots.as_ptr(),
        slot_count: slots.len(),
    })
}

/// Whether all gas is gone because there was too little, and why, as clients of Ethereum know it.
fn halt(reason: &HaltReason) -> (u8, &'static str) {
    use HaltReason as Why;
    let text = match reason {
        Why::OutOfGas(_) => return (ffi::OUT_OF_GAS, "out of gas"),
        Why::OpcodeNotFound | Why::NotActivated => "invalid opcode",
        Why::InvalidFEOpcode => "invalid opcode: INVALID",
        Why::InvalidJump => "invalid jump destination",
        Why::StackUnderflow => "stack underflow",
        Why::StackOverflow => "stack limit reached 1024",
        Why::OutOfOffset => "return data out of bounds",
        Why::CreateCollision => "contract address collision",
        Why::PrecompileError | Why::PrecompileErrorWithContext(_) => "precompiled contract failed",
        Why::NonceOverflow => "nonce uint64 overflow",
        Why::CreateContractSizeLimit => "max code size exceeded",
        Why::CreateContractStartingWithEF => "invalid code: must not begin with 0xef",
        Why::CreateInitCodeSizeLimit => "max initcode size exceeded",
        Why::StateChangeDuringStaticCall | Why::CallNotAllowedInsideStatic => "write protection",
        Why::OverflowPayment | Why::OutOfFunds => "insufficient balance for transfer",
        Why::CallTooDeep => "max call depth exceeded",
    };
    (ffi::HALT, text)
}

//! The state as the caller's callbacks tell it.

use crate::cache::{analyse, CodeCache};
use crate::ffi;
use revm::database_interface::{DBErrorMarker, Database};
use revm::primitives::{Address, B256, KECCAK_EMPTY, U256};
use revm::state::{AccountInfo, Bytecode};
use std::os::raw::c_int;
use std::sync::Arc;

/// A callback answered that the state cannot be read. Why, it has kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the state cannot be read")
    }
}

impl std::error::Error for Unreadable {}
impl DBErrorMarker for Unreadable {}

/// The code hash of a dialect's contract: it has a code of one byte, since Solidity asks for the size before it calls.
/// No code has this hash.
pub const PRECOMPILE_CODE_HASH: B256 = B256::with_last_byte(1);

/// Reads through the host of the message that is being executed.
#[derive(Debug)]
pub struct State {
    /// Null between messages.
    host: *const ffi::Host,
    cache: Arc<CodeCache>,
    own: OwnCode,
    precompile_code: Bytecode,
}

/// Codes that this session uses all the time, copied: those of the cache are counted by all threads, which then wait
/// for one another's counting.
#[derive(Debug, Default)]
struct OwnCode {
    last: B256,
    codes: [Option<(B256, Bytecode)>; 4],
    next: usize,
}

impl OwnCode {
    fn get(&self, hash: &B256) -> Option<Bytecode> {
        let found = self.codes.iter().flatten().find(|(own, _)| own == hash);
        found.map(|(_, code)| code.clone())
    }

    /// Copies a code that is used twice running.
    fn used(&mut self, hash: B256, code: &Bytecode) {
        if std::mem::replace(&mut self.last, hash) == hash {
            self.codes[self.next] = Some((hash, analyse(code.original_byte_slice())));
            self.next = (self.next + 1) % self.codes.len();
        }
    }
}

impl State {
    pub fn new(cache: Arc<CodeCache>) -> Self {
        Self {
            host: std::ptr::null(),
            cache,
            own: OwnCode::default(),
            precompile_code: analyse(&[0]),
        }
    }

    pub fn set_host(&mut self, host: *const ffi::Host) {
        self.host = host;
    }

    pub fn cache(&self) -> &Arc<CodeCache> {
        &self.cache
    }

    /// The host; only while a message is executed.
    pub fn host(&self) -> &ffi::Host {
        assert!(!self.host.is_null(), "no message is being executed");
        // SAFETY: `execute` sets it to its argument and clears it before it returns.
        unsafe { &*self.host }
    }

    pub fn is_precompile(&self, address: &Address) -> Result<bool, Unreadable> {
        let host = self.host();
        match host.is_precompile {
            // SAFETY: as bsn_evm.h tells.
            Some(ask) => checked(unsafe { ask(host.context, address.as_ptr()) }),
            None => Ok(false),
        }
    }
}

/// The answer of a callback: 0 or 1, else the state cannot be read.
pub fn checked(answer: c_int) -> Result<bool, Unreadable> {
    match answer {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Unreadable),
    }
}

impl Database for State {
    type Error = Unreadable;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Unreadable> {
        let is_precompile = self.is_precompile(&address)?;
        let host = self.host();
        let mut account = ffi::Account::default();
        // SAFETY: as bsn_evm.h tells.
        let exists =
            checked(unsafe { (host.account)(host.context, address.as_ptr(), &mut account) })?;
        if is_precompile {
            return Ok(Some(AccountInfo {
                balance: U256::from_be_bytes(account.balance),
                nonce: account.nonce,
                code_hash: PRECOMPILE_CODE_HASH,
                code: Some(self.precompile_code.clone()),
                account_id: None,
            }));
        }
        if !exists {
            return Ok(None);
        }
        let code_hash = B256::from(account.code_hash);
        Ok(Some(AccountInfo {
            balance: U256::from_be_bytes(account.balance),
            nonce: account.nonce,
            code_hash,
            code: (code_hash == KECCAK_EMPTY).then(Bytecode::default),
            account_id: None,
        }))
    }

    fn code_by_hash(&mut self, hash: B256) -> Result<Bytecode, Unreadable> {
        if let Some(code) = self.own.get(&hash) {
            return Ok(code);
        }
        if let Some(code) = self.cache.get(&hash) {
            self.own.used(hash, &code);
            return Ok(code);
        }
        let host = self.host();
        let mut bytes = ffi::BytesRef::EMPTY;
        // SAFETY: as bsn_evm.h tells.
        checked(unsafe { (host.code)(host.context, hash.as_ptr(), &mut bytes) })?;
        // SAFETY: valid until the next callback.
        let code = analyse(unsafe { bytes.slice() });
        self.cache.put(hash, code.clone());
        Ok(code)
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Unreadable> {
        let host = self.host();
        let mut value = [0; 32];
        let slot = slot.to_be_bytes::<32>();
        // SAFETY: as bsn_evm.h tells.
        checked(unsafe {
            (host.slot)(
                host.context,
                address.as_ptr(),
                slot.as_ptr(),
                value.as_mut_ptr(),
            )
        })?;
        Ok(U256::from_be_bytes(value))
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Unreadable> {
        let host = self.host();
        let mut hash = [0; 32];
        // SAFETY: as bsn_evm.h tells.
        checked(unsafe { (host.block_hash)(host.context, number, hash.as_mut_ptr()) })?;
        Ok(B256::from(hash))
    }
}

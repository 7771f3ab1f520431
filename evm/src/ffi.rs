//! The structures of `include/bsn_evm.h`, field by field.

use std::os::raw::{c_int, c_void};

#[repr(C)]
#[derive(Clone, Copy)]
pub struct BytesRef {
    pub data: *const u8,
    pub size: usize,
}

impl BytesRef {
    pub const EMPTY: Self = Self {
        data: std::ptr::null(),
        size: 0,
    };

    pub fn of(bytes: &[u8]) -> Self {
        Self {
            data: bytes.as_ptr(),
            size: bytes.len(),
        }
    }

    /// # Safety
    /// The bytes must be valid for as long as the slice is used.
    pub unsafe fn slice<'a>(&self) -> &'a [u8] {
        slice_of(self.data, self.size)
    }
}

/// A slice of C's pointer and count; a null pointer is an empty one.
///
/// # Safety
/// The elements must be valid for as long as the slice is used.
pub unsafe fn slice_of<'a, T>(data: *const T, count: usize) -> &'a [T] {
    if data.is_null() || count == 0 {
        &[]
    } else {
        std::slice::from_raw_parts(data, count)
    }
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Settings {
    pub chain_id: u64,
    pub max_code_size: u64,
    pub max_gas: u64,
    pub code_cache_bytes: u64,
    pub fork: u8,
    pub metered: u8,
    pub random_nonces: u8,
    pub sm3: u8,
}

#[repr(C)]
pub struct Block {
    pub number: u64,
    pub time: u64,
    pub gas_limit: u64,
    pub base_fee: u64,
    pub excess_blob_gas: u64,
    pub beneficiary: [u8; 20],
    pub prev_randao: [u8; 32],
    pub difficulty: [u8; 32],
}

#[repr(C)]
pub struct Access {
    pub address: [u8; 20],
    pub slots: *const [u8; 32],
    pub slot_count: usize,
}

#[repr(C)]
pub struct Authorization {
    pub chain_id: [u8; 32],
    pub address: [u8; 20],
    pub nonce: u64,
    pub y_parity: u8,
    pub r: [u8; 32],
    pub s: [u8; 32],
}

#[repr(C)]
pub struct Message {
    pub kind: u8,
    pub has_to: u8,
    pub has_priority_fee: u8,
    pub from: [u8; 20],
    pub to: [u8; 20],
    pub value: [u8; 32],
    pub gas_price: [u8; 16],
    pub priority_fee: [u8; 16],
    pub blob_fee: [u8; 16],
    pub gas: u64,
    pub nonce: u64,
    pub data: BytesRef,
    pub access_list: *const Access,
    pub access_count: usize,
    pub blob_hashes: *const [u8; 32],
    pub blob_count: usize,
    pub authorizations: *const Authorization,
    pub authorization_count: usize,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct Account {
    pub nonce: u64,
    pub balance: [u8; 32],
    pub code_hash: [u8; 32],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Slot {
    pub slot: [u8; 32],
    pub value: [u8; 32],
}

#[repr(C)]
pub struct Change {
    pub address: [u8; 20],
    pub destroyed: u8,
    pub changed: u8,
    pub exists: u8,
    pub has_code: u8,
    pub account: Account,
    pub code: BytesRef,
    pub slots: *const Slot,
    pub slot_count: usize,
}

#[repr(C)]
pub struct Log {
    pub address: [u8; 20],
    pub topics: *const [u8; 32],
    pub topic_count: usize,
    pub data: BytesRef,
}

pub const SUCCESS: u8 = 0;
pub const REVERT: u8 = 1;
pub const HALT: u8 = 2;
pub const OUT_OF_GAS: u8 = 3;

#[repr(C)]
pub struct Outcome {
    pub status: u8,
    pub has_created: u8,
    pub created: [u8; 20],
    pub reward: [u8; 32],
    pub gas_used: u64,
    pub gas_refunded: u64,
    pub halt_reason: BytesRef,
    pub output: BytesRef,
    pub logs: *const Log,
    pub log_count: usize,
    pub changes: *const Change,
    pub change_count: usize,
}

#[repr(C)]
pub struct PrecompileCall {
    pub address: [u8; 20],
    pub caller: [u8; 20],
    pub origin: [u8; 20],
    pub value: [u8; 32],
    pub is_static: u8,
    pub gas: u64,
    pub input: BytesRef,
}

#[repr(C)]
pub struct PrecompileResult {
    pub status: u8,
    pub gas_used: u64,
    pub output: BytesRef,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Host {
    pub context: *mut c_void,
    pub account: unsafe extern "C" fn(*mut c_void, *const u8, *mut Account) -> c_int,
    pub code: unsafe extern "C" fn(*mut c_void, *const u8, *mut BytesRef) -> c_int,
    pub slot: unsafe extern "C" fn(*mut c_void, *const u8, *const u8, *mut u8) -> c_int,
    pub block_hash: unsafe extern "C" fn(*mut c_void, u64, *mut u8) -> c_int,
    pub is_precompile: Option<unsafe extern "C" fn(*mut c_void, *const u8) -> c_int>,
    pub call_precompile: Option<
        unsafe extern "C" fn(
            *mut c_void,
            *const PrecompileCall,
            *mut c_void,
            *mut PrecompileResult,
        ) -> c_int,
    >,
    pub executed: unsafe extern "C" fn(*mut c_void, *const Outcome),
    pub failed: unsafe extern "C" fn(*mut c_void, c_int, BytesRef),
}

pub const EXECUTED: c_int = 0;
pub const INVALID: c_int = 1;
pub const UNREADABLE: c_int = 2;
pub const INTERNAL: c_int = 3;

//! The C interface as C sees it. What the EVM does, the tests of contract/evm and the state tests tell.

use crate::ffi;
use crate::{
    bsn_evm_engine_free, bsn_evm_engine_new, bsn_evm_execute, bsn_evm_session_free,
    bsn_evm_session_new,
};
use revm::primitives::{hex, keccak256, KECCAK_EMPTY};
use std::collections::HashMap;
use std::os::raw::{c_int, c_void};

/// A message type that makes `bsn_evm_execute` panic.
pub const PANIC: u8 = u8::MAX;

#[derive(Default)]
struct World {
    codes: HashMap<[u8; 20], Vec<u8>>,
    reads: usize,
    unreadable: bool,
    status: Option<u8>,
    gas_used: u64,
    output: Vec<u8>,
    failure: Option<(c_int, String)>,
}

unsafe fn world<'a>(context: *mut c_void) -> &'a mut World {
    &mut *context.cast::<World>()
}

unsafe extern "C" fn account(
    context: *mut c_void,
    address: *const u8,
    account: *mut ffi::Account,
) -> c_int {
    let world = world(context);
    if world.unreadable {
        return -1;
    }
    let address: [u8; 20] = *address.cast();
    *account = ffi::Account {
        nonce: 0,
        balance: [0; 32],
        code_hash: world.codes.get(&address).map_or(KECCAK_EMPTY, keccak256).0,
    };
    world.codes.contains_key(&address).into()
}

unsafe extern "C" fn code(
    context: *mut c_void,
    hash: *const u8,
    code: *mut ffi::BytesRef,
) -> c_int {
    let world = world(context);
    world.reads += 1;
    let hash: [u8; 32] = *hash.cast();
    let found = world.codes.values().find(|code| keccak256(code).0 == hash);
    *code = ffi::BytesRef::of(found.expect("a code that was named"));
    1
}

unsafe extern "C" fn slot(_: *mut c_void, _: *const u8, _: *const u8, _: *mut u8) -> c_int {
    0
}

unsafe extern "C" fn block_hash(_: *mut c_void, _: u64, _: *mut u8) -> c_int {
    0
}

unsafe extern "C" fn executed(context: *mut c_void, outcome: *const ffi::Outcome) {
    let (world, outcome) = (world(context), &*outcome);
    world.status = Some(outcome.status);
    world.gas_used = outcome.gas_used;
    world.output = outcome.output.slice().to_vec();
}

unsafe extern "C" fn failed(context: *mut c_void, why: c_int, message: ffi::BytesRef) {
    let text = String::from_utf8_lossy(message.slice()).into_owned();
    world(context).failure = Some((why, text));
}

fn settings(fork: u8) -> ffi::Settings {
    ffi::Settings {
        chain_id: 1,
        max_code_size: 0,
        max_gas: 0,
        code_cache_bytes: 1 << 20,
        fork,
        metered: 0,
        random_nonces: 1,
        sm3: 0,
    }
}

/// Executes a message of a type to an address.
fn execute(
    world: &mut World,
    fork: u8,
    kind: u8,
    to: [u8; 20],
    input: &[u8],
    times: usize,
) -> c_int {
    let host = ffi::Host {
        context: std::ptr::from_mut(world).cast(),
        account,
        code,
        slot,
        block_hash,
        is_precompile: None,
        call_precompile: None,
        executed,
        failed,
    };
    let block = ffi::Block {
        number: 1,
        time: 1,
        gas_limit: 10_000_000,
        base_fee: 0,
        excess_blob_gas: 0,
        beneficiary: [0xbe; 20],
        prev_randao: [0; 32],
        difficulty: [0; 32],
    };
    // SAFETY: all zero is a message, with null pointers for what it has none of.
    let mut message: ffi::Message = unsafe { std::mem::zeroed() };
    message.kind = kind;
    message.has_to = 1;
    message.from = [0xaa; 20];
    message.to = to;
    message.gas = 5_000_000;
    message.data = ffi::BytesRef::of(input);
    unsafe {
        let engine = bsn_evm_engine_new(&settings(fork));
        let mut answer = 0;
        for _ in 0..times {
            let session = bsn_evm_session_new(engine);
            answer = bsn_evm_execute(session, &block, &message, 0, &host);
            bsn_evm_session_free(session);
        }
        bsn_evm_engine_free(engine);
        answer
    }
}

fn precompile(fork: u8, number: u8, input: &[u8]) -> World {
    let mut world = World::default();
    let mut to = [0; 20];
    to[19] = number;
    assert_eq!(execute(&mut world, fork, 0, to, input, 1), ffi::EXECUTED);
    world
}

const ISTANBUL: u8 = 0;
const SHANGHAI: u8 = 4;
const CANCUN: u8 = 5;
const PRAGUE: u8 = 6;

#[test]
fn knows_no_fork_beyond_the_last() {
    assert!(unsafe { bsn_evm_engine_new(&settings(PRAGUE + 1)) }.is_null());
}

#[test]
fn a_panic_is_an_answer() {
    let mut world = World::default();
    assert_eq!(
        execute(&mut world, CANCUN, PANIC, [1; 20], &[], 1),
        ffi::INTERNAL
    );
    let (why, text) = world.failure.expect("a failure");
    assert_eq!(why, ffi::INTERNAL);
    assert!(text.contains("as the test asked for"));
}

#[test]
fn an_unknown_type_is_refused() {
    let mut world = World::default();
    assert_eq!(
        execute(&mut world, PRAGUE, 5, [1; 20], &[], 1),
        ffi::INVALID
    );
    assert_eq!(
        world.failure.expect("a failure").1,
        "transaction type not supported"
    );
}

#[test]
fn what_cannot_be_read_is_told() {
    let mut world = World {
        unreadable: true,
        ..World::default()
    };
    assert_eq!(
        execute(&mut world, CANCUN, 0, [1; 20], &[], 1),
        ffi::UNREADABLE
    );
    assert_eq!(world.status, None);
}

#[test]
fn code_is_read_once_for_all_sessions() {
    let mut world = World::default();
    world
        .codes
        .insert([1; 20], hex!("602a60005260206000f3").to_vec());
    assert_eq!(
        execute(&mut world, CANCUN, 0, [1; 20], &[], 3),
        ffi::EXECUTED
    );
    assert_eq!(world.output[31], 42);
    assert_eq!(world.reads, 1);
}

#[test]
fn each_fork_has_its_precompiled_contracts() {
    // SHA-256 of nothing.
    assert_eq!(
        precompile(ISTANBUL, 2, &[]).output,
        hex!("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    );
    // bn128: 0 + 0 = 0.
    assert_eq!(precompile(ISTANBUL, 6, &[0; 128]).output, [0; 64]);
    // blake2f, vector 5 of EIP-152.
    let mut input = hex!("0000000c48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5d182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e1319cde05b616263").to_vec();
    input.resize(4 + 64 + 128, 0);
    input.extend_from_slice(&[3, 0, 0, 0, 0, 0, 0, 0]);
    input.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!(
        precompile(ISTANBUL, 9, &input).output,
        hex!("ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923")
    );
    // Point evaluation of the zero polynomial at 0: its commitment and proof are the point at infinity.
    let mut commitment = [0; 48];
    commitment[0] = 0xc0;
    let mut hash = sha256(&commitment);
    hash[0] = 1;
    let input = [&hash[..], &[0; 64], &commitment, &commitment].concat();
    let evaluated = precompile(CANCUN, 10, &input);
    assert_eq!(evaluated.status, Some(ffi::SUCCESS));
    assert_eq!(evaluated.output.len(), 64);
    assert!(evaluated.gas_used > 50_000);
    assert_eq!(precompile(SHANGHAI, 10, &input).output, [0; 0]);
    let mut wrong = input;
    wrong[63] = 1;
    wrong[95] = 1;
    assert_eq!(precompile(CANCUN, 10, &wrong).status, Some(ffi::HALT));
    // BLS12-381: infinity + infinity.
    assert_eq!(precompile(PRAGUE, 11, &[0; 256]).output, [0; 128]);
    assert_eq!(precompile(CANCUN, 11, &[0; 256]).output, [0; 0]);
}

/// SHA-256 by the EVM's own precompiled contract.
fn sha256(bytes: &[u8]) -> [u8; 32] {
    precompile(ISTANBUL, 2, bytes)
        .output
        .try_into()
        .expect("32 bytes")
}

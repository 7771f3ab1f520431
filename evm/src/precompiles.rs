//! Precompiled contracts: the fork's, and a dialect's own behind a callback.

use crate::ffi;
use crate::state::{checked, Unreadable};
use crate::vm::{Ctx, MAX_LOGS};
use revm::context_interface::{ContextTr, JournalTr, Transaction};
use revm::handler::{EthPrecompiles, PrecompileProvider};
use revm::interpreter::{CallInputs, Gas, InstructionResult, InterpreterResult};
use revm::primitives::hardfork::SpecId;
use revm::primitives::{Address, AddressSet, Bytes, Log, LogData, B256, U256};
use std::os::raw::{c_int, c_void};

#[derive(Debug)]
pub struct Precompiled {
    ethereum: EthPrecompiles,
}

impl Precompiled {
    pub fn new(fork: SpecId) -> Self {
        Self {
            ethereum: EthPrecompiles::new(fork),
        }
    }
}

impl PrecompileProvider<Ctx> for Precompiled {
    type Output = InterpreterResult;

    fn set_spec(&mut self, spec: SpecId) -> bool {
        PrecompileProvider::<Ctx>::set_spec(&mut self.ethereum, spec)
    }

    fn run(
        &mut self,
        context: &mut Ctx,
        inputs: &CallInputs,
    ) -> Result<Option<InterpreterResult>, String> {
        let state = &context.journaled_state.database;
        if state
            .is_precompile(&inputs.bytecode_address)
            .map_err(|error| error.to_string())?
        {
            return run_dialect(context, inputs)
                .map(Some)
                .map_err(|error| error.to_string());
        }
        self.ethereum.run(context, inputs)
    }

    fn warm_addresses(&self) -> &AddressSet {
        self.ethereum.warm_addresses()
    }
}

/// What `bsn_evm_journal` is.
pub struct Journal<'a> {
    context: &'a mut Ctx,
    is_static: bool,
    failed: bool,
    /// More logs than a message may leave.
    out_of_gas: bool,
}

fn run_dialect(context: &mut Ctx, inputs: &CallInputs) -> Result<InterpreterResult, Unreadable> {
    let host = *context.journaled_state.database.host();
    let Some(run) = host.call_precompile else {
        return Err(Unreadable);
    };
    let input = inputs.input.bytes(context);
    let call = ffi::PrecompileCall {
        address: inputs.bytecode_address.into_array(),
        caller: inputs.caller.into_array(),
        origin: context.tx().caller().into_array(),
        value: inputs.value.get().to_be_bytes(),
        is_static: inputs.is_static.into(),
        gas: inputs.gas_limit,
        input: ffi::BytesRef::of(&input),
    };
    let mut result = ffi::PrecompileResult {
        status: ffi::HALT,
        gas_used: 0,
        output: ffi::BytesRef::EMPTY,
    };
    let mut journal = Journal {
        context,
        is_static: inputs.is_static,
        failed: false,
        out_of_gas: false,
    };
    // SAFETY: as bsn_evm.h tells.
    let answer = unsafe {
        run(
            host.context,
            &call,
            std::ptr::from_mut(&mut journal).cast::<c_void>(),
            &mut result,
        )
    };
    if journal.failed {
        return Err(Unreadable);
    }
    let out_of_gas = journal.out_of_gas;
    checked(answer)?;

    let mut gas = Gas::new(inputs.gas_limit);
    if out_of_gas || !gas.record_regular_cost(result.gas_used) {
        gas.spend_all();
        return Ok(InterpreterResult::new(
            InstructionResult::PrecompileOOG,
            Bytes::new(),
            gas,
        ));
    }
    // SAFETY: valid until the next callback.
    let output = || Bytes::copy_from_slice(unsafe { result.output.slice() });
    Ok(match result.status {
        ffi::SUCCESS => InterpreterResult::new(InstructionResult::Return, output(), gas),
        ffi::REVERT => InterpreterResult::new(InstructionResult::Revert, output(), gas),
        _ => {
            gas.spend_all();
            InterpreterResult::new(InstructionResult::PrecompileError, Bytes::new(), gas)
        }
    })
}

impl Journal<'_> {
    /// Runs what a dialect asked for; a panic, and a state that cannot be read, end the execution.
    fn guarded(&mut self, work: impl FnOnce(&mut Ctx) -> Result<(), Unreadable>) -> c_int {
        let context = &mut *self.context;
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(context)));
        match done {
            Ok(Ok(())) => 0,
            _ => {
                self.failed = true;
                -1
            }
        }
    }
}

/// # Safety
/// As bsn_evm.h tells.
#[no_mangle]
pub unsafe extern "C" fn bsn_evm_journal_load(
    journal: *mut c_void,
    address: *const [u8; 20],
    slot: *const [u8; 32],
    value: *mut [u8; 32],
) -> c_int {
    let journal = &mut *journal.cast::<Journal>();
    journal.guarded(|context| {
        let journaled = &mut context.journaled_state;
        let address = Address::from(*address);
        journaled.load_account(address)?;
        *value = journaled
            .sload(address, U256::from_be_bytes(*slot))?
            .data
            .to_be_bytes();
        Ok(())
    })
}

/// # Safety
/// As bsn_evm.h tells.
#[no_mangle]
pub unsafe extern "C" fn bsn_evm_journal_store(
    journal: *mut c_void,
    address: *const [u8; 20],
    slot: *const [u8; 32],
    value: *const [u8; 32],
) -> c_int {
    let journal = &mut *journal.cast::<Journal>();
    if journal.is_static {
        return 1;
    }
    journal.guarded(|context| {
        let journaled = &mut context.journaled_state;
        let address = Address::from(*address);
        journaled.load_account(address)?;
        journaled.touch_account(address);
        journaled.sstore(
            address,
            U256::from_be_bytes(*slot),
            U256::from_be_bytes(*value),
        )?;
        Ok(())
    })
}

/// # Safety
/// As bsn_evm.h tells.
#[no_mangle]
pub unsafe extern "C" fn bsn_evm_journal_log(
    journal: *mut c_void,
    address: *const [u8; 20],
    topics: *const [u8; 32],
    topic_count: usize,
    data: *const u8,
    size: usize,
) -> c_int {
    let journal = &mut *journal.cast::<Journal>();
    if journal.is_static {
        return 1;
    }
    if journal.context.journaled_state.inner.logs.len() >= MAX_LOGS {
        journal.out_of_gas = true;
        return 0;
    }
    journal.guarded(|context| {
        let topics = ffi::slice_of(topics, topic_count.min(4));
        let data = LogData::new_unchecked(
            topics.iter().map(|topic| B256::from(*topic)).collect(),
            Bytes::copy_from_slice(ffi::slice_of(data, size)),
        );
        context.journaled_state.log(Log {
            address: Address::from(*address),
            data,
        });
        Ok(())
    })
}

/// # Safety
/// As bsn_evm.h tells.
#[no_mangle]
pub unsafe extern "C" fn bsn_evm_journal_presence(
    journal: *mut c_void,
    address: *const [u8; 20],
) -> c_int {
    let journal = &mut *journal.cast::<Journal>();
    let mut presence = 0;
    let failed = journal.guarded(|context| {
        let account = context
            .journaled_state
            .load_account(Address::from(*address))?;
        let info = &account.data.info;
        presence = match (info.is_empty(), info.is_empty_code_hash()) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => 2,
        };
        Ok(())
    });
    if failed == 0 {
        presence
    } else {
        failed
    }
}

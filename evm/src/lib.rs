//! The EVM of bsn behind a C interface: revm with the rules of our dialects. `include/bsn_evm.h` tells its meaning.

mod cache;
mod ffi;
mod message;
mod outcome;
mod precompiles;
mod sm3;
mod state;
#[cfg(test)]
mod tests;
mod vm;

use cache::CodeCache;
use revm::context::result::{EVMError, ExecutionResult, HaltReason};
use revm::context_interface::{Cfg, JournalTr};
use revm::handler::Handler;
use revm::primitives::hardfork::SpecId;
use revm::primitives::U256;
use std::os::raw::c_int;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;
use vm::{MessageHandler, Vm, VmError};

/// A channel's settings and code.
pub struct Engine {
    settings: ffi::Settings,
    spec: SpecId,
    cache: Arc<CodeCache>,
}

/// Executes one message at a time.
pub struct Session {
    vm: Vm,
    metered: bool,
    random_nonces: bool,
}

/// # Safety
/// As bsn_evm.h tells.
#[no_mangle]
pub unsafe extern "C" fn bsn_evm_engine_new(settings: *const ffi::Settings) -> *mut Engine {
    let settings = *settings;
    let Some(spec) = vm::spec_of(settings.fork) else {
        return std::ptr::null_mut();
    };
    Box::into_raw(Box::new(Engine {
        settings,
        spec,
        cache: Arc::new(CodeCache::new(settings.code_cache_bytes)),
    }))
}

/// # Safety
/// As bsn_evm.h tells.
#[no_mangle]
pub unsafe extern "C" fn bsn_evm_engine_free(engine: *mut Engine) {
    if !engine.is_null() {
        drop(Box::from_raw(engine));
    }
}

/// # Safety
/// As bsn_evm.h tells.
#[no_mangle]
pub unsafe extern "C" fn bsn_evm_session_new(engine: *const Engine) -> *mut Session {
    let engine = &*engine;
    let made = catch_unwind(AssertUnwindSafe(|| Session {
        vm: Vm::new(&engine.settings, engine.spec, engine.cache.clone()),
        metered: engine.settings.metered != 0,
        random_nonces: engine.settings.random_nonces != 0,
    }));
    made.map_or(std::ptr::null_mut(), |session| {
        Box::into_raw(Box::new(session))
    })
}

/// # Safety
/// As bsn_evm.h tells.
#[no_mangle]
pub unsafe extern "C" fn bsn_evm_session_free(session: *mut Session) {
    if !session.is_null() {
        let _ = catch_unwind(AssertUnwindSafe(|| drop(Box::from_raw(session))));
    }
}

/// # Safety
/// As bsn_evm.h tells.
#[no_mangle]
pub unsafe extern "C" fn bsn_evm_execute(
    session: *mut Session,
    block: *const ffi::Block,
    message: *const ffi::Message,
    simulate: c_int,
    host: *const ffi::Host,
) -> c_int {
    let (host, session) = (&*host, &mut *session);
    let fail = |why: c_int, message: &str| {
        (host.failed)(host.context, why, ffi::BytesRef::of(message.as_bytes()));
        why
    };
    let run = catch_unwind(AssertUnwindSafe(|| {
        #[cfg(test)]
        assert_ne!((*message).kind, tests::PANIC, "as the test asked for");
        if (*message).kind > 4 {
            // revm would take it for a type of a chain of its own, and check nothing.
            return fail(ffi::INVALID, "transaction type not supported");
        }
        // revm leaves it to whoever decodes.
        match (*message).kind {
            3 if (*message).has_to == 0 => {
                return fail(ffi::INVALID, "blob transaction of type create")
            }
            4 if (*message).has_to == 0 => {
                return fail(
                    ffi::INVALID,
                    "EIP-7702 transaction cannot be used to create contract",
                )
            }
            _ => {}
        }
        session.prepare(&*block, &*message, simulate != 0, host);
        let result = session.run();
        let refusal = match &result {
            Err(EVMError::Transaction(why)) => Some(session.refusal(why)),
            _ => None,
        };
        let state = session.vm.0.ctx.journaled_state.finalize();
        let reward = session.vm.0.ctx.chain.reward;
        session.finish();
        match result {
            Ok(result) => {
                outcome::report(result, &state, reward, |outcome| {
                    (host.executed)(host.context, outcome)
                });
                ffi::EXECUTED
            }
            Err(EVMError::Transaction(_)) => fail(ffi::INVALID, &refusal.unwrap_or_default()),
            Err(EVMError::Database(error)) => fail(ffi::UNREADABLE, &error.to_string()),
            // Only a dialect's contract fails so; of the fork's own none has a fatal error.
            Err(EVMError::Custom(text)) => fail(ffi::UNREADABLE, &text),
            Err(error) => fail(ffi::INTERNAL, &error.to_string()),
        }
    }));
    run.unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        fail(ffi::INTERNAL, text.unwrap_or("panic"))
    })
}

impl Session {
    unsafe fn prepare(
        &mut self,
        block: &ffi::Block,
        message: &ffi::Message,
        simulate: bool,
        host: *const ffi::Host,
    ) {
        let free = !self.metered;
        let ctx = &mut self.vm.0.ctx;
        ctx.journaled_state.database.set_host(host);
        ctx.cfg.disable_nonce_check = simulate || self.random_nonces;
        ctx.cfg.disable_eip3607 = simulate;
        ctx.cfg.disable_block_gas_limit = simulate;
        ctx.cfg.disable_base_fee = simulate;
        ctx.chain.charges = self.metered && !simulate;
        ctx.chain.reward = U256::ZERO;
        ctx.block = message::block_of(block, &ctx.cfg, free);
        ctx.tx = message::transaction_of(message, free);
    }

    fn run(&mut self) -> Result<ExecutionResult<HaltReason>, VmError> {
        MessageHandler.run(&mut self.vm)
    }

    fn refusal(&self, why: &revm::context::result::InvalidTransaction) -> String {
        let ctx = &self.vm.0.ctx;
        message::refusal(why, &ctx.tx, &ctx.block, ctx.cfg.max_initcode_size())
    }

    /// Nothing of a message is kept beyond it.
    fn finish(&mut self) {
        let ctx = &mut self.vm.0.ctx;
        ctx.journaled_state.database.set_host(std::ptr::null());
        ctx.error = Ok(());
        ctx.tx.data = Default::default();
    }
}

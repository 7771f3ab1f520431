//! The virtual machine: revm with our rules of fees, nonces and hashes.

use crate::ffi;
use crate::precompiles::Precompiled;
use crate::sm3;
use crate::state::{State, Unreadable};
use revm::bytecode::opcode;
use revm::context::result::{EVMError, HaltReason, InvalidTransaction};
use revm::context::{BlockEnv, CfgEnv, Context, Evm, FrameStack, Journal, TxEnv};
use revm::context_interface::journaled_state::account::JournaledAccountTr;
use revm::context_interface::{Block, ContextTr, JournalTr, Transaction};
use revm::handler::evm::{ContextDbError, EvmTr, FrameInitResult};
use revm::handler::instructions::EthInstructions;
use revm::handler::pre_execution::{
    calculate_caller_fee, validate_account_nonce_and_code_with_components,
};
use revm::handler::{post_execution, EthFrame, FrameInitOrResult, FrameResult, Handler};
use revm::interpreter::interpreter::EthInterpreter;
use revm::interpreter::interpreter_action::FrameInit;
use revm::interpreter::{
    FrameInput, InitialAndFloorGas, Instruction, InstructionContext, InstructionExecResult,
    InstructionResult,
};
use revm::primitives::hardfork::SpecId;
use revm::primitives::U256;
use std::sync::Arc;

/// What revm's context does not know of a message.
#[derive(Debug, Default)]
pub struct Rules {
    /// Gas is paid for.
    pub charges: bool,
    pub random_nonces: bool,
    pub sm3: bool,
    /// What the beneficiary earned by this message.
    pub reward: U256,
}

pub type Ctx = Context<BlockEnv, TxEnv, CfgEnv, State, Journal<State>, Rules>;
type Inner =
    Evm<Ctx, (), EthInstructions<EthInterpreter, Ctx>, Precompiled, EthFrame<EthInterpreter>>;
pub type VmError = EVMError<Unreadable, InvalidTransaction>;

pub struct Vm(pub Inner);

/// revm's name of a fork of bsn_evm.h.
pub fn spec_of(fork: u8) -> Option<SpecId> {
    Some(match fork {
        0 => SpecId::ISTANBUL,
        1 => SpecId::BERLIN,
        2 => SpecId::LONDON,
        3 => SpecId::MERGE,
        4 => SpecId::SHANGHAI,
        5 => SpecId::CANCUN,
        6 => SpecId::PRAGUE,
        _ => return None,
    })
}

/// Logs that a message may leave: as many as a receipt of ours can list. One more is out of gas, which it nearly is.
pub const MAX_LOGS: usize = u16::MAX as usize;

fn bound_logs(instructions: &mut EthInstructions<EthInterpreter, Ctx>) {
    for (code, instruction) in [
        (opcode::LOG0, Instruction::new(log::<0>)),
        (opcode::LOG1, Instruction::new(log::<1>)),
        (opcode::LOG2, Instruction::new(log::<2>)),
        (opcode::LOG3, Instruction::new(log::<3>)),
        (opcode::LOG4, Instruction::new(log::<4>)),
    ] {
        let gas = instructions.gas_table()[code as usize];
        instructions.insert_instruction(code, instruction, gas);
    }
}

fn log<const N: usize>(
    context: InstructionContext<'_, Ctx, EthInterpreter>,
) -> InstructionExecResult {
    if context.host.journaled_state.inner.logs.len() >= MAX_LOGS {
        return Err(InstructionResult::OutOfGas);
    }
    revm::interpreter::instructions::host::log::<N, _>(context)
}

impl Vm {
    pub fn new(
        settings: &ffi::Settings,
        spec: SpecId,
        cache: Arc<crate::cache::CodeCache>,
    ) -> Self {
        let mut cfg = CfgEnv::new_with_spec(spec);
        cfg.chain_id = settings.chain_id;
        // Which chain a transaction is for, its dialect has checked where it was decoded.
        cfg.tx_chain_id_check = false;
        if settings.max_code_size != 0 {
            cfg.limit_contract_code_size = usize::try_from(settings.max_code_size).ok();
        }
        cfg.max_blobs_per_tx = Some(if spec.is_enabled_in(SpecId::PRAGUE) {
            9
        } else {
            6
        });
        if settings.max_gas != 0 {
            cfg.tx_gas_limit_cap = Some(settings.max_gas);
        }
        cfg.disable_nonce_check = settings.random_nonces != 0;

        let mut ctx: Ctx = Context::new(State::new(cache), spec);
        ctx = ctx.with_cfg(cfg);
        ctx.chain = Rules {
            charges: settings.metered != 0,
            random_nonces: settings.random_nonces != 0,
            sm3: settings.sm3 != 0,
            reward: U256::ZERO,
        };
        let mut instructions = EthInstructions::new_mainnet_with_spec(spec);
        bound_logs(&mut instructions);
        if settings.sm3 != 0 {
            sm3::replace_instructions(&mut instructions);
        }
        Self(Evm::new(ctx, instructions, Precompiled::new(spec)))
    }
}

impl EvmTr for Vm {
    type Context = Ctx;
    type Instructions = EthInstructions<EthInterpreter, Ctx>;
    type Precompiles = Precompiled;
    type Frame = EthFrame<EthInterpreter>;

    fn all(
        &self,
    ) -> (
        &Self::Context,
        &Self::Instructions,
        &Self::Precompiles,
        &FrameStack<Self::Frame>,
    ) {
        self.0.all()
    }

    fn all_mut(
        &mut self,
    ) -> (
        &mut Self::Context,
        &mut Self::Instructions,
        &mut Self::Precompiles,
        &mut FrameStack<Self::Frame>,
    ) {
        self.0.all_mut()
    }

    fn frame_init(
        &mut self,
        mut init: FrameInit,
    ) -> Result<FrameInitResult<'_, Self::Frame>, ContextDbError<Ctx>> {
        if let FrameInput::Create(inputs) = &mut init.frame_input {
            if self.0.ctx.chain.sm3 {
                sm3::choose_address(&mut self.0.ctx, inputs)?;
            }
        }
        self.0.frame_init(init)
    }

    fn frame_run(&mut self) -> Result<FrameInitOrResult<Self::Frame>, ContextDbError<Ctx>> {
        self.0.frame_run()
    }

    fn frame_return_result(
        &mut self,
        result: FrameResult,
    ) -> Result<Option<FrameResult>, ContextDbError<Ctx>> {
        self.0.frame_return_result(result)
    }
}

/// How a message is checked, charged and rewarded.
pub struct MessageHandler;

impl Handler for MessageHandler {
    type Evm = Vm;
    type Error = VmError;
    type HaltReason = HaltReason;

    fn validate_against_state_and_deduct_caller(
        &self,
        evm: &mut Vm,
        _gas: &mut InitialAndFloorGas,
    ) -> Result<(), VmError> {
        let (block, tx, cfg, journal, rules, _) = evm.ctx().all_mut();
        let mut caller = journal.load_account_with_code_mut(tx.caller())?.data;
        validate_account_nonce_and_code_with_components(&caller.account().info, tx, cfg)?;
        if rules.charges {
            let balance = calculate_caller_fee(*caller.balance(), tx, block, cfg)?;
            caller.set_balance(balance);
        } else if *caller.balance() < tx.value() {
            return Err(InvalidTransaction::LackOfFundForMaxFee {
                fee: Box::new(tx.value()),
                balance: Box::new(*caller.balance()),
            }
            .into());
        }
        if tx.kind().is_call() && !rules.random_nonces {
            caller.bump_nonce();
        }
        Ok(())
    }

    fn reimburse_caller(&self, evm: &mut Vm, result: &mut FrameResult) -> Result<(), VmError> {
        if evm.ctx().chain.charges {
            post_execution::reimburse_caller(evm.ctx(), result.gas(), U256::ZERO)?;
        }
        Ok(())
    }

    /// Only counts the reward: paid here, it would make every message depend on the one before it.
    fn reward_beneficiary(&self, evm: &mut Vm, result: &mut FrameResult) -> Result<(), VmError> {
        let (block, tx, cfg, journal, rules, _) = evm.ctx().all_mut();
        if !rules.charges {
            return Ok(());
        }
        let base_fee = u128::from(block.basefee());
        let price = tx.effective_gas_price(base_fee);
        let tip = if cfg.spec().is_enabled_in(SpecId::LONDON) {
            price.saturating_sub(base_fee)
        } else {
            price
        };
        // What an account that has destroyed itself earns is lost.
        let destroyed = journal
            .inner
            .state
            .get(&block.beneficiary())
            .is_some_and(|account| account.is_selfdestructed());
        if !destroyed {
            rules.reward = U256::from(tip) * U256::from(result.gas().used());
        }
        Ok(())
    }
}

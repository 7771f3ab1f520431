//! Chinese national cryptography: SM3 where Ethereum has Keccak-256.

use crate::vm::Ctx;
use revm::bytecode::opcode;
use revm::context_interface::{CreateScheme, JournalTr};
use revm::database_interface::Database;
use revm::handler::instructions::EthInstructions;
use revm::interpreter::interpreter::EthInterpreter;

use revm::interpreter::{
    CreateInputs, Instruction, InstructionContext, InstructionExecResult, InstructionResult,
};
use revm::primitives::{Address, B256, U256};

/// SM3 (GB/T 32905) of the parts, one after another.
pub fn hash(parts: &[&[u8]]) -> B256 {
    use sm3::Digest;
    let mut hasher = sm3::Sm3::new();
    for part in parts {
        hasher.update(part);
    }
    B256::from_slice(&hasher.finalize())
}

/// Puts SM3 behind the opcodes KECCAK256 and EXTCODEHASH.
pub fn replace_instructions(instructions: &mut EthInstructions<EthInterpreter, Ctx>) {
    for (code, instruction) in [
        (opcode::KECCAK256, Instruction::new(sm3_opcode)),
        (opcode::EXTCODEHASH, Instruction::new(extcodehash)),
    ] {
        let gas = instructions.gas_table()[code as usize];
        instructions.insert_instruction(code, instruction, gas);
    }
}

type Context<'a> = InstructionContext<'a, Ctx, EthInterpreter>;

fn sm3_opcode(context: Context<'_>) -> InstructionExecResult {
    use revm::context_interface::Host;
    let interpreter = context.interpreter;
    let Some([offset, size]) = interpreter.stack.popn::<2>() else {
        return Err(InstructionResult::StackUnderflow);
    };
    let size = usize::try_from(size).map_err(|_| InstructionResult::InvalidOperandOOG)?;
    let params = context.host.gas_params();
    if !interpreter
        .gas
        .record_regular_cost(params.keccak256_cost(size))
    {
        return Err(InstructionResult::OutOfGas);
    }
    let digest = if size == 0 {
        hash(&[])
    } else {
        let offset = usize::try_from(offset).map_err(|_| InstructionResult::InvalidOperandOOG)?;
        interpreter.resize_memory(params, offset, size)?;
        hash(&[interpreter.memory.slice_len(offset, size).as_ref()])
    };
    // Two were popped, so there is room.
    let _ = interpreter.stack.push(U256::from_be_bytes(digest.0));
    Ok(())
}

/// The original charges the gas and answers Keccak-256, as accounts have it; that is then translated.
fn extcodehash(context: Context<'_>) -> InstructionExecResult {
    use revm::interpreter::instructions::host::extcodehash as original;
    let InstructionContext { interpreter, host } = context;
    let Some(address) = interpreter.stack.peek(0).ok().map(address_of) else {
        return Err(InstructionResult::StackUnderflow);
    };
    original(InstructionContext {
        interpreter,
        host: &mut *host,
    })?;
    let Some(top) = interpreter.stack.top() else {
        return Err(InstructionResult::StackUnderflow);
    };
    if !top.is_zero() {
        let keccak = B256::from(*top);
        *top = U256::from_be_bytes(translate(host, address, keccak)?.0);
    }
    Ok(())
}

fn address_of(word: U256) -> Address {
    Address::from_word(B256::from(word))
}

fn translate(host: &mut Ctx, address: Address, keccak: B256) -> Result<B256, InstructionResult> {
    if keccak == revm::primitives::KECCAK_EMPTY {
        return Ok(hash(&[]));
    }
    let cache = host.journaled_state.database.cache().clone();
    if let Some(known) = cache.sm3(&keccak) {
        return Ok(known);
    }
    match host.journaled_state.load_account_with_code(address) {
        Ok(account) => Ok(hash(&[account
            .info
            .code
            .as_ref()
            .map_or(&[][..], |code| code.original_byte_slice())])),
        Err(error) => {
            host.error = Err(error.into());
            Err(InstructionResult::FatalExternalError)
        }
    }
}

/// Gives a creation the address that SM3 makes of creator and nonce, or of creator, salt and code.
pub fn choose_address(
    ctx: &mut Ctx,
    inputs: &mut CreateInputs,
) -> Result<(), <<Ctx as revm::context_interface::ContextTr>::Db as Database>::Error> {
    let creator = inputs.caller();
    let digest = match inputs.scheme() {
        CreateScheme::Create => {
            let nonce = ctx.journaled_state.load_account(creator)?.info.nonce;
            hash(&[&creator_and_nonce(creator, nonce)])
        }
        CreateScheme::Create2 { salt } => hash(&[
            &[0xff],
            creator.as_slice(),
            &salt.to_be_bytes::<32>(),
            hash(&[inputs.init_code()]).as_slice(),
        ]),
        CreateScheme::Custom { .. } => return Ok(()),
    };
    inputs.set_scheme(CreateScheme::Custom {
        address: Address::from_word(digest),
    });
    Ok(())
}

/// RLP of the two, which Ethereum hashes as well.
fn creator_and_nonce(creator: Address, nonce: u64) -> Vec<u8> {
    let mut number = nonce.to_be_bytes().to_vec();
    number.drain(..nonce.leading_zeros() as usize / 8);
    let mut list = vec![0x80 + 20];
    list.extend_from_slice(creator.as_slice());
    match number[..] {
        [byte] if byte < 0x80 => list.push(byte),
        _ => {
            list.push(0x80 + number.len() as u8);
            list.extend_from_slice(&number);
        }
    }
    list.insert(0, 0xc0 + list.len() as u8);
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use revm::primitives::{hex, keccak256};

    #[test]
    fn hashes_the_standards_example() {
        let expected = hex!("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
        assert_eq!(hash(&[b"ab", b"c"]).0, expected);
    }

    #[test]
    fn encodes_creator_and_nonce_as_ethereum_does() {
        let creator = Address::repeat_byte(0x42);
        for nonce in [0, 1, 127, 128, 255, 256, 65_535, 1 << 40, u64::MAX] {
            let ours = Address::from_word(keccak256(creator_and_nonce(creator, nonce)));
            assert_eq!(ours, creator.create(nonce), "nonce {nonce}");
        }
    }
}

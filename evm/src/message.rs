//! Messages and blocks as revm takes them, and why a message is not admissible, in geth's words.

use crate::ffi;
use revm::context::result::InvalidTransaction;
use revm::context::{BlockEnv, CfgEnv, TxEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::context_interface::either::Either;
use revm::context_interface::transaction::{
    AccessList, AccessListItem, Authorization, SignedAuthorization,
};
use revm::primitives::hardfork::SpecId;
use revm::primitives::{Address, Bytes, TxKind, B256, U256};

pub fn block_of(block: &ffi::Block, cfg: &CfgEnv, free: bool) -> BlockEnv {
    BlockEnv {
        number: U256::from(block.number),
        beneficiary: Address::from(block.beneficiary),
        timestamp: U256::from(block.time),
        gas_limit: block.gas_limit,
        basefee: if free { 0 } else { block.base_fee },
        difficulty: U256::from_be_bytes(block.difficulty),
        prevrandao: Some(B256::from(block.prev_randao)),
        blob_excess_gas_and_price: cfg.spec.is_enabled_in(SpecId::CANCUN).then(|| {
            BlobExcessGasAndPrice::new(block.excess_blob_gas, cfg.blob_base_fee_update_fraction())
        }),
        slot_num: 0,
    }
}

/// # Safety
/// The message's pointers must be valid.
pub unsafe fn transaction_of(message: &ffi::Message, free: bool) -> TxEnv {
    let price = |bytes: [u8; 16]| if free { 0 } else { u128::from_be_bytes(bytes) };
    TxEnv {
        tx_type: message.kind,
        caller: Address::from(message.from),
        gas_limit: message.gas,
        gas_price: price(message.gas_price),
        kind: if message.has_to != 0 {
            TxKind::Call(Address::from(message.to))
        } else {
            TxKind::Create
        },
        value: U256::from_be_bytes(message.value),
        data: Bytes::copy_from_slice(message.data.slice()),
        nonce: message.nonce,
        chain_id: None,
        access_list: AccessList(
            ffi::slice_of(message.access_list, message.access_count)
                .iter()
                .map(|access| AccessListItem {
                    address: Address::from(access.address),
                    storage_keys: ffi::slice_of(access.slots, access.slot_count)
                        .iter()
                        .map(|slot| B256::from(*slot))
                        .collect(),
                })
                .collect(),
        ),
        gas_priority_fee: (message.has_priority_fee != 0).then(|| price(message.priority_fee)),
        blob_hashes: ffi::slice_of(message.blob_hashes, message.blob_count)
            .iter()
            .map(|hash| B256::from(*hash))
            .collect(),
        max_fee_per_blob_gas: if free && message.kind == 3 {
            u128::MAX
        } else {
            u128::from_be_bytes(message.blob_fee)
        },
        authorization_list: ffi::slice_of(message.authorizations, message.authorization_count)
            .iter()
            .map(|signed| {
                Either::Left(SignedAuthorization::new_unchecked(
                    Authorization {
                        chain_id: U256::from_be_bytes(signed.chain_id),
                        address: Address::from(signed.address),
                        nonce: signed.nonce,
                    },
                    signed.y_parity,
                    U256::from_be_bytes(signed.r),
                    U256::from_be_bytes(signed.s),
                ))
            })
            .collect(),
    }
}

/// Why a message is not admissible, as clients of Ethereum know it.
pub fn refusal(
    why: &InvalidTransaction,
    tx: &TxEnv,
    block: &BlockEnv,
    init_limit: usize,
) -> String {
    use InvalidTransaction as Why;
    let from = tx.caller;
    match why {
        Why::NonceTooLow { tx, state } => {
            format!("nonce too low: address {from}, tx: {tx} state: {state}")
        }
        Why::NonceTooHigh { tx, state } => {
            format!("nonce too high: address {from}, tx: {tx} state: {state}")
        }
        Why::NonceOverflowInTransaction => {
            format!("nonce has max value: address {from}, nonce: {}", tx.nonce)
        }
        Why::RejectCallerWithCode => format!("sender not an eoa: address {from}"),
        Why::LackOfFundForMaxFee { fee, balance } => format!(
            "insufficient funds for gas * price + value: address {from} have {balance} want {fee}"
        ),
        Why::OverflowPaymentInTransaction => format!(
            "insufficient funds for gas * price + value: address {from} required balance exceeds 256 bits"
        ),
        Why::CallGasCostMoreThanGasLimit {
            initial_gas,
            gas_limit,
        } => format!("intrinsic gas too low: have {gas_limit}, want {initial_gas}"),
        Why::GasFloorMoreThanGasLimit {
            gas_floor,
            gas_limit,
        } => format!(
            "insufficient gas for floor data gas cost: have {gas_limit}, want {gas_floor}"
        ),
        Why::CallerGasLimitMoreThanBlock => format!(
            "exceeds block gas limit: have {}, limit {}",
            tx.gas_limit, block.gas_limit
        ),
        Why::TxGasLimitGreaterThanCap { gas_limit, cap } => {
            format!("transaction gas limit too high (cap: {cap}, tx: {gas_limit})")
        }
        Why::CreateInitCodeSizeLimit => format!(
            "max initcode size exceeded: code size {} limit {init_limit}",
            tx.data.len()
        ),
        Why::GasPriceLessThanBasefee => format!(
            "max fee per gas less than block base fee: address {from}, maxFeePerGas: {}, baseFee: {}",
            tx.gas_price, block.basefee
        ),
        Why::PriorityFeeGreaterThanMaxFee => format!(
            "max priority fee per gas higher than max fee per gas: address {from}, maxPriorityFeePerGas: {}, maxFeePerGas: {}",
            tx.gas_priority_fee.unwrap_or_default(),
            tx.gas_price
        ),
        Why::Eip2930NotSupported
        | Why::Eip1559NotSupported
        | Why::Eip4844NotSupported
        | Why::Eip7702NotSupported
        | Why::Eip7873NotSupported => "transaction type not supported".to_owned(),
        Why::EmptyBlobs => "blob transaction missing blob hashes".to_owned(),
        Why::BlobCreateTransaction => "blob transaction of type create".to_owned(),
        Why::BlobVersionNotSupported => "blob has invalid hash version".to_owned(),
        Why::TooManyBlobs { max, have } => {
            format!("blob transaction has too many blobs: have {have}, max {max}")
        }
        Why::BlobGasPriceGreaterThanMax {
            block_blob_gas_price,
            tx_max_fee_per_blob_gas,
        } => format!(
            "max fee per blob gas less than block blob gas fee: address {from} blobGasFeeCap: {tx_max_fee_per_blob_gas}, blobBaseFee: {block_blob_gas_price}"
        ),
        Why::EmptyAuthorizationList => {
            format!("EIP-7702 transaction with empty auth list (sender {from})")
        }
        other => other.to_string(),
    }
}

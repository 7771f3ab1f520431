//! Analysed bytecode by its hash, shared by all sessions of an engine.

use revm::primitives::{Bytes, HashMap, B256};
use revm::state::Bytecode;
use std::sync::{OnceLock, PoisonError, RwLock};

/// What is known of a code.
#[derive(Debug)]
struct Entry {
    code: Bytecode,
    sm3: OnceLock<B256>,
}

/// Bounded by bytes: when the young half is full it becomes the old one, and what was old is dropped. A code that is
/// used stays, since it is put among the young again.
#[derive(Debug)]
pub struct CodeCache {
    half: usize,
    inner: RwLock<Generations>,
}

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<B256, std::sync::Arc<Entry>>,
    old: HashMap<B256, std::sync::Arc<Entry>>,
    young_bytes: usize,
}

/// Bytes that an entry takes beside its code: jump table and map.
const OVERHEAD: usize = 256;

impl CodeCache {
    pub fn new(limit: u64) -> Self {
        Self {
            half: usize::try_from(limit / 2).unwrap_or(usize::MAX),
            inner: RwLock::default(),
        }
    }

    pub fn get(&self, hash: &B256) -> Option<Bytecode> {
        self.entry(hash).map(|entry| entry.code.clone())
    }

    pub fn put(&self, hash: B256, code: Bytecode) {
        self.insert(
            hash,
            std::sync::Arc::new(Entry {
                code,
                sm3: OnceLock::new(),
            }),
        );
    }

    /// The SM3 hash of a code that is here; computed once.
    pub fn sm3(&self, hash: &B256) -> Option<B256> {
        self.entry(hash).map(|entry| {
            *entry
                .sm3
                .get_or_init(|| crate::sm3::hash(&[entry.code.original_byte_slice()]))
        })
    }

    fn entry(&self, hash: &B256) -> Option<std::sync::Arc<Entry>> {
        {
            let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(entry) = inner.young.get(hash) {
                return Some(entry.clone());
            }
            inner.old.get(hash)?;
        }
        let entry = {
            let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
            inner.old.remove(hash)
        };
        match entry {
            Some(entry) => {
                self.insert(*hash, entry.clone());
                Some(entry)
            }
            // Another thread has just made it young, or has dropped it.
            None => {
                let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
                inner.young.get(hash).cloned()
            }
        }
    }

    fn insert(&self, hash: B256, entry: std::sync::Arc<Entry>) {
        let bytes = entry.code.len() * 9 / 8 + OVERHEAD;
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        if inner.young_bytes + bytes > self.half {
            inner.old = std::mem::take(&mut inner.young);
            inner.young_bytes = 0;
        }
        if bytes > self.half || inner.young.insert(hash, entry).is_some() {
            return;
        }
        inner.young_bytes += bytes;
    }
}

/// Analyses code as it is stored.
pub fn analyse(code: &[u8]) -> Bytecode {
    let bytes = Bytes::copy_from_slice(code);
    Bytecode::new_raw_checked(bytes.clone()).unwrap_or_else(|_| Bytecode::new_legacy(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(byte: u8, size: usize) -> (B256, Bytecode) {
        (B256::repeat_byte(byte), analyse(&vec![byte; size]))
    }

    #[test]
    fn keeps_what_is_used_and_drops_the_rest() {
        let cache = CodeCache::new(2 * (2 * (1000 * 9 / 8 + OVERHEAD) as u64));
        let (used, used_code) = code(1, 1000);
        cache.put(used, used_code);
        for byte in 2..50 {
            let (hash, bytecode) = code(byte, 1000);
            cache.put(hash, bytecode);
            assert!(cache.get(&used).is_some());
        }
        assert!(cache.get(&B256::repeat_byte(2)).is_none());
        assert!(cache.get(&B256::repeat_byte(49)).is_some());
    }

    #[test]
    fn a_code_beyond_the_bound_is_not_kept() {
        let cache = CodeCache::new(100);
        let (hash, bytecode) = code(1, 1000);
        cache.put(hash, bytecode);
        assert!(cache.get(&hash).is_none());
    }

    #[test]
    fn knows_the_sm3_of_a_code() {
        let cache = CodeCache::new(1 << 20);
        cache.put(B256::ZERO, analyse(b"abc"));
        assert_eq!(cache.sm3(&B256::ZERO), Some(crate::sm3::hash(&[b"abc"])));
    }
}

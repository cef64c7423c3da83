//! The worker's cache of collection names.
//!
//! What one worker has learnt the others take from Envoy's shared data. A delete or a rename that passes through any worker of this Envoy is seen by all of them: it moves on a number in
//! Envoy's shared data, and a cache of another number is thrown away. What changes by other ways is seen when an
//! entry has grown old.

use crate::dialect::{Named, Names};
use proxy_wasm::hostcalls;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::time::{Duration, SystemTime};

/// The key of the number in Envoy's shared data.
const EPOCH: &str = "vectorgate.names.epoch";
/// How long a name is believed.
const BELIEVED: Duration = Duration::from_secs(60);
/// How many names are kept; over it the cache is emptied.
const MOST: usize = 10_000;

/// The cache.
pub struct NameCache {
    /// The cluster of the database: one Envoy may guard several, and shared data has one space of keys.
    database: String,
    inner: RefCell<Inner>,
}

#[derive(Default)]
struct Inner {
    epoch: u64,
    known: HashMap<String, (Named, SystemTime)>,
}

impl NameCache {
    /// An empty cache of the names in this cluster's database.
    pub fn new(database: &str) -> NameCache {
        NameCache {
            database: database.to_owned(),
            inner: RefCell::default(),
        }
    }

    fn shared_key(&self, key: &str) -> String {
        format!("vectorgate.names/{}/{key}", self.database)
    }

    /// The names that are believed now.
    pub fn at(&self, now: SystemTime) -> NamesNow<'_> {
        NamesNow {
            cache: self,
            now,
            is_current: Cell::new(false),
        }
    }

    /// Drops what another worker has made stale.
    fn refresh(&self) {
        let epoch = shared_epoch();
        let mut inner = self.inner.borrow_mut();
        if inner.epoch != epoch {
            inner.epoch = epoch;
            inner.known.clear();
        }
    }

    /// Keeps a name. That a collection is missing is not kept: it may be made at any time. What stands for itself is kept
    /// here alone: nobody said that there is such a collection, a client can ask for any, and what is in Envoy's shared
    /// data stays there.
    pub fn keep(&self, key: String, named: Named, now: SystemTime) {
        if named == Named::Missing {
            return;
        }
        self.refresh();
        let mut inner = self.inner.borrow_mut();
        let stands_for_itself = matches!(&named, Named::Collection { name, .. } if *name == key);
        if !stands_for_itself {
            let shared = Shared {
                epoch: inner.epoch,
                since: now,
                named: named.clone(),
            };
            if let Ok(json) = serde_json::to_vec(&shared) {
                let _ = hostcalls::set_shared_data(&self.shared_key(&key), Some(&json), None);
            }
        }
        inner.insert(key, named, now);
    }

    /// Forgets, here and in the other workers.
    pub fn forget(&self) {
        self.inner.borrow_mut().known.clear();
        let next = shared_epoch().wrapping_add(1);
        if hostcalls::set_shared_data(EPOCH, Some(&next.to_le_bytes()), None).is_err() {
            log::warn!("names: other workers could not be told to forget; they will within {BELIEVED:?}");
        }
    }
}

impl Inner {
    fn insert(&mut self, key: String, named: Named, since: SystemTime) {
        if self.known.len() >= MOST {
            self.known.clear();
        }
        self.known.insert(key, (named, since));
    }
}

/// The names that are believed at one time. Envoy is asked whether they are stale when the first of them is wanted: most
/// requests want none, or none yet.
pub struct NamesNow<'c> {
    cache: &'c NameCache,
    now: SystemTime,
    is_current: Cell<bool>,
}

impl NamesNow<'_> {
    fn is_fresh(&self, since: SystemTime) -> bool {
        self.now.duration_since(since).is_ok_and(|age| age < BELIEVED)
    }
}

impl Names for NamesNow<'_> {
    fn get(&self, key: &str) -> Option<Named> {
        if !self.is_current.replace(true) {
            self.cache.refresh();
        }
        let mut inner = self.cache.inner.borrow_mut();
        if let Some((named, since)) = inner.known.get(key)
            && self.is_fresh(*since)
        {
            return Some(named.clone());
        }
        let (bytes, _) = hostcalls::get_shared_data(&self.cache.shared_key(key)).ok()?;
        let shared: Shared = serde_json::from_slice(&bytes?).ok()?;
        if shared.epoch != inner.epoch || !self.is_fresh(shared.since) {
            return None;
        }
        inner.insert(key.to_owned(), shared.named.clone(), shared.since);
        Some(shared.named)
    }
}

/// A name as it stands in Envoy's shared data.
#[derive(Serialize, Deserialize)]
struct Shared {
    epoch: u64,
    since: SystemTime,
    named: Named,
}

fn shared_epoch() -> u64 {
    match hostcalls::get_shared_data(EPOCH) {
        Ok((Some(bytes), _)) => <[u8; 8]>::try_from(bytes.as_slice()).map_or(0, u64::from_le_bytes),
        _ => 0,
    }
}

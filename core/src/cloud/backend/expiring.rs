//! What a backend remembers of loads under way, until their transaction must be over.

use crate::base::{SimTime, TabletId, TxnId};
use alloc::collections::{BTreeMap, BTreeSet};
use serde::{Deserialize, Serialize};

/// How long a load is remembered at least (`tablet_txn_info_min_expired_seconds`).
const REMEMBERED_MIN: SimTime = SimTime::from_secs(1_800);

/// Values by transaction and tablet, each with the time at which it goes. O(log n) each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByTxn<T> {
    values: BTreeMap<(TxnId, TabletId), (SimTime, T)>,
    by_time: BTreeSet<(SimTime, TxnId, TabletId)>,
}

impl<T> Default for ByTxn<T> {
    fn default() -> Self {
        Self { values: BTreeMap::new(), by_time: BTreeSet::new() }
    }
}

impl<T> ByTxn<T> {
    /// Remembers a value until the transaction times out, and for half an hour at least.
    pub fn insert(&mut self, txn: TxnId, tablet: TabletId, value: T, txn_expires: SimTime, now: SimTime) {
        let expires = txn_expires.max(now + REMEMBERED_MIN);
        if let Some((before, _)) = self.values.insert((txn, tablet), (expires, value)) {
            self.by_time.remove(&(before, txn, tablet));
        }
        self.by_time.insert((expires, txn, tablet));
    }

    /// A value.
    pub fn get(&self, txn: TxnId, tablet: TabletId) -> Option<&T> {
        self.values.get(&(txn, tablet)).map(|(_, value)| value)
    }

    /// A value, to change it.
    pub fn get_mut(&mut self, txn: TxnId, tablet: TabletId) -> Option<&mut T> {
        self.values.get_mut(&(txn, tablet)).map(|(_, value)| value)
    }

    /// When a value goes.
    pub fn expires(&self, txn: TxnId, tablet: TabletId) -> Option<SimTime> {
        self.values.get(&(txn, tablet)).map(|&(expires, _)| expires)
    }

    /// Takes a value out.
    pub fn remove(&mut self, txn: TxnId, tablet: TabletId) -> Option<T> {
        let (expires, value) = self.values.remove(&(txn, tablet))?;
        self.by_time.remove(&(expires, txn, tablet));
        Some(value)
    }

    /// Forgets what is due; returns how many. Done every 300 s in the reference
    /// (`remove_expired_tablet_txn_info_interval_seconds`).
    pub fn expire(&mut self, now: SimTime) -> u64 {
        let mut count = 0;
        while let Some(&(expires, txn, tablet)) = self.by_time.first()
            && expires <= now
        {
            self.by_time.pop_first();
            self.values.remove(&(txn, tablet));
            count += 1;
        }
        count
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Values by transaction and tablet.
    pub fn iter(&self) -> impl Iterator<Item = (TxnId, TabletId, &T)> {
        self.values.iter().map(|(&(txn, tablet), (_, value))| (txn, tablet, value))
    }
}

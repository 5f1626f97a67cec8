//! What a backend remembers of loads under way, until their transaction must be over.

use crate::base::{SimTime, SortedMap, TabletId, TxnId};
use serde::{Deserialize, Serialize};

/// How long a load is remembered at least (`tablet_txn_info_min_expired_seconds`).
const REMEMBERED_MIN: SimTime = SimTime::from_secs(1_800);

/// Values by transaction and tablet, each with the time at which it goes. O(log n) each, since new transactions have
/// the largest ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByTxn<T> {
    values: SortedMap<(TxnId, TabletId), (SimTime, T)>,
}

impl<T> Default for ByTxn<T> {
    fn default() -> Self {
        Self { values: SortedMap::default() }
    }
}

impl<T> ByTxn<T> {
    /// Remembers a value until the transaction times out, and for half an hour at least.
    pub fn insert(&mut self, txn: TxnId, tablet: TabletId, value: T, txn_expires: SimTime, now: SimTime) {
        let expires = txn_expires.max(now + REMEMBERED_MIN);
        self.values.insert((txn, tablet), (expires, value));
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
        self.values.remove(&(txn, tablet)).map(|(_, value)| value)
    }

    /// Forgets what is due; returns how many. O(n). Done every 300 s in the reference
    /// (`remove_expired_tablet_txn_info_interval_seconds`).
    pub fn expire(&mut self, now: SimTime) -> u64 {
        let before = self.values.len();
        self.values.retain(|_, (expires, _)| *expires > now);
        (before - self.values.len()) as u64
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
        self.values.iter().map(|((txn, tablet), (_, value))| (*txn, *tablet, value))
    }
}

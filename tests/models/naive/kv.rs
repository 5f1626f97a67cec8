//! A store that copies itself at every commit.

use std::collections::{BTreeMap, BTreeSet};

pub(crate) type Map = BTreeMap<Vec<u8>, Vec<u8>>;

/// One change, in the order it was asked for.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Put(Vec<u8>, Vec<u8>),
    Delete(Vec<u8>),
    /// Start and end.
    Clear(Vec<u8>, Vec<u8>),
    Add(Vec<u8>, i64),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct NaiveKv {
    /// The state after so many commits.
    pub(crate) states: Vec<Map>,
    /// Keys that each commit touched.
    touched: Vec<BTreeSet<Vec<u8>>>,
}

#[derive(Clone, Debug)]
pub(crate) struct NaiveTransaction {
    pub(crate) began: usize,
    pub(crate) changes: Vec<Change>,
    /// Keys read, and ranges: from, to, both included; no end is the end of all.
    pub(crate) read: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

fn integer(value: Option<&Vec<u8>>) -> i64 {
    let mut bytes: Vec<u8> = value.cloned().unwrap_or_default();
    bytes.resize(8, 0);
    i64::from_le_bytes(bytes.try_into().expect("eight bytes"))
}

fn change(map: &mut Map, change: &Change) {
    match change {
        Change::Put(key, value) => drop(map.insert(key.clone(), value.clone())),
        Change::Delete(key) => drop(map.remove(key)),
        Change::Clear(start, end) => map.retain(|key, _| key < start || key >= end),
        Change::Add(key, amount) => {
            let sum = integer(map.get(key)).wrapping_add(*amount);
            map.insert(key.clone(), sum.to_le_bytes().to_vec());
        }
    }
}

impl NaiveKv {
    pub(crate) fn new() -> Self {
        Self { states: vec![Map::new()], touched: vec![BTreeSet::new()] }
    }

    pub(crate) fn now(&self) -> &Map {
        self.states.last().expect("there is a first state")
    }

    pub(crate) fn apply(&mut self, changes: &[Change]) {
        if changes.is_empty() {
            return;
        }
        let (before, mut after, mut touched) = (self.now().clone(), self.now().clone(), BTreeSet::new());
        for one in changes {
            change(&mut after, one);
            match one {
                Change::Put(key, _) | Change::Delete(key) | Change::Add(key, _) => {
                    touched.insert(key.clone());
                }
                Change::Clear(start, end) => {
                    touched.retain(|key| key < start || key >= end);
                    touched.extend(before.keys().filter(|key| *key >= start && *key < end).cloned());
                }
            }
        }
        self.states.push(after);
        self.touched.push(touched);
    }

    pub(crate) fn begin(&self) -> NaiveTransaction {
        NaiveTransaction { began: self.states.len() - 1, changes: Vec::new(), read: Vec::new() }
    }

    /// Whether it was committed.
    pub(crate) fn commit(&mut self, transaction: &NaiveTransaction) -> bool {
        let within = |key: &Vec<u8>| {
            transaction.read.iter().any(|(from, to)| key >= from && to.as_ref().is_none_or(|to| key <= to))
        };
        let mut since = self.touched[transaction.began + 1..].iter().flatten();
        if !transaction.changes.is_empty() && since.any(within) {
            return false;
        }
        self.apply(&transaction.changes);
        true
    }

    /// What a transaction sees.
    pub(crate) fn seen(&self, transaction: &NaiveTransaction) -> Map {
        let mut map = self.states[transaction.began].clone();
        for one in &transaction.changes {
            change(&mut map, one);
        }
        map
    }
}

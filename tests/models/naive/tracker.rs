//! A graph and a map of stale paths.

use super::NaiveGraph;
use std::collections::BTreeMap;
use tabletop_core::base::{SimTime, VersionRange};

type Member = (VersionRange, SimTime);

#[derive(Clone, Debug)]
pub(crate) struct NaiveTracker {
    pub(crate) graph: NaiveGraph,
    pub(crate) paths: BTreeMap<u64, Vec<Member>>,
    pub(crate) next: u64,
}

impl Default for NaiveTracker {
    fn default() -> Self {
        Self { graph: NaiveGraph::default(), paths: BTreeMap::new(), next: 1 }
    }
}

pub(crate) fn newest(members: &[Member]) -> SimTime {
    members.iter().map(|member| member.1).max().unwrap_or_default()
}

impl NaiveTracker {
    pub(crate) fn add_path(&mut self, mut members: Vec<Member>) -> Option<u64> {
        if members.is_empty() {
            return None;
        }
        members.sort_by_key(|member| member.0.start);
        self.paths.insert(self.next, members);
        self.next += 1;
        Some(self.next - 1)
    }

    pub(crate) fn expired(&self, limit: SimTime) -> Vec<u64> {
        self.paths.iter().filter(|(_, members)| newest(members) <= limit).map(|(&id, _)| id).collect()
    }

    pub(crate) fn take(&mut self, id: u64) -> Option<Vec<Member>> {
        let members = self.paths.remove(&id)?;
        for member in &members {
            self.graph.delete(member.0);
        }
        Some(members)
    }

    pub(crate) fn construct(&mut self, live: &[VersionRange], stale: &[Member]) {
        if live.is_empty() {
            return;
        }
        *self = Self { graph: NaiveGraph::of(live), ..Self::default() };
        let mut order = stale.to_vec();
        order.sort_by_key(|(range, at)| (range.end - range.start, *at));
        // Unclaimed rowsets, the latest put in first.
        let mut pool: Vec<Member> = Vec::new();
        for member in order {
            self.claim(&mut pool, member.0);
            self.graph.add(member.0);
            pool.retain(|other| other.0 != member.0);
            pool.insert(0, member);
        }
        for &range in live {
            self.claim(&mut pool, range);
        }
        pool.sort_by_key(|member| member.0.start);
        for member in pool {
            self.add_path(vec![member]);
        }
    }

    fn claim(&mut self, pool: &mut Vec<Member>, range: VersionRange) {
        if let Some(chain) = find(pool, range) {
            pool.retain(|member| !chain.contains(member));
            self.add_path(chain);
        }
    }
}

/// A chain that covers exactly a range: one rowset if possible, else depth first.
fn find(pool: &[Member], range: VersionRange) -> Option<Vec<Member>> {
    if let Some(one) = pool.iter().find(|member| member.0 == range) {
        return Some(vec![*one]);
    }
    for first in pool.iter().filter(|member| member.0.start == range.start && member.0.end < range.end) {
        if let Some(rest) = find(pool, VersionRange::new(first.0.end + 1, range.end)) {
            return Some([vec![*first], rest].concat());
        }
    }
    None
}

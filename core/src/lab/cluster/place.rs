//! Which backend serves a tablet.
//!
//! Primary where it is up; else the secondary where that is up; else one that the hash of the tablet picks
//! among those that are up, remembered as secondary. A primary that was dead for `rehash` is replaced.
//! Source: Apache Doris, spec of the frontend's `CloudReplica`.

use super::{ClusterEvent, ClusterLab, K, node_of};
use crate::base::{Digest, SimTime, Version};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A tablet, as the frontend and the checkers know it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct TabletLine {
    pub(super) table: u32,
    pub(super) primary: u32,
    pub(super) secondary: Option<u32>,
    /// The backend that served it before: its view may be warm.
    pub(super) former: Option<u32>,
    /// By version: rows of all loads up to it. What any reader must find.
    pub(super) truth: Vec<(Version, u64)>,
}

impl TabletLine {
    /// Rows that a reader of a version must find.
    pub(super) fn rows_at(&self, version: Version) -> u64 {
        let end = self.truth.partition_point(|(at, _)| *at <= version);
        end.checked_sub(1).map_or(0, |at| self.truth[at].1)
    }
}

/// Spreads numbers evenly.
fn hash(tablet: u32) -> u64 {
    let mut digest = Digest::default();
    digest.word(tablet.into());
    digest.0
}

impl ClusterLab {
    pub(super) fn is_up(&self, backend: u32) -> bool {
        self.sim.is_up(node_of(backend))
    }

    /// A backend among those that are up, by the tablet's hash.
    pub(super) fn hashed(&self, tablet: u32) -> Option<u32> {
        let up: Vec<u32> = (0..self.backends.len() as u32).filter(|backend| self.is_up(*backend)).collect();
        up.get((hash(tablet) % (up.len() as u64).max(1)) as usize).copied()
    }

    /// Who serves a tablet now, without changing anything.
    pub(super) fn serving(&self, tablet: u32) -> u32 {
        let line = &self.tablets[tablet as usize];
        match line.secondary {
            Some(secondary) if !self.is_up(line.primary) => secondary,
            _ => line.primary,
        }
    }

    /// Who is to serve a tablet; nobody where all are down.
    pub(super) fn home(&mut self, tablet: u32, out: &mut Vec<ClusterEvent>) -> Option<u32> {
        let line = &self.tablets[tablet as usize];
        let (primary, secondary) = (line.primary, line.secondary);
        if self.is_up(primary) {
            return Some(primary);
        }
        let dead_for =
            self.backends[primary as usize].down_since.map_or(SimTime::ZERO, |since| self.time() - since);
        let is_replaced = dead_for >= self.micros(K::Rehash);
        if let Some(secondary) = secondary.filter(|backend| self.is_up(*backend) && !is_replaced) {
            return Some(secondary);
        }
        let chosen = self.hashed(tablet)?;
        let line = &mut self.tablets[tablet as usize];
        let from = secondary.unwrap_or(primary);
        if is_replaced {
            line.primary = chosen;
            line.secondary = None;
        } else {
            line.secondary = Some(chosen);
        }
        line.former = Some(from);
        if from != chosen {
            out.push(ClusterEvent::Moved { tablet, from, to: chosen });
        }
        Some(chosen)
    }

    pub(super) fn move_tablet(&mut self, tablet: u32, to: u32, out: &mut Vec<ClusterEvent>) {
        let from = self.serving(tablet);
        let line = &mut self.tablets[tablet as usize];
        line.primary = to;
        line.secondary = None;
        self.lag_changed = true;
        if from != to {
            line.former = Some(from);
            out.push(ClusterEvent::Moved { tablet, from, to });
        }
    }

    /// Tablets of a table with who is to serve each; nobody where all backends are down.
    pub(super) fn homes(&mut self, table: u32, out: &mut Vec<ClusterEvent>) -> Option<Vec<(u32, Vec<u32>)>> {
        let mut parts: Vec<(u32, Vec<u32>)> = Vec::new();
        for tablet in self.tables[table as usize].tablets.clone() {
            let home = self.home(tablet, out)?;
            match parts.iter_mut().find(|(backend, _)| *backend == home) {
                Some((_, tablets)) => tablets.push(tablet),
                None => parts.push((home, alloc::vec![tablet])),
            }
        }
        crate::base::sort::sort_by_key(&mut parts, |(backend, _)| *backend);
        Some(parts)
    }
}

//! Which backend serves a tablet.
//!
//! Primary where it is up; else the secondary where that is up; else one that the hash of the tablet picks
//! among those that are up, remembered as secondary. A primary that was dead for `rehash` is replaced.
//! Source: Apache Doris, spec of the frontend's `CloudReplica`.

use super::{ClusterEvent, ClusterLab, K, TableLine, node_of};
use crate::base::{Digest, IdMap, SimTime, Version};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// Where a tablet belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) table: u32,
    pub(super) primary: u32,
    pub(super) secondary: Option<u32>,
    /// The backend that served it before: its view may be warm.
    pub(super) former: Option<u32>,
}

/// Tablets of a table that one backend serves.
pub(super) type Few = SmallVec<[u32; 4]>;

/// A tablet, as the frontend and the checkers know it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct TabletLine {
    pub(super) place: Place,
    /// By version: rows of all loads up to it. What any reader must find.
    pub(super) truth: Vec<(Version, u64)>,
}

/// Tables that were created together.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Group {
    pub(super) first_tablet: u32,
    pub(super) first_table: u32,
    /// Tablets of each table.
    pub(super) buckets: u32,
    /// Backends over which their tablets were spread in turn.
    pub(super) backends: u32,
}

/// Tablets of a page: about those of a table, which are loaded together.
const PAGE: u32 = 8;

/// All tablets. Of one that was never loaded, moved or served by another backend nothing is kept but how its
/// table was created.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Tablets {
    len: u32,
    groups: Vec<Group>,
    pages: IdMap<Vec<TabletLine>>,
}

impl Tablets {
    /// Number of tablets.
    pub(super) const fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there is none.
    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds tables: so many tablets more.
    pub(super) fn add(&mut self, group: Group, more: u32) {
        let like = |last: &Group| {
            let tables = (group.first_tablet - last.first_tablet) / last.buckets.max(1);
            (last.buckets, last.backends, last.first_table + tables)
                == (group.buckets, group.backends, group.first_table)
        };
        if !self.groups.last().is_some_and(like) {
            self.groups.push(group);
        }
        // A page that reached beyond the last tablet is made anew.
        if let Some(page) = self.pages.get_mut(&u64::from(self.len / PAGE)) {
            let from = self.len / PAGE * PAGE;
            let until = (from + PAGE).min(self.len + more);
            let known = page.len() as u32;
            page.extend((from + known..until).map(|tablet| untouched(&self.groups, tablet)));
        }
        self.len += more;
    }

    /// Where a tablet belongs.
    pub(super) fn place(&self, tablet: u32) -> Place {
        match self.pages.get(&u64::from(tablet / PAGE)) {
            Some(page) => page[(tablet % PAGE) as usize].place,
            None => untouched(&self.groups, tablet).place,
        }
    }

    /// The table of a tablet, which never changes.
    pub(super) fn table(&self, tablet: u32) -> u32 {
        group(&self.groups, tablet).table(tablet)
    }

    /// A tablet, to change it.
    pub(super) fn line(&mut self, tablet: u32) -> &mut TabletLine {
        let (number, from) = (u64::from(tablet / PAGE), tablet / PAGE * PAGE);
        if !self.pages.contains(&number) {
            let until = (from + PAGE).min(self.len);
            let page = (from..until).map(|tablet| untouched(&self.groups, tablet)).collect();
            self.pages.insert(number, page);
        }
        let page = self.pages.get_mut(&number).expect("it is there, or was just made");
        &mut page[(tablet - from) as usize]
    }

    /// Rows that a reader of a version must find.
    pub(super) fn rows_at(&self, tablet: u32, version: Version) -> u64 {
        let Some(page) = self.pages.get(&u64::from(tablet / PAGE)) else { return 0 };
        let truth = &page[(tablet % PAGE) as usize].truth;
        let end = truth.partition_point(|(at, _)| *at <= version);
        end.checked_sub(1).map_or(0, |at| truth[at].1)
    }
}

impl Group {
    /// The table of one of its tablets.
    const fn table(&self, tablet: u32) -> u32 {
        self.first_table + (tablet - self.first_tablet) / self.buckets
    }
}

/// The tables of a tablet's creation.
fn group(groups: &[Group], tablet: u32) -> &Group {
    &groups[groups.partition_point(|group| group.first_tablet <= tablet) - 1]
}

/// A tablet right after its creation.
fn untouched(groups: &[Group], tablet: u32) -> TabletLine {
    let group = group(groups, tablet);
    let (table, bucket) = (group.table(tablet), (tablet - group.first_tablet) % group.buckets);
    let place = Place { table, primary: (table + bucket) % group.backends, secondary: None, former: None };
    TabletLine { place, truth: Vec::new() }
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
        self.up.get((hash(tablet) % (self.up.len() as u64).max(1)) as usize).copied()
    }

    /// A backend came up.
    pub(super) fn is_back(&mut self, backend: u32) {
        if let Err(at) = self.up.binary_search(&backend) {
            self.up.insert(at, backend);
        }
    }

    /// Who serves a tablet now, without changing anything.
    pub(super) fn serving(&self, tablet: u32) -> u32 {
        let line = self.tablets.place(tablet);
        match line.secondary {
            Some(secondary) if !self.is_up(line.primary) => secondary,
            _ => line.primary,
        }
    }

    /// Who is to serve a tablet; nobody where all are down.
    pub(super) fn home(&mut self, tablet: u32, out: &mut Vec<ClusterEvent>) -> Option<u32> {
        let Place { primary, secondary, .. } = self.tablets.place(tablet);
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
        let line = &mut self.tablets.line(tablet).place;
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
        let line = &mut self.tablets.line(tablet).place;
        line.primary = to;
        line.secondary = None;
        self.lag_changed = true;
        if from != to {
            line.former = Some(from);
            out.push(ClusterEvent::Moved { tablet, from, to });
        }
    }

    /// How many tablets a backend serves now. O(tables, and tablets that were loaded or moved).
    pub(super) fn served_by(&self, backend: u32) -> usize {
        let mut count = 0;
        for (at, group) in self.tablets.groups.iter().enumerate() {
            let next = self.tablets.groups.get(at + 1);
            let end = next.map_or(self.tablets.len, |next| next.first_tablet);
            let tables = (end - group.first_tablet) / group.buckets;
            // In turn from the place of the table on: every so many buckets it is this one's turn.
            let firsts = (group.first_table..group.first_table + tables)
                .map(|table| (backend + group.backends - table % group.backends) % group.backends);
            let of_table = |first: u32| group.buckets.saturating_sub(first).div_ceil(group.backends) as usize;
            if backend < group.backends {
                count += firsts.map(of_table).sum::<usize>();
            }
        }
        for (number, page) in self.tablets.pages.in_any_order() {
            for (tablet, _) in (*number as u32 * PAGE..).zip(page) {
                let before = untouched(&self.tablets.groups, tablet).place.primary;
                count -= usize::from(before == backend);
                count += usize::from(self.serving(tablet) == backend);
            }
        }
        count
    }

    /// Tablets of a table with who is to serve each; nobody where all backends are down.
    pub(super) fn homes(&mut self, table: u32, out: &mut Vec<ClusterEvent>) -> Option<Vec<(u32, Few)>> {
        let TableLine { first, buckets, .. } = self.tables[table as usize];
        let mut homes: Vec<(u32, u32)> = Vec::with_capacity(buckets as usize);
        for tablet in first..first + buckets {
            homes.push((self.home(tablet, out)?, tablet));
        }
        crate::base::sort::sort(&mut homes);
        let of_one = homes.chunk_by(|one, other| one.0 == other.0);
        let parts =
            of_one.map(|part| (part[0].0, part.iter().map(|(_, tablet)| *tablet).collect())).collect();
        Some(parts)
    }
}

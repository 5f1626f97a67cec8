//! Views that backends hold in memory, all backends' together.
//!
//! ```text
//! newest    t0 t1 t2 …       the place of the view that came last, four bytes a tablet
//! places    [view│view│ … │view] [view│ … ]          in pieces, so that none is moved as they become more
//! view      be 1, t7   older ─▶ be 3, t7             where another backend's came before
//! of be 1   0 3 …                                    places, for walks
//! ```
//!
//! Of a million tablets nearly every step meets one that is in no cache, and nearly every tablet has one
//! view. So it is found with one look into an array that is in the cache, where a map of each backend takes two that
//! are not; and what enters writes to no other place that is not.

use super::command::Source;
use super::note::Waiter;
use super::notify::Kept;
use super::tablet_id;
use crate::base::SimTime;
use crate::base::sort::sort_by_key;
use crate::cloud::{CloudTablet, HoleRule, SyncCause, SyncRange, TabletMeta};
use alloc::boxed::Box;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// A sync under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Sync {
    pub(super) cause: SyncCause,
    pub(super) began: SimTime,
    pub(super) asked: u32,
    pub(super) rowsets: u64,
}

/// A view that is looked for elsewhere: sources left, the next one last.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Fetch {
    pub(super) sources: Vec<Source>,
}

/// What a sync was sent: one range as a rule.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Sent {
    One(SyncRange),
    Many(Box<[SyncRange]>),
}

impl Sent {
    pub(super) fn of(ranges: &[SyncRange]) -> Self {
        match ranges {
            [one] => Self::One(*one),
            ranges => Self::Many(ranges.into()),
        }
    }

    pub(super) const fn ranges(&self) -> &[SyncRange] {
        match self {
            Self::One(one) => core::slice::from_ref(one),
            Self::Many(ranges) => ranges,
        }
    }
}

/// What most views have nothing of.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Seldom {
    fetch: Option<Fetch>,
    /// Notices that came during a sync.
    pub(super) notices: Vec<Kept>,
    /// Jobs that work on it.
    pub(super) jobs: Vec<u64>,
}

/// A tablet in a backend's memory.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Held {
    backend: u32,
    tablet: u32,
    /// The view of the same tablet that came before it, another backend's.
    older: u32,
    /// Notices of it that are counted in [`Backend::waiting`](super::backend::Backend).
    pub(super) counted: u32,
    /// Nothing of it came so far.
    pub(super) first: bool,
    pub(super) view: CloudTablet,
    pub(super) sync: Option<Sync>,
    /// Who waits, and whether a sync was made for it.
    pub(super) waiting: SmallVec<[(Waiter, bool); 1]>,
    /// What the last sync was sent.
    pub(super) sent: Sent,
    seldom: Option<Box<Seldom>>,
}

impl Held {
    pub(super) fn fetch(&self) -> Option<&Fetch> {
        self.seldom.as_ref()?.fetch.as_ref()
    }

    pub(super) fn fetch_mut(&mut self) -> Option<&mut Fetch> {
        self.seldom.as_mut()?.fetch.as_mut()
    }

    /// Whether a sync or a search for it elsewhere is under way.
    pub(super) fn is_busy(&self) -> bool {
        self.sync.is_some() || self.fetch().is_some()
    }

    /// Jobs that work on it.
    pub(super) fn jobs(&self) -> &[u64] {
        self.seldom.as_ref().map_or(&[], |seldom| &seldom.jobs)
    }

    /// Changes what it may have little of.
    pub(super) fn seldom(&mut self) -> &mut Seldom {
        self.seldom.get_or_insert_default()
    }

    /// Looks for it elsewhere, or no longer; says whether that was so before.
    pub(super) fn set_fetch(&mut self, fetch: Option<Fetch>) -> bool {
        if fetch.is_none() && self.seldom.is_none() {
            return false;
        }
        core::mem::replace(&mut self.seldom().fetch, fetch).is_some()
    }

    /// A job no longer works on it.
    pub(super) fn end_job(&mut self, job: u64) {
        if let Some(seldom) = &mut self.seldom {
            seldom.jobs.retain(|one| *one != job);
        }
    }

    /// Notices that came during a sync, which is over.
    pub(super) fn take_notices(&mut self) -> Vec<Kept> {
        self.seldom.as_mut().map(|seldom| core::mem::take(&mut seldom.notices)).unwrap_or_default()
    }
}

/// Views of a piece.
const PIECE: usize = 256;
/// No place.
const NONE: u32 = u32::MAX;

/// All views.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Views {
    newest: Vec<u32>,
    pieces: Vec<Vec<Option<Held>>>,
    free: Vec<u32>,
    of: Vec<Vec<u32>>,
}

impl Views {
    fn at(&self, place: u32) -> Option<&Held> {
        self.pieces.get(place as usize / PIECE)?[place as usize % PIECE].as_ref()
    }

    fn slot(&mut self, place: u32) -> &mut Option<Held> {
        &mut self.pieces[place as usize / PIECE][place as usize % PIECE]
    }

    /// Where a backend's view of a tablet stands.
    #[inline]
    fn place(&self, backend: u32, tablet: u32) -> Option<u32> {
        let mut place = *self.newest.get(tablet as usize)?;
        loop {
            let held = self.at(place)?;
            if held.backend == backend {
                return Some(place);
            }
            place = held.older;
        }
    }

    /// A backend's view of a tablet.
    pub(super) fn get(&self, backend: u32, tablet: u32) -> Option<&Held> {
        self.at(self.place(backend, tablet)?)
    }

    /// The same, to change it.
    pub(super) fn get_mut(&mut self, backend: u32, tablet: u32) -> Option<&mut Held> {
        let place = self.place(backend, tablet)?;
        self.slot(place).as_mut()
    }

    /// A view that whoever asks has seen.
    pub(super) fn known(&mut self, backend: u32, tablet: u32) -> &mut Held {
        self.get_mut(backend, tablet).expect("whoever asks has seen that the tablet is held")
    }

    /// A tablet that the backend does not hold enters its memory: nothing of it is known but its settings.
    pub(super) fn enter(&mut self, backend: u32, tablet: u32, meta: TabletMeta) -> &mut Held {
        let place = match self.free.pop() {
            Some(place) => place,
            None => self.next_place(),
        };
        if self.of.len() <= backend as usize {
            self.of.resize(backend as usize + 1, Vec::new());
        }
        if self.newest.len() <= tablet as usize {
            self.newest.resize(tablet as usize + 1, NONE);
        }
        self.of[backend as usize].push(place);
        let older = core::mem::replace(&mut self.newest[tablet as usize], place);
        // Made where it stays.
        self.slot(place).insert(Held {
            backend,
            tablet,
            older,
            counted: 0,
            first: true,
            view: CloudTablet::new(tablet_id(tablet), meta, HoleRule::Each),
            sync: None,
            waiting: SmallVec::new(),
            sent: Sent::Many(Box::default()),
            seldom: None,
        })
    }

    /// A place behind all others.
    fn next_place(&mut self) -> u32 {
        if self.pieces.last().is_none_or(|last| last.len() == PIECE) {
            self.pieces.push(Vec::with_capacity(PIECE));
        }
        let before = (self.pieces.len() - 1) * PIECE;
        let last = &mut self.pieces[before / PIECE];
        last.push(None);
        (before + last.len() - 1) as u32
    }

    /// A backend's memory is lost.
    pub(super) fn clear(&mut self, backend: u32) {
        let Some(of) = self.of.get_mut(backend as usize) else { return };
        for place in core::mem::take(of) {
            let Some(held) = self.slot(place).take() else { continue };
            self.free.push(place);
            // Whoever led to it leads to the one behind it.
            let mut at = self.newest[held.tablet as usize];
            if at == place {
                self.newest[held.tablet as usize] = held.older;
            }
            while at != place
                && let Some(one) = self.slot(at)
            {
                if one.older == place {
                    one.older = held.older;
                    break;
                }
                at = one.older;
            }
        }
    }

    /// Number of tablets that a backend holds.
    pub(super) fn count(&self, backend: u32) -> usize {
        self.of.get(backend as usize).map_or(0, Vec::len)
    }

    /// What a backend holds, by tablet. O(n log n) before the first.
    pub(super) fn of(&self, backend: u32) -> impl Iterator<Item = (u32, &Held)> {
        let mut all: Vec<(u32, &Held)> = self.of_in_any_order(backend).collect();
        sort_by_key(&mut all, |(tablet, _)| *tablet);
        all.into_iter()
    }

    /// The same in an order that must not matter.
    pub(super) fn of_in_any_order(&self, backend: u32) -> impl Iterator<Item = (u32, &Held)> {
        let of = self.of.get(backend as usize).into_iter().flatten();
        of.filter_map(|place| self.at(*place).map(|held| (held.tablet, held)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;
    use crate::cloud::TabletState;
    use alloc::collections::BTreeMap;

    #[test]
    fn finds_what_a_map_by_backend_and_tablet_finds() {
        let meta = TabletMeta { state: TabletState::Running, merge_on_write: false };
        let mut rng = Rng::new(11);
        let (mut views, mut map) = (Views::default(), BTreeMap::new());
        for mark in 0..40_000 {
            let (backend, tablet) = (rng.below(4) as u32, rng.below(900) as u32);
            if rng.below(400) == 0 {
                views.clear(backend);
                map.retain(|(of, _), _| *of != backend);
            } else if !map.contains_key(&(backend, tablet)) && rng.below(3) > 0 {
                views.enter(backend, tablet, meta).counted = mark;
                map.insert((backend, tablet), mark);
            } else if let Some(held) = views.get_mut(backend, tablet) {
                held.counted = mark;
                map.insert((backend, tablet), mark);
            }
            let (backend, tablet) = (rng.below(5) as u32, rng.below(1_000) as u32);
            assert_eq!(
                views.get(backend, tablet).map(|held| held.counted),
                map.get(&(backend, tablet)).copied()
            );
            assert_eq!(views.get_mut(backend, tablet).is_some(), map.contains_key(&(backend, tablet)));
            if mark % 1_000 == 0 {
                for backend in 0..5 {
                    let ours: Vec<_> =
                        views.of(backend).map(|(tablet, held)| (tablet, held.counted)).collect();
                    let theirs = map.range((backend, 0)..(backend + 1, 0));
                    assert!(theirs.map(|((_, tablet), mark)| (*tablet, *mark)).eq(ours.iter().copied()));
                    assert_eq!(views.count(backend), ours.len());
                    let mut unordered: Vec<_> =
                        views.of_in_any_order(backend).map(|(tablet, held)| (tablet, held.counted)).collect();
                    unordered.sort_unstable();
                    assert_eq!(unordered, ours);
                }
            }
        }
        // Places of memory that was lost are used again.
        assert!(views.pieces.len() <= 4 * 900 / PIECE + 1);
    }
}

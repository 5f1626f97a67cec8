//! Everything a text said, before it becomes one [`Imported`]: joined, sorted, named, checked.

use super::error::{Expected, Fault, Found, Parse};
use super::note::{NoteKey, Notes};
use super::time::{Moment, Told, parse};
use super::{Fact, Imported, ImportedPath, ImportedRowset, ROWSETS_MAX, RowsetFact, Source};
use crate::base::sort::{sort, sort_by_key};
use crate::base::{PathId, RowsetId, SimTime, Version, VersionRange};
use crate::rowset::{Overlap, RowsetMeta, Unknown};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;

/// A rowset as told.
#[derive(Clone, Debug)]
pub(super) struct RawRowset {
    pub(super) at: usize,
    pub(super) range: VersionRange,
    pub(super) segments: Option<u32>,
    pub(super) delete: Option<bool>,
    pub(super) overlap: Option<Overlap>,
    pub(super) id: Option<String>,
    pub(super) bytes: Option<u64>,
    /// Whether the size was printed with a unit and so lost its last digits.
    pub(super) rounded: bool,
    pub(super) rows: Option<u64>,
    pub(super) created: Option<Moment>,
    pub(super) level: u8,
}

impl RawRowset {
    /// Only its versions are told.
    pub(super) const fn new(at: usize, range: VersionRange) -> Self {
        Self {
            at,
            range,
            segments: None,
            delete: None,
            overlap: None,
            id: None,
            bytes: None,
            rounded: false,
            rows: None,
            created: None,
            level: 0,
        }
    }

    /// What was not told.
    fn unknown(&self) -> Unknown {
        let told = [
            (self.bytes.is_some(), Unknown::BYTES),
            (self.rows.is_some(), Unknown::ROWS),
            (self.created.is_some(), Unknown::CREATED),
            (self.segments.is_some(), Unknown::SEGMENTS),
            (self.overlap.is_some(), Unknown::OVERLAP),
            (self.delete.is_some(), Unknown::KIND),
        ];
        told.iter().filter(|(told, _)| !told).fold(Unknown::NOTHING, |all, (_, fact)| all.and(*fact))
    }
}

/// A stale path as told.
#[derive(Clone, Debug)]
pub(super) struct RawPath {
    pub(super) at: usize,
    pub(super) id: Option<u64>,
    pub(super) time: Option<Moment>,
    pub(super) time_text: Option<String>,
    pub(super) members: Vec<(usize, VersionRange)>,
}

/// A fact whose time has no place on the virtual clock yet.
#[derive(Clone, Debug)]
struct RawFact {
    key: String,
    value: String,
    time: Option<Moment>,
}

/// The collector that every source fills.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) tablet_id: Option<u64>,
    pub(super) policy: Option<String>,
    pub(super) cumulative_point: Option<Version>,
    pub(super) keys_type: Option<String>,
    pub(super) state: Option<String>,
    pub(super) merge_on_write: Option<bool>,
    pub(super) live: Vec<RawRowset>,
    pub(super) stale: Vec<RawRowset>,
    pub(super) paths: Vec<RawPath>,
    /// As listed; `None` where the text has no such list.
    pub(super) missing: Option<Vec<(usize, VersionRange)>>,
    /// The text ended early: lists may be short.
    pub(super) is_cut: bool,
    facts: Vec<RawFact>,
    moments: Vec<Moment>,
    zone_told: Option<i32>,
    zone_of_never: Option<i32>,
    members: usize,
}

/// Facts beyond these are dropped; a real reply has about fifteen.
const FACTS_MAX: usize = 100;

impl Draft {
    /// Rowsets so far, live, stale and path members.
    pub(super) fn rowsets(&self) -> usize {
        self.live.len() + self.stale.len() + self.members
    }

    /// How many more rowsets may come.
    pub(super) fn room(&self) -> usize {
        (ROWSETS_MAX as usize).saturating_sub(self.rowsets())
    }

    /// Refuses one rowset more than allowed.
    pub(super) fn check_room(&self, text: &[u8], at: usize) -> Parse<()> {
        if self.room() > 0 {
            return Ok(());
        }
        Err(Fault::unexpected(text, at, Expected::RowsetsAtMost(ROWSETS_MAX)))
    }

    /// Adds a stale path.
    pub(super) fn add_path(&mut self, path: RawPath) {
        self.members += path.members.len();
        self.paths.push(path);
    }

    /// Keeps a fact as told.
    pub(super) fn fact(&mut self, key: &str, value: String, time: Option<Moment>) {
        if self.facts.len() < FACTS_MAX {
            self.facts.push(RawFact { key: key.into(), value, time });
        }
    }

    /// Reads a printed time: `None` for never and for what cannot be read.
    pub(super) fn time(&mut self, at: usize, text: &str, notes: &mut Notes) -> Option<Moment> {
        match parse(text) {
            Some(Told::At(moment, zone)) => {
                self.zone_told = self.zone_told.or(zone);
                Some(self.moment(moment))
            }
            Some(Told::Never(zone)) => {
                self.zone_of_never = self.zone_of_never.or(zone);
                None
            }
            None => {
                notes.add(at, NoteKey::UnreadableTime(super::error::kept(text, 40)));
                None
            }
        }
    }

    /// Counts a moment among the known ones.
    pub(super) fn moment(&mut self, moment: Moment) -> Moment {
        self.moments.push(moment);
        moment
    }

    /// Joins, sorts, names and checks. `end` is where the text ends.
    pub(super) fn finish(mut self, text: &[u8], source: Source, mut notes: Notes) -> Parse<Imported> {
        if self.live.is_empty() {
            return Err(Fault { at: 0, expected: Expected::Rowsets, found: Found::NoRowsets });
        }
        let clock = self.clock(&mut notes);
        sort_unique(&mut self.live, &mut notes);
        sort_unique(&mut self.stale, &mut notes);
        let paths = self.join_paths(&mut notes);
        if !self.stale.is_empty() {
            let rowsets = self.stale.len() as u32;
            let key = match source {
                Source::CompactionShow(_) => NoteKey::StaleWithoutPath { rowsets },
                _ => NoteKey::StaleNotGrouped { rowsets },
            };
            if !self.is_cut {
                notes.add(self.stale[0].at, key);
            }
        }
        check_shapes(&self.live, paths.iter().flat_map(|path| &path.members).chain(&self.stale), &mut notes);
        let missing = self.missing(&mut notes);
        self.check_point(&mut notes);

        let mut namer = Namer::new(&self.live, &paths, &self.stale);
        let live: Vec<_> = self.live.iter().map(|raw| namer.name(raw, &clock, None)).collect();
        let stale_paths = paths.into_iter().map(|path| path.finish(&clock, &mut namer)).collect();
        let stale_ungrouped = self.stale.iter().map(|raw| namer.name(raw, &clock, None)).collect();
        namer.tell(&mut notes);
        let facts = self.facts.into_iter();
        let facts = facts.map(|RawFact { key, value, time }| Fact {
            key,
            value,
            time: time.map(|time| clock.at(time)),
        });
        Ok(Imported {
            source,
            tablet_id: self.tablet_id,
            policy: self.policy,
            cumulative_point: self.cumulative_point,
            keys_type: self.keys_type,
            state: self.state,
            merge_on_write: self.merge_on_write,
            live,
            stale_paths,
            stale_ungrouped,
            missing,
            epoch_unix_ms: clock.epoch_us / 1_000,
            start_at: clock.start_at,
            zone_minutes: clock.zone_told,
            facts: facts.collect(),
            notes: notes.finish(text),
        })
    }

    /// Where the virtual clock starts and stands.
    fn clock(&self, notes: &mut Notes) -> Clock {
        let zone_told = self.zone_told.or(self.zone_of_never);
        let zone = zone_told.unwrap_or(0);
        let known = || self.moments.iter().map(|moment| moment.unix_us(zone));
        let Some((first, last)) = known().min().zip(known().max()) else {
            notes.add(0, NoteKey::NoTimes);
            return Clock { zone, zone_told, epoch_us: 0, start_at: SimTime::ZERO };
        };
        if self.moments.iter().any(|moment| matches!(moment, Moment::Local(_))) {
            notes.add(
                0,
                match zone_told {
                    Some(minutes) => NoteKey::ZoneFromText { minutes },
                    None => NoteKey::ZoneAssumedUtc,
                },
            );
        }
        let epoch_us = first.div_euclid(1_000) * 1_000;
        Clock { zone, zone_told, epoch_us, start_at: SimTime(last.abs_diff(epoch_us)) }
    }

    /// Gives every path its members' facts and an id of its own; paths in the order of ids.
    fn join_paths(&mut self, notes: &mut Notes) -> Vec<JoinedPath> {
        let mut stale = BTreeMap::new();
        stale.extend(core::mem::take(&mut self.stale).into_iter().map(|raw| (raw.range, raw)));
        let is_listed = !stale.is_empty();
        let told = self.paths.iter().filter_map(|path| path.id).max();
        let mut next = told.map_or(1, |id| id.saturating_add(1));
        let mut given = BTreeSet::new();
        let mut joined = Vec::with_capacity(self.paths.len());
        for mut path in core::mem::take(&mut self.paths) {
            if path.members.is_empty() {
                notes.add(path.at, NoteKey::EmptyPath);
                continue;
            }
            let id = path.id.filter(|id| given.insert(*id)).unwrap_or_else(|| {
                let id = next;
                next = next.saturating_add(1);
                given.insert(id);
                notes.add(path.at, NoteKey::PathRenumbered(PathId(id)));
                id
            });
            sort_by_key(&mut path.members, |(_, range)| *range);
            for pair in path.members.windows(2) {
                let (left, right) = (pair[0].1, pair[1].1);
                if left.end + 1 < right.start {
                    notes.add(pair[1].0, NoteKey::PathGap { path: PathId(id), left, right });
                }
            }
            let member = |(at, range): &(usize, VersionRange)| {
                stale.remove(range).unwrap_or_else(|| {
                    if is_listed {
                        notes.add(*at, NoteKey::MemberWithoutRowset(*range));
                    }
                    RawRowset::new(*at, *range)
                })
            };
            let members = path.members.iter().map(member).collect();
            joined.push(JoinedPath { id: PathId(id), time: path.time, time_text: path.time_text, members });
        }
        sort_by_key(&mut joined, |path| path.id);
        self.stale = stale.into_values().collect();
        joined
    }

    /// Listed gaps, or those the live rowsets leave where none are listed.
    fn missing(&mut self, notes: &mut Notes) -> Vec<VersionRange> {
        let mut gaps = Vec::new();
        let mut next = 0;
        for raw in &self.live {
            if raw.range.start > next {
                gaps.push((raw.at, VersionRange::new(next, raw.range.start - 1)));
            }
            next = next.max(raw.range.end + 1);
        }
        let Some(listed) = self.missing.take().filter(|_| !self.is_cut) else {
            for (at, gap) in &gaps {
                notes.add(*at, NoteKey::Missing(*gap));
            }
            return gaps.into_iter().map(|(_, gap)| gap).collect();
        };
        let ranges = |list: &[(usize, VersionRange)]| {
            let mut ranges: Vec<_> = list.iter().map(|(_, range)| *range).collect();
            sort(&mut ranges);
            ranges.dedup();
            ranges
        };
        let (seen, told) = (ranges(&gaps), ranges(&listed));
        for (at, range) in &listed {
            let key =
                if seen.binary_search(range).is_ok() { NoteKey::Missing } else { NoteKey::MissingDiffers };
            notes.add(*at, key(*range));
        }
        for (at, range) in gaps.iter().filter(|(_, range)| told.binary_search(range).is_err()) {
            notes.add(*at, NoteKey::MissingDiffers(*range));
        }
        told
    }

    fn check_point(&self, notes: &mut Notes) {
        let Some(point) = self.cumulative_point else { return };
        let inside = |raw: &&RawRowset| raw.range.start < point && point <= raw.range.end;
        if let Some(raw) = self.live.iter().find(inside) {
            notes.add(raw.at, NoteKey::PointInsideRowset { point, rowset: raw.range });
        }
    }
}

/// Virtual time against the calendar.
struct Clock {
    zone: i32,
    zone_told: Option<i32>,
    epoch_us: i64,
    start_at: SimTime,
}

impl Clock {
    fn at(&self, moment: Moment) -> SimTime {
        let since = moment.unix_us(self.zone).saturating_sub(self.epoch_us);
        SimTime(u64::try_from(since).unwrap_or(0))
    }
}

struct JoinedPath {
    id: PathId,
    time: Option<Moment>,
    time_text: Option<String>,
    members: Vec<RawRowset>,
}

impl JoinedPath {
    fn finish(self, clock: &Clock, namer: &mut Namer) -> ImportedPath {
        let time = self.time.map(|time| clock.at(time));
        let members = self.members.iter().map(|raw| namer.name(raw, clock, time)).collect();
        ImportedPath { id: self.id, time, time_text: self.time_text, members }
    }
}

/// Hands out rowset ids in version order and counts what is not told.
struct Namer {
    /// In the order in which rowsets are named: live ones, path by path, the rest.
    ids: alloc::vec::IntoIter<RowsetId>,
    rounded: (u32, usize),
    untold: [u32; RowsetFact::ALL.len()],
}

impl Namer {
    /// Ids from 1 by range, live before stale, then in the order of naming.
    fn new(live: &[RawRowset], paths: &[JoinedPath], stale: &[RawRowset]) -> Self {
        let live = live.iter().map(|raw| (raw.range, false));
        let members = paths.iter().flat_map(|path| &path.members).chain(stale);
        let all = live.chain(members.map(|raw| (raw.range, true)));
        let mut order: Vec<_> =
            all.enumerate().map(|(at, (range, is_stale))| (range, is_stale, at)).collect();
        sort(&mut order);
        let mut ids = alloc::vec![RowsetId(0); order.len()];
        for ((_, _, at), id) in order.into_iter().zip(1..) {
            ids[at] = RowsetId(id);
        }
        Self { ids: ids.into_iter(), rounded: (0, usize::MAX), untold: [0; RowsetFact::ALL.len()] }
    }

    fn name(&mut self, raw: &RawRowset, clock: &Clock, replaced_at: Option<SimTime>) -> ImportedRowset {
        let unknown = raw.unknown();
        for (fact, count) in RowsetFact::ALL.iter().zip(&mut self.untold) {
            *count += u32::from(unknown.has(fact.bit()));
        }
        if raw.rounded {
            self.rounded = (self.rounded.0 + 1, self.rounded.1.min(raw.at));
        }
        let created_at =
            raw.created.map(|created| clock.at(created)).or(replaced_at).unwrap_or(clock.start_at);
        let meta = RowsetMeta {
            id: self.ids.next().unwrap_or_default(),
            range: raw.range,
            bytes: raw.bytes.unwrap_or(0),
            rows: raw.rows.unwrap_or(0),
            created_at,
            segments: raw.segments.unwrap_or(0),
            overlap: raw.overlap.unwrap_or_default(),
            level: raw.level,
            delete_predicate: raw.delete.unwrap_or(false),
            unknown,
        };
        ImportedRowset { meta, external_id: raw.id.clone() }
    }

    fn tell(&self, notes: &mut Notes) {
        if self.rounded.0 > 0 {
            notes.add(self.rounded.1, NoteKey::RoundedSizes { rowsets: self.rounded.0 });
        }
        for (fact, rowsets) in RowsetFact::ALL.into_iter().zip(self.untold) {
            if rowsets > 0 {
                notes.add(0, NoteKey::NotTold { fact, rowsets });
            }
        }
    }
}

/// Sorts by range; of equal ranges the first in the text stays.
fn sort_unique(rowsets: &mut Vec<RawRowset>, notes: &mut Notes) {
    sort_by_key(rowsets, |raw| (raw.range, raw.at));
    rowsets.dedup_by(|later, first| {
        let is_same = later.range == first.range;
        if is_same {
            notes.add(later.at, NoteKey::DuplicateRowset(later.range));
        }
        is_same
    });
}

/// Live rowsets are disjoint; of all rowsets two are disjoint or nested.
fn check_shapes<'a>(live: &'a [RawRowset], stale: impl Iterator<Item = &'a RawRowset>, notes: &mut Notes) {
    let mut widest: Option<&RawRowset> = None;
    let mut overlapping = BTreeSet::new();
    for raw in live {
        if let Some(left) = widest.filter(|left| left.range.overlaps(raw.range)) {
            notes.add(left.at.max(raw.at), NoteKey::LiveOverlap(left.range, raw.range));
            overlapping.insert((left.range, raw.range));
        }
        if widest.is_none_or(|left| left.range.end < raw.range.end) {
            widest = Some(raw);
        }
    }
    let mut all: Vec<_> = live.iter().chain(stale).collect();
    sort_by_key(&mut all, |raw| (raw.range.start, Reverse(raw.range.end), raw.at));
    let mut open: Vec<&RawRowset> = Vec::new();
    for raw in all {
        while open.last().is_some_and(|outer| outer.range.end < raw.range.start) {
            open.pop();
        }
        // The stack stays nested: of two that cross, the one that reaches further goes on.
        while let Some(outer) = open.pop_if(|outer| !outer.range.contains(raw.range)) {
            if !overlapping.contains(&(outer.range, raw.range)) {
                notes.add(outer.at.max(raw.at), NoteKey::Crossing(outer.range, raw.range));
            }
        }
        open.push(raw);
    }
}

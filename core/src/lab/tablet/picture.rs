//! The state as a [`TabletView`].

use super::axis::Axis;
use super::{DelayedDeletion, Kind, Outcome, Read, TabletLab};
use crate::base::sort::sort_by_key;
use crate::base::{PathId, RowsetId, SimTime, SortedMap, Version, VersionRange};
use crate::compaction::{Rejected, Selection};
use crate::rowset::{RowsetMeta, Unknown};
use crate::tablet::CaptureOptions;
use crate::version_graph::StalePath;
use crate::view::tablet::{
    Brick, Fold, GhostPath, Heat, PathStop, PickView, ReadState, ReadView, Readable, ReadableRun,
    RejectedView, StalePathView, TabletView, TabletWindow, Totals, VertexView, WhyView,
};
use alloc::vec::Vec;
use core::cmp::Reverse;

/// Vertices sent at most.
const VERTICES_MAX: usize = 4_000;
/// Runs of rejected candidates sent at most.
const REJECTED_MAX: usize = 64;
/// Versions whose readability is asked one by one where ranges cross.
const GREEDY_MAX: usize = 512;
/// Base side: a rowset at or above this many versions below the point.
const PATHS_MAX: usize = 20_000;

/// Where a stale path is drawn.
#[derive(Clone, Copy)]
struct Placed {
    id: PathId,
    row: u32,
}

impl TabletLab {
    pub(super) fn picture(&self, window: &TabletWindow) -> TabletView {
        let axis = self.axis();
        let (from, to) = (window.from, window.to);
        let rows = self.path_rows();
        let homes = self.homes(&rows);
        let seen = |range: VersionRange| {
            let (x0, x1) = axis.edges(range);
            x1 >= from && x0 <= to
        };
        let stale = self
            .tablet
            .stale_paths()
            .filter(|path| path.range().is_some_and(seen))
            .take(PATHS_MAX)
            .filter_map(|path| self.stale_path(path, &axis, &rows, window))
            .collect();
        let vertices: Vec<VertexView> = self
            .tablet
            .graph()
            .vertices()
            .map(|(version, orphan)| VertexView { version, x: axis.place(version), orphan })
            .filter(|vertex| vertex.x >= from && vertex.x <= to)
            .take(VERTICES_MAX + 1)
            .collect();
        let (pick, why) = self.pick(&axis);
        TabletView {
            now: self.now,
            step: self.steps,
            max_version: self.newest(),
            axis_units: axis.units(),
            ticks: axis.ticks(from, to),
            folds: axis.folds(from, to),
            live: join(
                self.tablet.live().filter(|meta| seen(meta.range)).map(|meta| self.brick(meta, &axis)),
                window.join_below,
            ),
            stale,
            ghosts: self.ghosts(&axis),
            point: (self.tablet.point() >= 0).then(|| (self.tablet.point(), axis.place(self.tablet.point()))),
            reads: self.reads(&axis, &homes),
            readable: self.readable(&axis, window),
            vertices: if vertices.len() > VERTICES_MAX { Vec::new() } else { vertices },
            missing: self
                .tablet
                .missed_ranges(self.newest())
                .map(|range| {
                    let (x0, x1) = axis.edges(range);
                    Fold { range, x0, x1 }
                })
                .collect(),
            pick,
            why,
            visible: self.visible(),
            changed: self.changed().to_vec(),
            totals: self.totals(),
        }
    }

    /// The path that serves a version now, as a screen draws it.
    pub fn path_to(&self, version: Version) -> Option<Vec<PathStop>> {
        let mut path = Vec::new();
        self.read(version, &mut path).ok()?;
        let (axis, rows) = (self.axis(), self.path_rows());
        let homes = self.homes(&rows);
        let stop = |(range, meta, live): (_, Option<&RowsetMeta>, _)| {
            self.stop((meta.map_or(RowsetId(0), |meta| meta.id), range, live), &axis, &homes)
        };
        Some(self.tablet.rowsets_on(&path).map(stop).collect())
    }

    /// The stale path of a stale range, and when it may go.
    pub fn stale_home(&self, range: VersionRange) -> Option<(u64, Option<SimTime>)> {
        let on = |path: &&StalePath| path.members.iter().any(|member| member.0 == range);
        let path = self.tablet.stale_paths().find(on)?;
        Some((path.id.0, self.expiry(path)))
    }

    /// When a stale path may go; nothing where age does not decide.
    fn expiry(&self, path: &StalePath) -> Option<SimTime> {
        match self.knobs.delayed_deletion {
            DelayedDeletion::BySize => None,
            _ if self.knobs.sweep_every_s == 0 => None,
            _ => Some(path.newest + self.sweep_after()),
        }
    }

    pub(super) fn axis(&self) -> Axis {
        let mut values: Vec<Version> =
            self.tablet.graph().vertices().filter(|(_, orphan)| !orphan).map(|(value, _)| value).collect();
        if values.first().is_none_or(|&first| first > 0) {
            values.insert(0, 0);
        }
        Axis::new(values)
    }

    fn totals(&self) -> Totals {
        let mut path = Vec::new();
        let served = self.read(self.newest(), &mut path).is_ok();
        Totals {
            live: self.tablet.live_len() as u64,
            live_bytes: self.tablet.live_bytes(),
            stale: self.tablet.stale_len() as u64,
            stale_bytes: self.tablet.stale_bytes(),
            path_len: if served { path.len() as u64 } else { 0 },
            already_merged: self.already_merged,
            served: self.served,
            vertices: self.tablet.graph().vertex_count() as u64,
            orphans: self.tablet.graph().orphan_count() as u64,
            leaked: self.tablet.leaked().len() as u64,
            too_many: self.refusals().1,
            version_limit: self.knobs.version_limit().into(),
            write_amplification: self.write_amplification(),
            space_amplification: self.space_amplification(),
            meta_saves: self.tablet.meta_writes().saves,
            meta_saves_one_by_one: self.tablet.meta_writes().one_by_one,
        }
    }

    /// Hue of a rowset.
    pub(super) fn heat(&self, meta: &RowsetMeta) -> Heat {
        if meta.delete_predicate {
            Heat::Delete
        } else if meta.range.is_single() {
            Heat::Fresh
        } else if meta.range.end < self.tablet.point() && meta.range.start <= 2 {
            Heat::Base
        } else {
            Heat::Cumulative
        }
    }

    fn brick(&self, meta: &RowsetMeta, axis: &Axis) -> Brick {
        let (x0, x1) = axis.edges(meta.range);
        let heat = self.heat(meta);
        let known = |fact| !meta.unknown.has(fact);
        Brick {
            id: meta.id,
            range: meta.range,
            x0,
            x1,
            bytes: known(Unknown::BYTES).then_some(meta.bytes),
            rows: known(Unknown::ROWS).then_some(meta.rows),
            heat,
            segments: known(Unknown::SEGMENTS).then_some(meta.segments),
            overlapping: meta.is_overlapping(),
            empty: meta.segments == 0 && known(Unknown::SEGMENTS),
            count: 1,
        }
    }

    fn stale_path(
        &self,
        path: &StalePath,
        axis: &Axis,
        rows: &SortedMap<PathId, u32>,
        window: &TabletWindow,
    ) -> Option<StalePathView> {
        let range = path.range()?;
        let (x0, x1) = axis.edges(range);
        let members = path.members.iter().filter_map(|member| self.tablet.stale_member(path.id, member.0));
        let stale_since = path.newest;
        Some(StalePathView {
            id: path.id,
            row: rows.get(&path.id).copied().unwrap_or(1),
            range,
            x0,
            x1,
            members: join(members.map(|meta| self.brick(meta, axis)), window.join_below),
            stale_since,
            expires_at: self.expiry(path),
            time_known: !self.untimed.contains(&path.id),
        })
    }

    fn ghosts(&self, axis: &Axis) -> Vec<GhostPath> {
        self.ghosts
            .iter()
            .filter_map(|ghost| {
                let range = VersionRange::new(ghost.members.first()?.start, ghost.members.last()?.end);
                let (x0, x1) = axis.edges(range);
                let members = ghost
                    .members
                    .iter()
                    .map(|&member| {
                        let (x0, x1) = axis.edges(member);
                        (member, x0, x1)
                    })
                    .collect();
                let over = |path: &&StalePath| path.range().is_some_and(|other| other.contains(range));
                let row = 1 + self.tablet.stale_paths().filter(over).count() as u32;
                Some(GhostPath {
                    id: ghost.id,
                    row,
                    range,
                    x0,
                    x1,
                    members,
                    swept_at: ghost.at,
                    swept_step: ghost.step,
                })
            })
            .collect()
    }

    /// Row of every stale path: one above everything that covers its first version. Ranges nest,
    /// so a path lies exactly over the output it became.
    fn path_rows(&self) -> SortedMap<PathId, u32> {
        let mut order: Vec<(VersionRange, PathId)> =
            self.tablet.stale_paths().filter_map(|path| Some((path.range()?, path.id))).collect();
        sort_by_key(&mut order, |(range, id)| (range.start, Reverse(range.end), Reverse(*id)));
        let mut open: Vec<(Version, u32)> = Vec::new();
        let mut rows = SortedMap::default();
        for (range, id) in order {
            open.retain(|&(end, _)| end >= range.start);
            let row = 1 + open.iter().map(|&(_, row)| row).max().unwrap_or(0);
            open.push((range.end, row));
            rows.insert(id, row);
        }
        rows
    }

    /// Which stale path a stale range stands on.
    fn homes(&self, rows: &SortedMap<PathId, u32>) -> SortedMap<VersionRange, Placed> {
        let mut homes = SortedMap::default();
        for path in self.tablet.stale_paths() {
            let row = rows.get(&path.id).copied().unwrap_or(1);
            for member in &path.members {
                homes.insert(member.0, Placed { id: path.id, row });
            }
        }
        homes
    }

    fn stop(
        &self,
        (id, range, live): (RowsetId, VersionRange, bool),
        axis: &Axis,
        homes: &SortedMap<VersionRange, Placed>,
    ) -> PathStop {
        let (x0, x1) = axis.edges(range);
        let meta = self.tablet.rowset_at(range);
        let home = if self.tablet.live_at(range).is_some_and(|meta| meta.id == id) {
            None
        } else {
            homes.get(&range)
        };
        let bytes =
            meta.filter(|meta| meta.id == id && !meta.unknown.has(Unknown::BYTES)).map(|meta| meta.bytes);
        let row = home.map_or(u32::from(!live && self.tablet.live_at(range).is_none()), |home| home.row);
        PathStop { rowset: id, range, x0, x1, stale_path: home.map(|home| home.id), row, bytes }
    }

    fn reads(&self, axis: &Axis, homes: &SortedMap<VersionRange, Placed>) -> Vec<ReadView> {
        let view = |read: &Read| ReadView {
            id: read.id,
            version: read.version,
            started_at: read.started_at,
            ended_at: (!matches!(read.outcome, Outcome::Waiting { .. })).then_some(read.ended_at),
            step: read.step,
            state: self.read_state(read, axis, homes),
        };
        let mut reads: Vec<ReadView> = self.waiting.values().take(8).map(view).collect();
        reads.extend(self.ended.iter().rev().map(view));
        reads
    }

    fn read_state(&self, read: &Read, axis: &Axis, homes: &SortedMap<VersionRange, Placed>) -> ReadState {
        match &read.outcome {
            Outcome::Waiting { captures_at } => ReadState::Waiting { captures_at: *captures_at },
            Outcome::Served { path } => {
                ReadState::Served { path: path.iter().map(|&stop| self.stop(stop, axis, homes)).collect() }
            }
            Outcome::Failed { code, partial, stuck_at } => {
                let inside = self
                    .tablet
                    .live()
                    .find(|meta| meta.range.contains_version(read.version) && meta.range.end > read.version)
                    .map(|meta| meta.range);
                let swept = self
                    .ghosts
                    .iter()
                    .rev()
                    .find(|ghost| ghost.members.iter().any(|member| member.end == read.version))
                    .map(|ghost| (ghost.id, ghost.at, ghost.step));
                ReadState::Failed {
                    code: *code,
                    partial: partial.iter().map(|&stop| self.stop(stop, axis, homes)).collect(),
                    stuck_at: (*stuck_at, axis.place(*stuck_at)),
                    wanted_x: axis.place(read.version + 1),
                    inside,
                    swept,
                    missing: self.tablet.missed_ranges(read.version).collect(),
                    complete_search_finds: self
                        .tablet
                        .graph()
                        .capture_complete(VersionRange::new(0, read.version))
                        .is_some(),
                }
            }
        }
    }

    /// The readable lane: for the last version of every stretch the answer, for those inside it no.
    fn readable(&self, axis: &Axis, window: &TabletWindow) -> Vec<ReadableRun> {
        let reachable = self.reachable();
        let mut live_until = -1;
        let mut live_ends = Vec::new();
        for meta in self.tablet.live() {
            if meta.range.start != live_until + 1 {
                break;
            }
            live_until = meta.range.end;
            live_ends.push(live_until + 1);
        }
        let mut runs: Vec<ReadableRun> = Vec::new();
        let mut push = |run: ReadableRun| match runs.last_mut() {
            // Neighbours that share an answer join where single versions could not be told apart.
            Some(last)
                if last.readable == run.readable
                    && window.join_below > 0
                    && run.x1 - run.x0 < window.join_below =>
            {
                last.range.end = run.range.end;
                last.x1 = run.x1;
            }
            _ => runs.push(run),
        };
        for (range, x0, x1) in axis.stretches().filter(|(_, x0, x1)| *x1 >= window.from && *x0 <= window.to) {
            let vertex = range.end + 1;
            let readable = if live_ends.binary_search(&vertex).is_ok() {
                Readable::Live
            } else if reachable.binary_search(&vertex).is_ok() {
                Readable::Stale
            } else {
                Readable::No
            };
            let last = axis.place(range.end);
            if range.start < range.end {
                let inside = VersionRange::new(range.start, range.end - 1);
                push(ReadableRun { range: inside, x0, x1: last, readable: Readable::No });
            }
            push(ReadableRun { range: VersionRange::single(range.end), x0: last, x1, readable });
        }
        runs
    }

    /// Vertices at which the reference's capture from 0 ends well, ascending.
    fn reachable(&self) -> Vec<Version> {
        let all = self.tablet.graph().reachable_from(0);
        if self.sound || all.len() > GREEDY_MAX {
            return all;
        }
        // Crossing ranges: the greedy walk may miss what the complete search finds.
        let mut path = Vec::new();
        all.into_iter()
            .filter(|&vertex| {
                path.clear();
                let asked = VersionRange::new(0, vertex - 1);
                vertex > 0 && self.tablet.capture(asked, CaptureOptions::default(), &mut path).is_ok()
            })
            .collect()
    }

    /// What the scheduler's next cumulative round would do.
    fn pick(&self, axis: &Axis) -> (Option<PickView>, WhyView) {
        self.told(&self.selection(Kind::Cumulative), axis)
    }

    /// A selection with its places on the axis.
    pub(super) fn told(&self, selection: &Selection, axis: &Axis) -> (Option<PickView>, WhyView) {
        let pick = &selection.pick;
        let place = |run: &Rejected| {
            let (x0, x1) = axis.edges(run.range);
            RejectedView { run: *run, x0, x1 }
        };
        let why = WhyView {
            policy: self.knobs.policy,
            rule: pick.why.rule,
            code: selection.code,
            facts: pick.why.facts.clone(),
            rejected: pick.why.rejected.iter().take(REJECTED_MAX).map(place).collect(),
            point: selection.point,
            said: pick.why.said.clone(),
            fault: pick.why.fault.clone(),
        };
        let view = pick.range().map(|range| {
            let (x0, x1) = axis.edges(range);
            let inputs = pick.inputs.iter().map(|input| input.1).collect();
            PickView { range, x0, x1, inputs, score: pick.score }
        });
        (view, why)
    }
}

/// Joins neighbours narrower than `below` units.
fn join(bricks: impl Iterator<Item = Brick>, below: u32) -> Vec<Brick> {
    let mut joined: Vec<Brick> = Vec::new();
    for brick in bricks {
        match joined.last_mut() {
            Some(last)
                if below > 0
                    && brick.x1 - brick.x0 < below
                    && last.x1 == brick.x0
                    && brick.x1 - last.x0 <= below
                    && last.heat == brick.heat =>
            {
                last.range.end = brick.range.end;
                last.x1 = brick.x1;
                last.count += brick.count;
                last.bytes = last.bytes.zip(brick.bytes).map(|(left, right)| left + right);
                last.rows = last.rows.zip(brick.rows).map(|(left, right)| left + right);
                last.segments = last.segments.zip(brick.segments).map(|(left, right)| left + right);
                last.overlapping |= brick.overlapping;
                last.empty &= brick.empty;
            }
            _ => joined.push(brick),
        }
    }
    joined
}

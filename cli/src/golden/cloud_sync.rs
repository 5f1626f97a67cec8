//! `cloud_sync`: two backends and one meta-service, one tablet.
//!
//! Nothing is set up behind the mechanisms' backs: a load begins, prepares, commits and gets its version
//! from the partition; a compaction is a job; a sync is a request and its answer.

use super::case::{CaseError, OpsCase, Outcome, Verdict, compare, parse};
use super::json::{Span, range, span, spans};
use serde::Deserialize;
use std::collections::BTreeMap;
use tabletop_core::base::{
    BackendId, JobId, PartitionId, PathId, RowsetId, SimTime, TableId, TabletId, TxnId, Version, VersionRange,
};
use tabletop_core::cloud::{
    ByTxn, CloudRowset, CloudTablet, CommitTxn, FinishJob, HoleRule, Job, JobKind, MetaService, MsError,
    NewTablet, OwnCompaction, StartJob, SyncCursor, SyncOptions, SyncOutcome, SyncRule, TabletIndex,
    TabletMeta, TxnBitmap, is_hole,
};
use tabletop_core::rowset::RowsetMeta;
use tabletop_core::tablet::SweepRule;

const TABLET: TabletId = TabletId(1);
const INDEX: TabletIndex = TabletIndex { db: 1, table: TableId(1), index: 1, partition: PartitionId(1) };
const BACKENDS: usize = 2;

pub(super) fn run(line: &str) -> Result<Verdict, CaseError> {
    let case: OpsCase = parse(line)?;
    let mut subject = Subject::new();
    case.run(|op| subject.carry_out(op))
}

/// `[start, end, name, bytes]`.
type Rowset = (i64, i64, String, u64);
/// `[start, end, name]`.
type Named = (i64, i64, String);

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
enum Op {
    MsCreate {
        now: u64,
        rowset: Rowset,
        cp: i64,
    },
    MsLoad {
        now: u64,
        rowset: Rowset,
    },
    MsEmptyVersion {
        version: i64,
    },
    Sync {
        be: usize,
        now: u64,
        full: bool,
        partition_max_version: i64,
        expect: Synced,
    },
    Compact {
        be: usize,
        #[serde(rename = "type")]
        kind: Kind,
        now: u64,
        input: Span,
        output: Option<Rowset>,
        output_cumulative_point: Option<i64>,
        stats: Option<Stats>,
        expect: Compacted,
    },
    BeGc {
        be: usize,
        now: u64,
        stale_sweep_time_sec: u64,
        expect: Swept,
    },
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Cumulative,
    EmptyCumulative,
    Base,
    Full,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stats {
    bc: i64,
    cc: i64,
    fc: i64,
    cp: i64,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Synced {
    request_start: i64,
    ranges: Vec<Span>,
    response: Vec<Named>,
    holes_filled: u64,
    state: State,
}

/// `applied` and `state` only where the job was started.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Compacted {
    prepare: String,
    applied: Option<bool>,
    state: Option<State>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Swept {
    removed: usize,
    state: State,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    max_version: i64,
    bc: i64,
    cc: i64,
    fc: i64,
    cp: i64,
    base_size: u64,
    rs: Vec<Named>,
    stale: Vec<Named>,
    paths: Vec<Path>,
    unused: Vec<String>,
    capture_code: i32,
    /// With code 0 only.
    capture: Option<Vec<Span>>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Path {
    id: u64,
    max_ts: u64,
    versions: Vec<Span>,
}

struct Backend {
    tablet: CloudTablet,
    loads: ByTxn<TxnBitmap>,
    /// What became unused since the last state; recordings have the names in order.
    unused: Vec<RowsetMeta>,
}

struct Subject {
    meta_service: MetaService,
    backends: Vec<Backend>,
    /// Numbers of rowset names, and the other way round.
    ids: BTreeMap<String, RowsetId>,
    names: Vec<String>,
    jobs: u64,
    now: SimTime,
}

fn told(error: MsError) -> String {
    error.to_string()
}

impl Subject {
    fn new() -> Self {
        let backend = || Backend {
            tablet: CloudTablet::new(TABLET, TabletMeta::default(), HoleRule::Each),
            loads: ByTxn::default(),
            unused: Vec::new(),
        };
        Self {
            meta_service: MetaService::new("golden", SyncRule::Newest),
            backends: (0..BACKENDS).map(|_| backend()).collect(),
            ids: BTreeMap::new(),
            names: Vec::new(),
            jobs: 0,
            now: SimTime::ZERO,
        }
    }

    fn carry_out(&mut self, op: Op) -> Result<Outcome, String> {
        match op {
            Op::MsCreate { now, rowset, cp } => {
                let first = self.meta(&rowset, now);
                let new =
                    NewTablet { tablet: TABLET, index: INDEX, meta: TabletMeta::default(), first, point: cp };
                self.meta_service.create_tablet(&new, SimTime::from_secs(now)).map_err(told)?;
                Ok(None)
            }
            Op::MsLoad { now, rowset } => self.load(&rowset, now),
            Op::MsEmptyVersion { version } => {
                let txn = self.begin()?;
                let commit = CommitTxn {
                    txn,
                    empty_partitions: vec![(INDEX.table, INDEX.partition)],
                    ..CommitTxn::default()
                };
                let committed = self.meta_service.commit_txn(&commit, self.now).map_err(told)?;
                Ok(compare(&version, &committed.versions[0].version))
            }
            Op::Sync { be, now, full, partition_max_version, expect } => {
                self.sync(be, now, full, partition_max_version, &expect)
            }
            Op::Compact { be, kind, now, input, output, output_cumulative_point, stats, expect } => {
                let Some((output, point, stats)) = gather(output, output_cumulative_point, stats)? else {
                    return self.compact(be, kind, now, input, None, &expect);
                };
                self.compact(be, kind, now, input, Some((output, point, stats)), &expect)
            }
            Op::BeGc { be, now, stale_sweep_time_sec, expect } => {
                let rule =
                    SweepRule { ttl: SimTime::from_secs(stale_sweep_time_sec), ..SweepRule::default() };
                let backend = self.backends.get_mut(be).ok_or("no such backend")?;
                let sweep = backend.tablet.expire(SimTime::from_secs(now), &rule);
                let removed = sweep.unused.len();
                backend.unused.extend(sweep.unused);
                if sweep.rebuilt {
                    take_over_ids(&mut backend.tablet, &expect.state.paths);
                }
                let got = Swept { removed, state: self.state(be) };
                Ok(compare(&expect, &got))
            }
        }
    }

    fn begin(&mut self) -> Result<TxnId, String> {
        self.jobs += 1;
        let label = format!("load-{}", self.jobs);
        self.meta_service.begin_txn(INDEX.db, &label, SimTime::from_secs(600), self.now).map_err(told)
    }

    fn load(&mut self, rowset: &Rowset, now: u64) -> Result<Outcome, String> {
        self.now = SimTime::from_secs(now);
        let txn = self.begin()?;
        let mut meta = self.meta(rowset, now);
        meta.range = VersionRange::single(-1);
        let written = CloudRowset { meta, txn, visible_at: None, schema_version: 0 };
        self.meta_service.prepare_rowset(TABLET, &written, self.now).map_err(told)?;
        self.meta_service.commit_rowset(TABLET, &written).map_err(told)?;
        let commit = CommitTxn { txn, ..CommitTxn::default() };
        let committed = self.meta_service.commit_txn(&commit, self.now).map_err(told)?;
        let version = committed.versions[0].version;
        Ok(compare(&(rowset.0, rowset.1), &(version, version)))
    }

    fn sync(
        &mut self,
        be: usize,
        now: u64,
        full: bool,
        partition_max_version: Version,
        expect: &Synced,
    ) -> Result<Outcome, String> {
        self.now = SimTime::from_secs(now);
        let options = SyncOptions { full, ..SyncOptions::default() };
        let backend = self.backends.get_mut(be).ok_or("no such backend")?;
        let outcome = backend
            .tablet
            .sync_rowsets(&options, &mut self.meta_service, &mut backend.loads, self.now)
            .map_err(told)?;
        let SyncOutcome::Synced { changed, request, reply, .. } = outcome else {
            return Err(format!("no sync took place: {outcome:?}"));
        };
        backend.unused.extend(changed.unused);
        if let Some(differs) = compare(&partition_max_version, &reply.partition_version) {
            return Ok(Some(differs));
        }
        let got = Synced {
            request_start: request.asked.start,
            ranges: reply.ranges.iter().map(|range| span(range.range)).collect(),
            response: reply.rowsets.iter().map(|rowset| self.named(&rowset.meta)).collect(),
            holes_filled: changed.holes,
            state: self.state(be),
        };
        Ok(compare(expect, &got))
    }

    fn compact(
        &mut self,
        be: usize,
        kind: Kind,
        now: u64,
        input: Span,
        output: Option<(Rowset, i64, Stats)>,
        expect: &Compacted,
    ) -> Result<Outcome, String> {
        self.now = SimTime::from_secs(now);
        self.jobs += 1;
        let kind = match kind {
            Kind::Cumulative => JobKind::Cumulative,
            Kind::EmptyCumulative => JobKind::EmptyCumulative,
            Kind::Base => JobKind::Base,
            Kind::Full => JobKind::Full,
        };
        let later = self.now + SimTime::from_secs(80);
        let id = JobId(self.jobs);
        let backend = BackendId(be as u64);
        let job = Job { id, kind, backend, input: range(input), expires_at: later, leased_until: later };
        let cursor = self.backends.get(be).ok_or("no such backend")?.tablet.cursor();
        let start = StartJob { tablet: TABLET, job, cursor, by_range: false };
        if let Err(refused) = self.meta_service.start_job(&start, self.now) {
            self.backends[be].tablet.view_is_stale();
            let got = Compacted { prepare: refused.name().to_string(), applied: None, state: None };
            return Ok(compare(expect, &got));
        }
        let (output, output_point, stats) =
            output.ok_or("a job that starts has an output, a point and stats")?;
        // An output has a transaction of its own, far from those of loads.
        let txn = TxnId(id.0 | 1 << 40);
        let meta = self.meta(&output, now);
        let written = CloudRowset { meta, txn, visible_at: None, schema_version: 0 };
        self.meta_service.prepare_rowset(TABLET, &written, self.now).map_err(told)?;
        self.meta_service.commit_rowset(TABLET, &written).map_err(told)?;
        let finish =
            FinishJob { tablet: TABLET, job: id, output: Some(txn), output_point, locked_table: None };
        let after = self.meta_service.finish_job(&finish, self.now).map_err(told)?.cursor;
        if let Some(differs) = compare(&stats, &Stats::of(after)) {
            return Ok(Some(differs));
        }
        let own = self.backends[be].tablet.apply_compaction(kind, job.input, Some(meta), after, self.now);
        let applied = match own {
            OwnCompaction::Applied(changed) => {
                self.backends[be].unused.extend(changed.unused);
                true
            }
            OwnCompaction::SyncWasFaster | OwnCompaction::PointMoved { .. } => false,
        };
        let got =
            Compacted { prepare: "OK".to_string(), applied: Some(applied), state: Some(self.state(be)) };
        Ok(compare(expect, &got))
    }

    fn meta(&mut self, (start, end, name, bytes): &Rowset, now: u64) -> RowsetMeta {
        let next = RowsetId(self.names.len() as u64);
        let id = *self.ids.entry(name.clone()).or_insert(next);
        if id == next {
            self.names.push(name.clone());
        }
        let range = VersionRange::new(*start, *end);
        RowsetMeta { bytes: *bytes, ..RowsetMeta::empty(id, range, SimTime::from_secs(now)) }
    }

    fn named(&self, meta: &RowsetMeta) -> Named {
        let name = if is_hole(meta.id) {
            format!("hole{}", meta.range.end)
        } else {
            self.names[meta.id.0 as usize].clone()
        };
        (meta.range.start, meta.range.end, name)
    }

    fn state(&mut self, be: usize) -> State {
        let unused = std::mem::take(&mut self.backends[be].unused);
        let tablet = &self.backends[be].tablet;
        let cursor = tablet.cursor();
        let mut path = Vec::new();
        let code = tablet.capture(tablet.max_version(), &mut path).err().map_or(0, |error| error.code());
        let rowsets = tablet.rowsets();
        let mut names: Vec<_> = unused.iter().map(|meta| self.named(meta).2).collect();
        names.sort();
        State {
            max_version: tablet.max_version(),
            bc: cursor.base,
            cc: cursor.cumulative,
            fc: cursor.full,
            cp: cursor.point,
            base_size: tablet.base_bytes(),
            rs: rowsets.live().map(|meta| self.named(meta)).collect(),
            stale: rowsets.stale().map(|stale| self.named(&stale.meta)).collect(),
            paths: paths(tablet),
            unused: names,
            capture_code: code,
            capture: (code == 0).then(|| spans(&path)),
        }
    }
}

impl Stats {
    const fn of(cursor: SyncCursor) -> Self {
        Self { bc: cursor.base, cc: cursor.cumulative, fc: cursor.full, cp: cursor.point }
    }
}

/// All three, or none.
fn gather<A, B, C>(a: Option<A>, b: Option<B>, c: Option<C>) -> Result<Option<(A, B, C)>, String> {
    match (a, b, c) {
        (Some(a), Some(b), Some(c)) => Ok(Some((a, b, c))),
        (None, None, None) => Ok(None),
        _ => Err("output, output_cumulative_point and stats come together".to_string()),
    }
}

fn paths(tablet: &CloudTablet) -> Vec<Path> {
    let path = |path: &tabletop_core::version_graph::StalePath| Path {
        id: path.id.0,
        max_ts: path.newest.secs(),
        versions: path.members.iter().map(|&(range, _)| span(range)).collect(),
    };
    tablet.rowsets().stale_paths().map(path).collect()
}

/// After a rebuild paths are numbered by the order of a hash map in the reference.
fn take_over_ids(tablet: &mut CloudTablet, expected: &[Path]) {
    let mut ours = paths(tablet);
    let mut pairs = Vec::new();
    for theirs in expected {
        let same = |path: &Path| path.max_ts == theirs.max_ts && path.versions == theirs.versions;
        let Some(at) = ours.iter().position(same) else { continue };
        pairs.push((PathId(ours.swap_remove(at).id), PathId(theirs.id)));
    }
    tablet.renumber_paths(&pairs);
}

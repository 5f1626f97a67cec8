//! The smallest cases that show what is meant; `tests/models/cloud.rs` has random ones.

use super::*;
use crate::base::{
    BackendId, INFINITE_VERSION, JobId, PartitionId, RowsetId, SimTime, TableId, TabletId, TxnId, Version,
    VersionRange,
};
use crate::rowset::RowsetMeta;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

const TABLET: TabletId = TabletId(7);
const INDEX: TabletIndex = TabletIndex { db: 1, table: TableId(2), index: 3, partition: PartitionId(4) };
const NOW: SimTime = SimTime::from_secs(1_000);

fn range(start: Version, end: Version) -> VersionRange {
    VersionRange::new(start, end)
}

fn rs(id: u64, start: Version, end: Version) -> RowsetMeta {
    RowsetMeta { bytes: 10, rows: 1, ..RowsetMeta::empty(RowsetId(id), range(start, end), NOW) }
}

fn service(merge_on_write: bool) -> MetaService {
    let mut service = MetaService::new("i", SyncRule::Newest);
    let meta = TabletMeta { merge_on_write, ..TabletMeta::default() };
    let new = NewTablet { tablet: TABLET, index: INDEX, meta, first: rs(0, 0, 1), point: 2 };
    service.create_tablet(&new, NOW).expect("the first of its id");
    service
}

fn written(txn: TxnId, id: u64) -> CloudRowset {
    CloudRowset { meta: rs(id, -1, -1), txn, visible_at: None, schema_version: 0 }
}

fn load(service: &mut MetaService, id: u64) -> (TxnId, Version) {
    let txn = service.begin_txn(1, &format!("l{id}"), SimTime::from_secs(60), NOW).expect("a new label");
    service.prepare_rowset(TABLET, &written(txn, id), NOW).expect("known");
    service.commit_rowset(TABLET, &written(txn, id)).expect("once");
    let committed = service.commit_txn(&CommitTxn { txn, ..CommitTxn::default() }, NOW).expect("open");
    (txn, committed.versions[0].version)
}

fn job(id: u64, kind: JobKind, input: VersionRange) -> Job {
    let later = NOW + SimTime::from_secs(80);
    Job { id: JobId(id), kind, backend: BackendId(1), input, expires_at: later, leased_until: later }
}

fn start(service: &mut MetaService, job: Job) -> Result<(), MsError> {
    let cursor = service.peek_stats(TABLET).expect("known").cursor;
    service.start_job(&StartJob { tablet: TABLET, job, cursor, by_range: false }, NOW).map(|_| ())
}

fn finish(
    service: &mut MetaService,
    id: u64,
    output: Option<RowsetMeta>,
    output_point: Version,
) -> SyncCursor {
    let txn = TxnId(1_000 + id);
    if let Some(meta) = output {
        service.commit_rowset(TABLET, &CloudRowset { meta, ..written(txn, 0) }).expect("once");
    }
    let output = output.map(|_| txn);
    let finish = FinishJob { tablet: TABLET, job: JobId(id), output, output_point, locked_table: None };
    service.finish_job(&finish, NOW).expect("recorded").cursor
}

fn compact(
    service: &mut MetaService,
    id: u64,
    kind: JobKind,
    output: RowsetMeta,
    point: Version,
) -> SyncCursor {
    start(service, job(id, kind, output.range)).expect("nothing in the way");
    finish(service, id, Some(output), point)
}

fn view(holes: HoleRule) -> CloudTablet {
    CloudTablet::new(TABLET, TabletMeta::default(), holes)
}

fn sync(view: &mut CloudTablet, service: &mut MetaService) -> SyncOutcome {
    view.sync_rowsets(&SyncOptions::default(), service, &mut ByTxn::default(), NOW).expect("known")
}

fn live(view: &CloudTablet) -> Vec<(Version, Version)> {
    view.live().map(|meta| (meta.range.start, meta.range.end)).collect()
}

/// apache/doris#55630: a full compaction to 7464, and right after it a cumulative one.
#[test]
fn the_older_rule_loses_a_rowset_for_good() {
    let be = SyncCursor { base: 14, cumulative: 804, full: 0, point: 7_458 };
    let ms = SyncCursor { base: 15, cumulative: 805, full: 1, point: 7_465 };
    let asked = range(7_487, INFINITE_VERSION);
    let ranges = |rule| -> Vec<_> {
        calc_sync_versions(&be, &ms, asked, rule).iter().map(|found| found.range).collect()
    };
    assert_eq!(ranges(SyncRule::WithoutFull), [range(0, 7_464), asked], "[7465-7486] is never sent");
    assert_eq!(ranges(SyncRule::Newest), [range(0, INFINITE_VERSION)]);
    for rule in [SyncRule::WithoutFull, SyncRule::Newest] {
        let mut service = service(false);
        for id in 1..=7 {
            load(&mut service, id);
        }
        service.set_rule(rule);
        let mut view = view(HoleRule::Each);
        sync(&mut view, &mut service);
        compact(&mut service, 20, JobKind::Full, rs(20, 2, 5), 6);
        compact(&mut service, 21, JobKind::Cumulative, rs(21, 6, 8), 6);
        sync(&mut view, &mut service);
        assert_eq!(view.cursor(), service.peek_stats(TABLET).expect("known").cursor);
        let lost = live(&view) != [(0, 1), (2, 5), (6, 8)];
        assert_eq!(lost, rule == SyncRule::WithoutFull, "{rule:?}: {:?}", live(&view));
    }
}

#[test]
fn a_commit_moves_the_version_and_counts_what_it_touches() {
    let mut service = service(false);
    let (txn, version) = load(&mut service, 1);
    assert_eq!(version, 2);
    let cost = service.last_cost();
    assert_eq!((cost.calls, cost.refused, cost.of(Family::Rowset).keys_written), (1, 0, 1));
    assert_eq!(cost.of(Family::Stats).keys_written, 4, "blind additions");
    assert_eq!(cost.of(Family::Stats).keys_read, 0);
    assert_eq!(service.peek_rowsets(TABLET)[1].meta.range, range(2, 2));
    let again = service.commit_txn(&CommitTxn { txn, ..CommitTxn::default() }, NOW).expect("no harm");
    assert_eq!(again.versions[0].version, 2);
    assert_eq!(service.peek_stats(TABLET).map(|stats| (stats.rowsets, stats.bytes)), Some((2, 20)));
    let refused = service.begin_txn(1, "l1", NOW, NOW).expect_err("taken");
    assert_eq!((refused.name(), service.cost(Call::BeginTxn).refused), ("TXN_LABEL_ALREADY_USED", 1));
}

#[test]
fn a_sync_that_finds_nothing_reads_no_rowset() {
    let mut service = service(false);
    let mut view = view(HoleRule::Each);
    load(&mut service, 1);
    sync(&mut view, &mut service);
    sync(&mut view, &mut service);
    let cost = service.last_cost();
    assert_eq!(cost.of(Family::Rowset).keys_read, 0);
    let read: Vec<_> = Family::ALL.into_iter().filter(|&family| cost.of(family).keys_read > 0).collect();
    assert_eq!(read, [Family::TabletIndex, Family::Stats, Family::PartitionVersion]);
    assert_eq!(view.sync_for(SyncCause::Query, 2), None);
    assert_eq!(view.sync_for(SyncCause::LoadStart, 2), None, "only merge-on-write loads look");
}

#[test]
fn who_claims_to_be_ahead_is_refused() {
    let mut service = service(false);
    let mut request = SyncRequest { tablet: TABLET, asked: range(2, -1), cursor: None };
    assert_eq!(service.get_rowset(&request, NOW).map_err(|error| error.name()), Err("INVALID_ARGUMENT"));
    request.cursor = Some(SyncCursor { full: 1, ..SyncCursor::NEW });
    assert_eq!(service.get_rowset(&request, NOW), Err(MsError::Ahead("full count".into(), 1, 0)));
    request.tablet = TabletId(99);
    assert_eq!(service.get_rowset(&request, NOW), Err(MsError::UnknownTablet(TabletId(99))));
}

#[test]
fn a_lazy_commit_is_completed_by_who_reads_first() {
    let mut service = service(false);
    let txn = service.begin_txn(1, "lazy", SimTime::from_secs(60), NOW).expect("new");
    service.commit_rowset(TABLET, &written(txn, 1)).expect("once");
    let commit = CommitTxn { txn, lazy: true, ..CommitTxn::default() };
    let committed = service.commit_txn(&commit, NOW).expect("open");
    assert_eq!((committed.lazy, committed.versions[0].version), (true, 2));
    assert_eq!(service.peek_rowsets(TABLET).len(), 1);
    let (_, next) = load(&mut service, 2);
    assert_eq!((next, service.cost(Call::ConvertTxn).calls), (3, 1), "the next commit waits for it");
    let txn = service.begin_txn(1, "lazy2", SimTime::from_secs(60), NOW).expect("new");
    service.commit_rowset(TABLET, &written(txn, 3)).expect("once");
    service.commit_txn(&CommitTxn { txn, lazy: true, ..CommitTxn::default() }, NOW).expect("open");
    let mut view = view(HoleRule::Each);
    let SyncOutcome::Synced { reply, .. } = sync(&mut view, &mut service) else { panic!("synced") };
    assert_eq!((reply.advanced, view.max_version()), (Some(txn), 4));
}

#[test]
fn jobs_of_one_kind_are_in_each_others_way() {
    let mut service = service(false);
    for id in 1..=6 {
        load(&mut service, id);
    }
    assert_eq!(start(&mut service, job(1, JobKind::Cumulative, range(4, 5))), Ok(()));
    assert_eq!(start(&mut service, job(1, JobKind::Cumulative, range(4, 5))), Ok(()), "it is recorded");
    let other = job(2, JobKind::Cumulative, range(6, 7));
    assert_eq!(start(&mut service, other).map_err(|error| error.name()), Err("JOB_TABLET_BUSY"));
    let cursor = SyncCursor::NEW;
    let by_range = StartJob { tablet: TABLET, job: other, cursor, by_range: true };
    assert_eq!(service.start_job(&by_range, NOW), Ok(Vec::new()));
    assert_eq!(start(&mut service, job(3, JobKind::EmptyCumulative, range(4, 4))), Ok(()), "another kind");
    let full = StartJob { job: job(4, JobKind::Full, range(2, 7)), ..by_range };
    let evicted = service.start_job(&full, NOW).map(|gone| gone.iter().map(|job| job.id.0).collect());
    assert_eq!(evicted, Ok([1, 2, 3].to_vec()), "it evicts all");
    let gone = service.lease_job(TABLET, JobId(1), NOW, NOW);
    assert_eq!(gone, Err(MsError::UnknownJob(JobId(1))));
    let late = NOW + SimTime::from_secs(81);
    let base = StartJob { tablet: TABLET, job: job(5, JobKind::Base, range(2, 3)), cursor, by_range: false };
    let over = service.start_job(&base, late).map(|gone| gone.iter().map(|job| job.id.0).collect());
    assert_eq!(over, Ok([4].to_vec()), "the full job's lease ran out");
    let stale = StartJob { cursor: SyncCursor { cumulative: -1, ..cursor }, ..base };
    assert_eq!(service.start_job(&stale, NOW).map_err(|error| error.name()), Err("STALE_TABLET_CACHE"));
    service.set_alter_version(TABLET, Some(3)).expect("known");
    let wrong = job(6, JobKind::Cumulative, range(3, 4));
    assert_eq!(start(&mut service, wrong), Err(MsError::JobCheckAlterVersion(3)));
}

#[test]
fn a_merge_by_another_backend_comes_as_a_stale_path() {
    let mut service = service(false);
    for id in 1..=4 {
        load(&mut service, id);
    }
    let mut view = view(HoleRule::Each);
    sync(&mut view, &mut service);
    compact(&mut service, 9, JobKind::Cumulative, rs(9, 2, 4), 5);
    let SyncOutcome::Synced { request, reply, .. } = sync(&mut view, &mut service) else { panic!("synced") };
    assert_eq!((request.asked.start, reply.ranges.len()), (6, 2));
    assert_eq!(reply.ranges[0].range, range(2, 4), "between the points");
    assert_eq!(live(&view), [(0, 1), (2, 4), (5, 5)]);
    assert_eq!(view.rowsets().stale_paths().count(), 1);
    let mut path = Vec::new();
    view.capture(3, &mut path).expect("its parts are still here");
    let mut late = self::view(HoleRule::Each);
    sync(&mut late, &mut service);
    assert_eq!(late.capture(3, &mut path).map_err(|error| error.code()), Err(-230));
    assert_eq!(view.answer_peer(range(0, 3)).map(|answer| answer.len()), Ok(3), "a peer has them");
}

/// Found by reading, section 7.18 of the description: A ends with the same cursor and other rowsets.
#[test]
fn an_empty_cumulative_job_hides_another_backends_merge() {
    let mut service = service(false);
    for id in 1..=4 {
        load(&mut service, id);
    }
    let mut a = view(HoleRule::Each);
    sync(&mut a, &mut service);
    start(&mut service, job(1, JobKind::EmptyCumulative, range(5, 5))).expect("A's");
    compact(&mut service, 2, JobKind::Cumulative, rs(9, 2, 3), 4);
    let after = finish(&mut service, 1, None, 6);
    a.apply_compaction(JobKind::EmptyCumulative, range(5, 5), None, after, NOW);
    assert_eq!((a.cursor().cumulative + 1, a.cursor().point), (after.cumulative, after.point));
    load(&mut service, 5);
    sync(&mut a, &mut service);
    assert_eq!(a.cursor(), service.peek_stats(TABLET).expect("known").cursor);
    assert_eq!(live(&a)[1..3], [(2, 2), (3, 3)], "B's [2-3] never comes");
}

/// Section 7.18 again: two jobs of one backend, the answers in the other order than the commits.
#[test]
fn of_two_merges_the_earlier_is_passed_over_where_the_later_answer_comes_first() {
    for strict in [false, true] {
        let mut service = service(false);
        for id in 1..=5 {
            load(&mut service, id);
        }
        let mut a = view(HoleRule::Each);
        sync(&mut a, &mut service);
        for (id, input) in [(1, range(2, 3)), (2, range(4, 5))] {
            let job = job(id, JobKind::Cumulative, input);
            let by_range = StartJob { tablet: TABLET, job, cursor: a.cursor(), by_range: true };
            service.start_job(&by_range, NOW).expect("their inputs do not meet");
        }
        let outputs = [rs(8, 2, 3), rs(9, 4, 5)];
        let answers =
            [(1, outputs[0]), (2, outputs[1])].map(|(id, output)| finish(&mut service, id, Some(output), 2));
        for (answer, output) in answers.into_iter().zip(outputs).rev() {
            if !strict || a.is_next(JobKind::Cumulative, answer) {
                a.apply_compaction(JobKind::Cumulative, output.range, Some(output), answer, NOW);
            }
        }
        load(&mut service, 6);
        sync(&mut a, &mut service);
        assert_eq!(a.cursor(), service.peek_stats(TABLET).expect("known").cursor);
        let expected: &[_] = if strict { &[(2, 3), (4, 5)] } else { &[(2, 2), (3, 3), (4, 5)] };
        assert_eq!(&live(&a)[1..=expected.len()], expected);
    }
}

#[test]
fn the_point_waits_for_jobs_under_way_where_jobs_are_counted_carefully() {
    let cursor = SyncCursor { cumulative: 3, point: 4, ..SyncCursor::NEW };
    let [empty, merge] =
        [JobKind::EmptyCumulative, JobKind::Cumulative].map(|kind| job(1, kind, range(8, 9)));
    let after = |counting: JobCounting, job: &Job, beside: &[Job], point| {
        counting.advance(job, beside, cursor, point).point
    };
    let (ours, reference) = (JobCounting::Careful, JobCounting::ByKind);
    assert_eq!((after(reference, &empty, &[], 3), after(ours, &empty, &[], 3)), (3, 4));
    let beside = [job(2, JobKind::Cumulative, range(6, 7)), job(3, JobKind::Base, range(2, 3))];
    assert_eq!((after(reference, &merge, &beside, 10), after(ours, &merge, &beside, 10)), (10, 4));
    assert_eq!(after(ours, &merge, &beside[1..], 10), 10);
    assert_eq!(ours.advance(&merge, &beside, cursor, 10).cumulative, 4);
}

fn committed(ids: &[(u64, TxnId)]) -> ByTxn<CommittedRowset> {
    let mut all = ByTxn::default();
    for &(id, txn) in ids {
        all.insert(txn, TABLET, Some(written(txn, id)), SimTime::ZERO, NOW);
    }
    all
}

#[test]
fn notices_out_of_order_wait_or_are_wasted() {
    for order in [NoticeOrder::Wait, NoticeOrder::OnlyNext] {
        let mut service = service(false);
        let mut view = view(HoleRule::Each);
        sync(&mut view, &mut service);
        let loads = [load(&mut service, 1), load(&mut service, 2)];
        let mut mine = committed(&[(1, loads[0].0), (2, loads[1].0)]);
        let mut tell = |view: &mut CloudTablet, (txn, version): (TxnId, Version)| {
            let notice = Notice { txn, tablet: TABLET, version, visible_at: NOW };
            view.notice(&notice, order, &mut mine, &mut ByTxn::default(), 2_000, NOW)
        };
        let first = tell(&mut view, loads[1]);
        let second = tell(&mut view, loads[0]);
        assert_eq!(tell(&mut view, loads[0]), Noticed::Unknown);
        let Noticed::Applied { versions, .. } = second else { panic!("{second:?}") };
        if order == NoticeOrder::Wait {
            assert_eq!((first, versions, view.max_version()), (Noticed::Waits, 2, 3));
        } else {
            assert_eq!((first, versions, view.max_version()), (Noticed::OutOfOrder, 1, 2));
        }
        sync(&mut view, &mut service);
        assert_eq!((live(&view), view.pending_len()), (vec![(0, 1), (2, 2), (3, 3)], 0));
        assert_eq!(view.cursor(), SyncCursor::NEW);
    }
}

#[test]
fn what_a_load_left_behind_expires() {
    let mut mine = committed(&[(1, TxnId(1)), (2, TxnId(2))]);
    assert_eq!(mine.expire(NOW + SimTime::from_secs(1_799)), 0);
    assert_eq!((mine.expire(NOW + SimTime::from_secs(1_800)), mine.len()), (2, 0));
}

#[test]
fn a_publish_may_change_a_meta_until_the_commit() {
    let mut service = service(false);
    let txn = service.begin_txn(1, "columns", SimTime::from_secs(60), NOW).expect("new");
    let before = written(txn, 1);
    service.commit_rowset(TABLET, &before).expect("once");
    let before_extent = Extent { rows: 100, bytes: 5_000, segments: 1 };
    assert_eq!(before_extent.and_again(0), before_extent);
    let extent = before_extent.and_again(3);
    assert_eq!(extent, Extent { rows: 103, bytes: 5_150, segments: 2 });
    let mut after = before;
    extent.put_into(&mut after.meta);
    assert!(after.meta.score() == 2 && Extent::of(&after.meta) == extent);
    let mut entry = TxnBitmap { rowset: Some(before), ..TxnBitmap::default() };
    assert!(!entry.has_extent(extent));
    entry.set_extent(extent);
    assert!(entry.has_extent(extent) && TxnBitmap::default().has_extent(extent));

    service.update_rowset(TABLET, &after).expect("written, not committed");
    let other = written(txn, 2);
    assert_eq!(service.update_rowset(TABLET, &other), Err(MsError::NothingWritten(TABLET, txn)));
    service.commit_txn(&CommitTxn { txn, ..CommitTxn::default() }, NOW).expect("open");
    let stored = service.peek_rowsets(TABLET)[1].meta;
    assert_eq!((stored.range, Extent::of(&stored)), (range(2, 2), extent));
    assert_eq!(service.peek_stats(TABLET).map(|stats| stats.segments), Some(2));
    assert!(service.update_rowset(TABLET, &after).is_err(), "too late");
}

fn mark(rowset: u64, version: Version, rows: &[u32]) -> BitmapEntry {
    BitmapEntry { rowset: RowsetId(rowset), segment: 0, version, rows: rows.to_vec() }
}

#[test]
fn a_publish_looks_at_what_came_since_the_load_began() {
    let mut service = service(true);
    let meta = TabletMeta { merge_on_write: true, ..TabletMeta::default() };
    let mut view = CloudTablet::new(TABLET, meta, HoleRule::Each);
    load(&mut service, 1);
    load(&mut service, 2);
    sync(&mut view, &mut service);
    let mut entry = TxnBitmap {
        known: view.known_rowsets(),
        marks: vec![mark(1, 0, &[3]), mark(2, 0, &[4])],
        ..TxnBitmap::default()
    };
    load(&mut service, 3);
    compact(&mut service, 9, JobKind::Cumulative, rs(9, 2, 3), 4);
    let txn = service.begin_txn(1, "mow", SimTime::from_secs(60), NOW).expect("new");
    service.commit_rowset(TABLET, &written(txn, 5)).expect("once");
    let owner = LockOwner::Load(txn);
    let until = NOW + SimTime::from_secs(10);
    let cursors = service.lock_bitmaps(INDEX.table, owner, &[TABLET], until, NOW).expect("free");
    let request = PublishRequest { version: 5, cursor: Some(cursors[0]), state: TabletState::Running };
    assert!(view.needs_sync_for_publish(&request) && !view.can_publish(5));
    sync(&mut view, &mut service);
    assert!(!view.needs_sync_for_publish(&request) && view.can_publish(5));
    let work = view.publish(&mut entry, vec![mark(3, 0, &[1])], 5);
    let against: Vec<_> = work.against.iter().map(|meta| meta.id.0).collect();
    assert_eq!((against, work.gone.len(), work.lookups(3)), (vec![3, 9], 2, 6));
    assert_eq!(entry.marks, [mark(3, 0, &[1])], "marks on what is gone are thrown away");
    assert!(entry.is_repeated(5, view.cursor()));

    let other = LockOwner::Load(TxnId(99));
    let held = service.lock_bitmaps(INDEX.table, other, &[], until, NOW);
    assert_eq!(held, Err(MsError::LockHeld(owner, until)));
    service.update_bitmaps(TABLET, owner, &[mark(3, 5, &[1])], NOW).expect("held");
    let lost = service.update_bitmaps(TABLET, other, &[mark(3, 5, &[1])], NOW);
    assert_eq!(lost, Err(MsError::LockLost(other)));
    let commit = CommitTxn { txn, locked_tables: vec![INDEX.table], ..CommitTxn::default() };
    service.commit_txn(&commit, NOW).expect("held");
    sync(&mut view, &mut service);
    assert_eq!(view.bitmap().deleted(RowsetId(3), 0, 5).len(), 1);
    assert_eq!(view.bitmap().deleted(RowsetId(3), 0, 4).len(), 0, "an older reader sees the row");
    service.lock_bitmaps(INDEX.table, other, &[], until, NOW).expect("given back");
}

/// Two jobs of one tablet share the lock; what they write belongs to their outputs, and stays.
#[test]
fn marks_of_jobs_side_by_side_stay() {
    let mut service = service(true);
    for id in 1..=6 {
        load(&mut service, id);
    }
    let jobs = [(1, range(2, 3)), (2, range(4, 6))];
    for (id, input) in jobs {
        let job = job(id, JobKind::Cumulative, input);
        let by_range = StartJob { tablet: TABLET, job, cursor: SyncCursor::NEW, by_range: true };
        service.start_job(&by_range, NOW).expect("their inputs do not meet");
        let owner = LockOwner::Compaction(JobId(id));
        service.lock_bitmaps(INDEX.table, owner, &[], NOW, NOW).expect("shared");
        service.update_bitmaps(TABLET, owner, &[mark(20 + id, 7, &[1])], NOW).expect("held");
    }
    for (id, input) in jobs {
        let txn = TxnId(1_000 + id);
        let meta = rs(20 + id, input.start, input.end);
        service.commit_rowset(TABLET, &CloudRowset { meta, ..written(txn, 0) }).expect("once");
        let (output, locked_table) = (Some(txn), Some(INDEX.table));
        let finish = FinishJob { tablet: TABLET, job: JobId(id), output, output_point: 2, locked_table };
        service.finish_job(&finish, NOW).expect("the lock is held");
    }
    let stored = service.peek_rowsets(TABLET);
    let wanted: Vec<_> = stored.iter().map(|rowset| (rowset.meta.id, range(0, 7))).collect();
    let marks = service.peek_bitmaps(TABLET, &wanted);
    assert_eq!(marks, [mark(21, 7, &[1]), mark(22, 7, &[1])]);
}

#[test]
fn marks_of_a_load_that_died_are_removed_by_the_next() {
    let mut service = service(true);
    let until = NOW + SimTime::from_secs(10);
    let (dead, next) = (LockOwner::Load(TxnId(1)), LockOwner::Load(TxnId(2)));
    service.lock_bitmaps(INDEX.table, dead, &[], until, NOW).expect("free");
    service.update_bitmaps(TABLET, dead, &[mark(0, 2, &[1])], NOW).expect("held");
    let later = until + SimTime(1);
    service.lock_bitmaps(INDEX.table, next, &[], later + until, later).expect("the hold ran out");
    service.update_bitmaps(TABLET, next, &[mark(0, 3, &[2])], later).expect("held");
    let wanted = vec![(RowsetId(0), range(0, 9))];
    let request = BitmapRequest { tablet: TABLET, wanted, cursor: SyncCursor::NEW };
    assert_eq!(service.get_bitmaps(&request), Ok(vec![mark(0, 3, &[2])]));
    let older = BitmapRequest { cursor: SyncCursor::default(), ..request };
    assert_eq!(service.get_bitmaps(&older).map_err(|error| error.name()), Err("ROWSETS_EXPIRED"));
}

#[test]
fn replaced_rowsets_are_recycled_with_their_bitmaps() {
    let mut service = service(false);
    load(&mut service, 1);
    load(&mut service, 2);
    compact(&mut service, 9, JobKind::Cumulative, rs(9, 2, 3), 2);
    let gone = service.recycle(NOW + SimTime(1), SimTime::ZERO).expect("no refusal");
    assert_eq!(gone.iter().map(|gone| gone.rowset.0).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(service.recycle(SimTime::MAX, SimTime::MAX).map(|gone| gone.len()), Ok(0));
    let aborted = service.begin_txn(1, "dies", NOW, NOW).expect("new");
    service.prepare_rowset(TABLET, &written(aborted, 5), NOW).expect("known");
    assert_eq!(service.recycle(SimTime::MAX, NOW).map(|gone| gone.len()), Ok(0), "only announced just now");
    service.commit_rowset(TABLET, &written(aborted, 5)).expect("once");
    service.abort_txn(aborted, NOW).expect("open");
    assert_eq!(service.recycle(SimTime::MAX, NOW).map(|gone| gone.len()), Ok(1));
}

fn holes(view: &CloudTablet) -> Vec<(Version, Version)> {
    view.live().filter(|meta| is_hole(meta.id)).map(|meta| (meta.range.start, meta.range.end)).collect()
}

#[test]
fn missing_versions_become_holes_of_bounded_length() {
    let mut view = view(HoleRule::Ranges { max_versions: 4 });
    view.add_rowsets(&[rs(1, 0, 1)], false, NOW);
    view.fill_holes(11, NOW);
    assert_eq!(holes(&view), [(2, 5), (6, 9), (10, 11)]);
    for version in 12..=14 {
        view.fill_holes(version, NOW);
    }
    assert_eq!(holes(&view), [(2, 5), (6, 9), (10, 13), (14, 14)]);
    view.hold(range(14, 14));
    view.fill_holes(15, NOW);
    assert_eq!(holes(&view)[3..], [(14, 14), (15, 15)], "a compaction holds [14-14]");
    view.rowsets().check().expect("sound");
}

#[test]
fn a_rowset_splits_the_hole_it_falls_into() {
    let wide = HoleRule::Ranges { max_versions: 128 };
    let mut view = view(wide);
    view.add_rowsets(&[rs(1, 0, 1)], false, NOW);
    view.fill_holes(10, NOW);
    view.add_rowsets(&[rs(2, 5, 7)], true, NOW);
    assert_eq!(live(&view), [(0, 1), (2, 4), (5, 7), (8, 10)]);
    view.fill_holes(15, NOW);
    assert_eq!(live(&view)[3], (8, 15));
    view.add_rowsets(&[rs(3, 2, 9)], true, NOW);
    assert_eq!(live(&view), [(0, 1), (2, 9), (10, 15)]);
    view.rowsets().check().expect("sound");
    let mut path = Vec::new();
    view.capture(15, &mut path).expect("readable");
}

#[test]
fn a_tablet_that_fills_up_gets_holes_behind_its_alter_version() {
    let not_ready = TabletMeta { state: TabletState::NotReady { alter_version: 4 }, merge_on_write: false };
    let mut view = CloudTablet::new(TABLET, not_ready, HoleRule::Ranges { max_versions: 128 });
    view.add_rowsets(&[rs(1, 0, 1)], false, NOW);
    assert_eq!((view.fill_holes(6, NOW), holes(&view)), (2, vec![(5, 5), (6, 6)]));
}

#[test]
fn keys_are_laid_out_as_the_reference_does() {
    let key = Keys::new("i").rowset(TABLET, 9).into_bytes();
    assert_eq!(key.len(), (4 + 3) + (1 + 3) + (6 + 3) + 9 + 9);
    let text: Vec<_> =
        crate::kv::TupleReader::elements(&key).expect("a tuple").iter().map(|e| format!("{e}")).collect();
    assert_eq!(text, [r#""meta""#, r#""i""#, r#""rowset""#, "7", "9"]);
}

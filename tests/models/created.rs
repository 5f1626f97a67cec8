//! Tablets that are kept as a rule until somebody asks, against the same ones written down at once.

use core::ops::ControlFlow;
use tabletop_core::base::{
    BackendId, JobId, PartitionId, Rng, RowsetId, SimTime, TableId, TabletId, TxnId, VersionRange,
};
use tabletop_core::cloud::{
    CloudRowset, CommitTxn, FinishJob, Job, JobKind, LockOwner, MetaService, NewTablet, NewTablets, StartJob,
    SyncCursor, SyncRequest, SyncRule, TabletIndex, TabletMeta,
};
use tabletop_core::kv::{KeyRange, Order, OrderedKv};
use tabletop_core::rowset::RowsetMeta;

const BUCKETS: u64 = 7;
const TABLES: u64 = 30;
const TABLETS: u64 = TABLES * BUCKETS;
const BEGAN: SimTime = SimTime(5);

fn tablet(at: u64) -> NewTablet {
    let table = at / BUCKETS + 1;
    NewTablet {
        tablet: TabletId(at + 1),
        index: TabletIndex { db: 1, table: TableId(table), index: 1, partition: PartitionId(table) },
        meta: TabletMeta::default(),
        first: RowsetMeta::empty(RowsetId(100 + at), VersionRange::new(0, 1), BEGAN),
        point: 2,
    }
}

/// One call of either, as text: answer or refusal.
fn call(service: &mut MetaService, seed: u64, now: SimTime) -> String {
    let mut rng = Rng::new(seed);
    rng.next_u64();
    let at = rng.below(TABLETS + 2);
    let (tablet, txn) = (TabletId(at + 1), TxnId(1 + rng.below(12)));
    let table = TableId(at / BUCKETS + 1);
    let mut meta = RowsetMeta::empty(RowsetId(1_000 + seed), VersionRange::single(-1), now);
    meta.rows = rng.below(50);
    let rowset = CloudRowset { meta, txn, visible_at: None, schema_version: 0 };
    let job = Job {
        id: JobId(at + 1),
        kind: JobKind::Full,
        backend: BackendId(1),
        input: VersionRange::new(0, 1),
        expires_at: SimTime::MAX,
        leased_until: SimTime::MAX,
    };
    match rng.below(15) {
        0 => format!("{:?}", service.begin_txn(1, &format!("l{seed}"), SimTime::MAX, now)),
        1 | 2 => format!("{:?}", service.prepare_rowset(tablet, &rowset, now)),
        3 | 4 => format!("{:?}", service.commit_rowset(tablet, &rowset)),
        5 => format!("{:?}", service.commit_txn(&CommitTxn { txn, ..CommitTxn::default() }, now)),
        6 | 7 => {
            let asked = VersionRange::new(0, -1);
            let request = SyncRequest { tablet, asked, cursor: Some(SyncCursor::NEW) };
            format!("{:?}", service.get_rowset(&request, now))
        }
        8 => format!("{:?}", service.get_version(1, table, PartitionId(table.0), now)),
        9 => {
            let owner = LockOwner::Load(txn);
            format!("{:?}", service.lock_bitmaps(table, owner, &[tablet], now + SimTime(10), now))
        }
        10 => {
            let start = StartJob { tablet, job, cursor: SyncCursor::NEW, by_range: false };
            format!("{:?}", service.start_job(&start, now))
        }
        11 => {
            let finish = FinishJob { tablet, job: job.id, output: None, output_point: 2, locked_table: None };
            format!("{:?}", service.finish_job(&finish, now))
        }
        12 => format!("{:?}", service.create_tablet(&self::tablet(at.min(TABLETS - 1)), now)),
        13 => format!("{:?}", service.peek_stats(tablet)),
        _ => format!("{:?}", service.peek_rowsets(tablet)),
    }
}

#[test]
fn many_tablets_created_as_a_rule_answer_and_cost_what_written_ones_do() {
    for run in 0..20 {
        let mut written = MetaService::new("models", SyncRule::Newest);
        let mut ruled = written.clone();
        for at in 0..TABLETS {
            written.create_tablet(&tablet(at), BEGAN).expect("new");
        }
        // Two groups, so that the second is found too.
        for (from, tables) in [(0, 10), (10, TABLES - 10)] {
            let (first, of_partition) = (tablet(from * BUCKETS), BUCKETS);
            let new = NewTablets { first, tablets: tables * BUCKETS, of_partition };
            ruled.create_tablets(&new, BEGAN).expect("new");
            assert!(ruled.create_tablets(&new, BEGAN).is_err(), "they are there");
        }
        assert!(ruled.kv().is_empty(), "nothing is written down");
        // What creation cost is counted in one of them only.
        for service in [&mut ruled, &mut written] {
            let began = service.begin_txn(1, "first", SimTime::MAX, BEGAN);
            assert_eq!(began, Ok(TxnId(1)));
        }
        for step in 0..300 {
            let (seed, now) = (run * 1_000 + step, SimTime(10 + step));
            assert_eq!(call(&mut ruled, seed, now), call(&mut written, seed, now), "run {run}, step {step}");
            assert_eq!(ruled.last_cost(), written.last_cost(), "run {run}, step {step}");
        }
        assert!(ruled.kv().len() < written.kv().len());
        for at in 0..TABLETS {
            let (tablet, meta) = (TabletId(at + 1), TabletMeta::default());
            assert_eq!(ruled.get_tablet(tablet), written.get_tablet(tablet));
            assert_eq!(ruled.set_tablet(tablet, &meta), written.set_tablet(tablet, &meta));
        }
        let all = |service: &MetaService| {
            let mut all = Vec::new();
            service.kv().visit(&KeyRange::default(), Order::Ascending, &mut |key, value| {
                all.push((key.to_vec(), value.to_vec()));
                ControlFlow::Continue(())
            });
            all
        };
        assert_eq!(all(&ruled), all(&written), "run {run}");
        assert_eq!(ruled.kv().bytes(), written.kv().bytes());
    }
}

#[test]
fn a_rule_that_would_move_a_partition_is_refused() {
    let mut service = MetaService::new("models", SyncRule::Newest);
    let mut first = tablet(0);
    first.first.range.end = 5;
    let new = NewTablets { first, tablets: 3, of_partition: 3 };
    assert!(service.create_tablets(&new, BEGAN).is_err());
}

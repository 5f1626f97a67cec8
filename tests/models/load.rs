//! The flush executor and the memory tracker against twins that keep lists and scan them; reads
//! with LIMIT against one that looks at every row.

use crate::naive::{NaiveFlush, naive_limit};
use proptest::prelude::*;
use tabletop_core::load::{
    FlushError, FlushExecutor, LoadId, MemTable, MemTableId, MemTracker, Order, Place, TabletsChannel, Taken,
    WriteBuffer,
};
use tabletop_core::rowset::limit::Scan;
use tabletop_core::rowset::upgrade::outage;

#[derive(Clone, Debug)]
enum Op {
    Submit { store: u32, load: u64, tablet: u32 },
    Begin(u32),
    Finish { store: u32, thread: u32, well: bool },
    Cancel(u64),
    Threads(u32),
    Store,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (0_u32..3, 1_u64..4, 0_u32..3).prop_map(|(store, load, tablet)| Op::Submit { store, load, tablet }),
        5 => (0_u32..3).prop_map(Op::Begin),
        5 => (0_u32..3, 0_u32..4, prop::bool::weighted(0.85))
            .prop_map(|(store, thread, well)| Op::Finish { store, thread, well }),
        1 => (1_u64..4).prop_map(Op::Cancel),
        1 => (1_u32..4).prop_map(Op::Threads),
        1 => Just(Op::Store),
    ]
}

const SEGMENTS_MAX: u32 = 9;

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn any_soup_of_flushes(ops in proptest::collection::vec(op(), 0..80), newest: bool) {
        let mut executor = FlushExecutor::new(3, 2);
        let mut naive = NaiveFlush::new(3, 2, newest);
        if newest {
            executor.set_order(Order::NewestFirst);
        }
        let mut next = 1;
        for op in ops {
            match op {
                Op::Submit { store, load, tablet } => {
                    let table = MemTable::new(MemTableId(next), LoadId(load), tablet);
                    next += 1;
                    let answer = executor.submit(store, table, SEGMENTS_MAX);
                    let told = naive.submit(store, table, SEGMENTS_MAX);
                    prop_assert_eq!(
                        answer.map(|ok| (ok.seq, ok.segment, ok.ahead)).map_err(|refused| refused.error),
                        told
                    );
                }
                Op::Begin(store) => {
                    let taken = executor.begin(store).map(|taken| match taken {
                        Taken::Started { thread, task } => (Some(thread), task.seq, task.segment),
                        Taken::Dropped { task } => (None, task.seq, task.segment),
                    });
                    prop_assert_eq!(taken, naive.begin(store));
                }
                Op::Finish { store, thread, well } => {
                    let outcome = if well { Ok(()) } else { Err(FlushError::Disk { store }) };
                    let task = executor.finish(store, thread, outcome).map(|task| task.seq);
                    prop_assert_eq!(task, naive.finish(store, thread, outcome));
                }
                Op::Cancel(load) => {
                    let mut dropped: Vec<u64> =
                        executor.cancel(LoadId(load)).iter().map(|task| task.seq).collect();
                    dropped.sort_unstable();
                    prop_assert_eq!(dropped, naive.cancel(LoadId(load)));
                }
                Op::Threads(threads) => {
                    executor.set_threads(threads);
                    naive.threads = threads;
                }
                Op::Store => {
                    let stored = postcard::to_allocvec(&executor).expect("executors are stored");
                    executor = postcard::from_bytes(&stored).expect("and read");
                }
            }
            prop_assert_eq!(executor.queued(), naive.queue.len() as u64);
            for load in (1..4).map(LoadId) {
                prop_assert_eq!(executor.unfinished(load), naive.unfinished(load));
                prop_assert_eq!(executor.error(load), naive.error(load));
                prop_assert_eq!(executor.most_running(load).0, naive.most_running(load));
            }
        }
    }

    /// Whatever moves where, the tracker says the sum; and what it asks to be flushed brings the
    /// rest below the soft limit.
    #[test]
    fn memory_is_the_sum_of_tables(moves in proptest::collection::vec((0_usize..4, 1_u64..500), 0..60)) {
        let hard = 4_000;
        let (mut tracker, mut lists) = (MemTracker::default(), [vec![], vec![], vec![]]);
        let places = [Place::Active, Place::Queued, Place::Flushing];
        for (kind, bytes) in moves {
            match kind {
                0 => {
                    tracker.insert(bytes);
                    lists[0].push(bytes);
                }
                3 => if let Some(bytes) = lists[2].pop() {
                    tracker.release(bytes, Place::Flushing);
                },
                from => if let Some(bytes) = lists[from - 1].pop() {
                    tracker.shift(bytes, places[from - 1], places[from]);
                    lists[from].push(bytes);
                },
            }
            let sums: Vec<u64> = lists.iter().map(|list| list.iter().sum()).collect();
            prop_assert_eq!(&sums, &places.map(|place| tracker.at(place)).to_vec());
            let used: u64 = sums.iter().sum();
            let need = tracker.need(hard);
            prop_assert_eq!(need > 0, used >= 3_200 && used - 3_200 > sums[1] + sums[2]);
            prop_assert!(need <= sums[0], "{} of {} active bytes", need, sums[0]);
            prop_assert_eq!(tracker.must_wait(hard), used >= hard);
        }
    }

    /// Rows are spread without a loss, as evenly as they divide, whatever the batches.
    #[test]
    fn batches_are_spread_evenly(
        tablets in 1_u32..9,
        batches in proptest::collection::vec((0_u64..100, 0_u64..5_000), 1..30),
    ) {
        let (mut rowset, mut table) = (1, 1);
        let mut channel = TabletsChannel::open(LoadId(1), tablets, &mut rowset, &mut table);
        for (rows, bytes) in &batches {
            let mut full = Vec::new();
            channel.add_batch(*rows, *bytes, 900, &mut full);
            let over = channel.writers().iter().filter(|writer| writer.active.bytes >= 900);
            prop_assert_eq!(full, over.map(|writer| writer.active.tablet).collect::<Vec<_>>());
        }
        let held: Vec<u64> = channel.writers().iter().map(|writer| writer.active.rows).collect();
        let (rows, bytes): (Vec<_>, Vec<_>) = batches.into_iter().unzip();
        prop_assert_eq!(held.iter().sum::<u64>(), rows.iter().sum::<u64>());
        let stored: u64 = channel.writers().iter().map(|writer| writer.active.bytes).sum();
        prop_assert_eq!(stored, bytes.iter().sum::<u64>());
        let (most, least) = (held.iter().max().copied(), held.iter().min().copied());
        prop_assert!(most.unwrap_or(0) - least.unwrap_or(0) <= 1, "{:?}", held);
    }

    #[test]
    fn a_read_with_limit_counts_what_a_row_by_row_read_counts(
        tablets in proptest::collection::vec(0_u64..400, 1..5),
        limit in 1_u64..300,
        (block_rows, round_rows) in (1_u64..20, 1_u64..60),
        pass in 0_u64..=1_000,
        counts: bool,
    ) {
        let scan = Scan { block_rows, round_rows, pass, counts };
        let done = scan.read(&tablets, limit);
        prop_assert_eq!((done.rows, done.delivered, done.rounds), naive_limit(&scan, &tablets, limit));
        prop_assert_eq!(done.raw_rows_read, if counts { done.rows } else { 0 });
        let other = Scan { counts: !counts, ..scan }.read(&tablets, limit);
        prop_assert_eq!(done.delivered, other.delivered, "the fault costs time, not rows");
    }

    #[test]
    fn outages_are_what_a_count_of_replicas_says(
        up in proptest::collection::vec(any::<bool>(), 1..10),
        replicas in 1_u32..5,
    ) {
        let out = outage(&up, replicas);
        let copies = (replicas as usize).min(up.len());
        let alive = |first: usize| (first..first + copies).filter(|at| up[at % up.len()]).count();
        let count = |is: &dyn Fn(usize) -> bool| (0..up.len()).filter(|first| is(alive(*first))).count() as u32;
        prop_assert_eq!(out.unreadable, count(&|alive| alive == 0));
        prop_assert_eq!(out.unwritable, count(&|alive| alive < copies / 2 + 1));
    }
}

#[test]
fn a_memtable_is_four_times_as_large_while_memory_is_plenty() {
    let buffer = WriteBuffer { bytes: 200, adaptive: true };
    let at = |used| buffer.full_at(used, 1_000);
    assert_eq!([at(0), at(500), at(501), at(800), at(801)], [800, 800, 400, 400, 200]);
    assert_eq!(WriteBuffer { adaptive: false, ..buffer }.full_at(0, 1_000), 200);
}

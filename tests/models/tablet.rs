//! `Tablet` against four maps.

use crate::naive::NaiveTablet;
use proptest::prelude::*;
use tabletop_core::base::{RowsetId, SimTime, VersionRange};
use tabletop_core::rowset::RowsetMeta;
use tabletop_core::tablet::{CaptureOptions, Keying, ModifyOptions, SweepRule, SweepStop, Tablet};

/// Numbers that pick something of the state at hand, so that a shrunk history still means something.
#[derive(Clone, Debug)]
enum Op {
    /// The next version.
    Load,
    /// Neighbouring live rowsets, into one of all their versions.
    Merge {
        at: usize,
        count: usize,
        keep_stale: bool,
    },
    /// A live rowset, into one of the same range.
    Rewrite {
        at: usize,
    },
    Sweep {
        age: u64,
        by_size: bool,
    },
    Restart,
    Store,
    // From here on, what only damages a tablet.
    Add {
        range: VersionRange,
        id_back: u64,
    },
    AddWide {
        range: VersionRange,
    },
    AddBulk {
        range: VersionRange,
    },
    Unchecked {
        add: Vec<VersionRange>,
        delete: Vec<(u64, VersionRange)>,
        check: bool,
    },
    Drop {
        at: usize,
        move_to_stale: bool,
    },
}

fn any_range() -> impl Strategy<Value = VersionRange> {
    (0_i64..12, 0_i64..5).prop_map(|(start, length)| VersionRange::new(start, start + length))
}

fn history_op() -> impl Strategy<Value = Op> {
    prop_oneof![
        8 => Just(Op::Load),
        4 => (0_usize..20, 2_usize..6, prop::bool::weighted(0.9))
            .prop_map(|(at, count, keep_stale)| Op::Merge { at, count, keep_stale }),
        2 => (0_usize..20).prop_map(|at| Op::Rewrite { at }),
        2 => (0_u64..12, prop::bool::weighted(0.2)).prop_map(|(age, by_size)| Op::Sweep { age, by_size }),
        1 => Just(Op::Restart),
        1 => Just(Op::Store),
    ]
}

fn soup_op() -> impl Strategy<Value = Op> {
    let delete = proptest::collection::vec((0_u64..6, any_range()), 0..3);
    prop_oneof![
        6 => history_op(),
        1 => (any_range(), 0_u64..4).prop_map(|(range, id_back)| Op::Add { range, id_back }),
        1 => any_range().prop_map(|range| Op::AddWide { range }),
        1 => any_range().prop_map(|range| Op::AddBulk { range }),
        1 => (proptest::collection::vec(any_range(), 0..3), delete, prop::bool::weighted(0.3))
            .prop_map(|(add, delete, check)| Op::Unchecked { add, delete, check }),
        1 => (0_usize..20, any::<bool>()).prop_map(|(at, move_to_stale)| Op::Drop { at, move_to_stale }),
    ]
}

struct Pair {
    tablet: Tablet,
    naive: NaiveTablet,
    now: u64,
    ids: u64,
    stopped: Option<SweepStop>,
}

impl Pair {
    fn new(keying: Keying) -> Self {
        let mut naive =
            NaiveTablet { keyed_by_version: keying == Keying::ByVersion, ..NaiveTablet::default() };
        let first = meta(0, VersionRange::new(0, 1), 0);
        naive.add_inc(first).expect("nothing is there");
        Self { tablet: Tablet::create(&[first], keying), naive, now: 0, ids: 0, stopped: None }
    }

    fn next_meta(&mut self, range: VersionRange) -> RowsetMeta {
        self.ids += 1;
        meta(self.ids, range, self.now)
    }

    fn live(&self, at: usize, count: usize) -> Vec<(RowsetId, VersionRange)> {
        let live = self.tablet.live().map(|meta| (meta.id, meta.range));
        live.skip(at % self.tablet.live_len().max(1)).take(count).collect()
    }

    fn apply(&mut self, op: &Op) {
        self.now += 1;
        let now = SimTime(self.now);
        match op {
            Op::Load => {
                let next = self.tablet.max_version().end + 1;
                let meta = self.next_meta(VersionRange::single(next));
                self.add_inc(meta);
            }
            Op::Merge { at, count, keep_stale } => {
                let delete = self.live(*at, *count);
                let (Some(first), Some(last)) = (delete.first(), delete.last()) else { return };
                let add = [self.next_meta(VersionRange::new(first.1.start, last.1.end))];
                self.modify(&add, &delete, ModifyOptions { check: true, keep_stale: *keep_stale });
            }
            Op::Rewrite { at } => {
                let delete = self.live(*at, 1);
                let Some(first) = delete.first() else { return };
                let add = [self.next_meta(first.1)];
                self.modify(&add, &delete, ModifyOptions::default());
            }
            Op::Sweep { age, by_size } => {
                let rule = SweepRule { ttl: SimTime(*age), by_size: *by_size, ..SweepRule::default() };
                let sweep = self.tablet.sweep(now, &rule);
                let mut ids: Vec<_> = sweep.unused.iter().map(|meta| meta.id).collect();
                let (mut expected, rebuilt) = self.naive.sweep(rule.limit(now));
                ids.sort();
                expected.sort();
                assert_eq!((ids, sweep.rebuilt), (expected, rebuilt));
                self.stopped = self.stopped.or(sweep.stopped);
            }
            Op::Restart => {
                self.tablet.restart();
                self.naive.restart();
            }
            Op::Store => {
                let stored = postcard::to_allocvec(&self.tablet).expect("tablets are stored");
                let again: Tablet = postcard::from_bytes(&stored).expect("and read");
                assert_eq!(again, self.tablet);
                self.tablet = again;
            }
            Op::Add { range, id_back } => {
                let mut meta = self.next_meta(*range);
                meta.id = RowsetId(self.ids.saturating_sub(*id_back));
                self.add_inc(meta);
            }
            Op::AddWide { range } => {
                let meta = self.next_meta(*range);
                let added = self.tablet.add_rowset(meta, now).map(drop).map_err(|error| error.code());
                assert_eq!(added, self.naive.add(meta, now));
            }
            Op::AddBulk { range } => {
                let metas = [self.next_meta(*range), self.next_meta(*range)];
                self.tablet.add_rowsets(&metas);
                self.naive.add_bulk(&metas);
            }
            Op::Unchecked { add, delete, check } => {
                let add: Vec<_> = add.iter().map(|&range| self.next_meta(range)).collect();
                let id = |back: u64| RowsetId(self.ids.saturating_sub(back));
                let delete: Vec<_> = delete.iter().map(|&(back, range)| (id(back), range)).collect();
                self.modify(&add, &delete, ModifyOptions { check: *check, keep_stale: true });
            }
            Op::Drop { at, move_to_stale } => {
                let delete = self.live(*at, 2);
                let ranges: Vec<_> = delete.iter().map(|key| key.1).collect();
                let modified = self.tablet.delete_rowsets(&ranges, *move_to_stale, now);
                let ids: Vec<_> = modified.unused.iter().map(|meta| meta.id).collect();
                assert_eq!(Ok(ids), self.naive.modify(&[], &delete, false, *move_to_stale, now));
            }
        }
    }

    fn add_inc(&mut self, meta: RowsetMeta) {
        let added = self.tablet.add_inc_rowset(meta).map_err(|error| error.code());
        assert_eq!(added, self.naive.add_inc(meta));
    }

    fn modify(&mut self, add: &[RowsetMeta], delete: &[(RowsetId, VersionRange)], options: ModifyOptions) {
        let now = SimTime(self.now);
        let modified = self.tablet.modify_rowsets(add, delete, options, now);
        let modified = modified
            .map(|modified| modified.unused.iter().map(|meta| meta.id).collect::<Vec<_>>())
            .map_err(|error| error.code());
        assert_eq!(modified, self.naive.modify(add, delete, options.check, options.keep_stale, now));
    }

    fn assert_same(&self) {
        let (tablet, naive) = (&self.tablet, &self.naive);
        assert!(tablet.live().eq(naive.live.values()), "{tablet:?} {naive:?}");
        assert!(tablet.live().eq(naive.live_metas.values()), "persisted live metas are the live rowsets");
        assert!(
            naive.stale.keys().eq(naive.stale_metas.keys()),
            "persisted stale metas have the same ranges"
        );
        let stale = tablet.stale().map(|rowset| (rowset.meta, rowset.stale_at));
        assert!(stale.eq(naive.stale.values().copied()), "{tablet:?} {naive:?}");
        let paths = tablet.stale_paths().map(|path| (path.id.0, path.members.clone()));
        assert!(paths.eq(naive.tracker.paths.clone()), "{tablet:?} {naive:?}");
        assert_eq!(tablet.graph().vertex_count(), naive.tracker.graph.vertices.len());
        assert_eq!(tablet.graph().orphan_count(), naive.tracker.graph.orphans());
        assert_eq!(tablet.live_bytes(), naive.live.values().map(|meta| meta.bytes).sum::<u64>());
        assert_eq!(tablet.stale_bytes(), naive.stale.values().map(|stale| stale.0.bytes).sum::<u64>());
        let newest = naive.live.keys().map(|range| range.end).max().unwrap_or(0);
        assert_eq!(tablet.max_version().end, newest);
    }

    /// Every read from a few starts, and what is missing for it.
    fn assert_same_reads(&self) {
        let (tablet, naive) = (&self.tablet, &self.naive);
        for end in -1..tablet.max_version().end + 2 {
            assert_eq!(tablet.missed_versions(end), naive.missed(end), "{tablet:?}");
            for start in [0, 2, end] {
                self.assert_same_read(VersionRange::new(start, end));
            }
        }
    }

    fn assert_same_newest_read(&self) {
        self.assert_same_read(VersionRange::new(0, self.tablet.max_version().end));
    }

    fn assert_same_read(&self, asked: VersionRange) {
        for live_only in [false, true] {
            let options = CaptureOptions { live_only, ..CaptureOptions::default() };
            let mut path = Vec::new();
            let got = self.tablet.capture(asked, options, &mut path).map(|()| path);
            let expected = if live_only { self.naive.capture_live(asked) } else { self.naive.capture(asked) };
            assert_eq!(got.map_err(|error| error.code()), expected, "{asked} {live_only} {:?}", self.tablet);
        }
    }
}

fn meta(id: u64, range: VersionRange, now: u64) -> RowsetMeta {
    RowsetMeta { bytes: id + 7, ..RowsetMeta::empty(RowsetId(id), range, SimTime(now)) }
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn a_history_keeps_every_invariant(ops in proptest::collection::vec(history_op(), 0..60)) {
        let mut pair = Pair::new(Keying::ById);
        for op in &ops {
            pair.apply(op);
            pair.assert_same();
            pair.assert_same_newest_read();
            prop_assert_eq!(pair.tablet.check(), Ok(()), "after {:?}", op);
            prop_assert_eq!(pair.stopped, None);
        }
        pair.assert_same_reads();
        // No rowset is lost: each is live, stale or was handed over, once.
        let mut ids: Vec<_> = pair.tablet.live().map(|meta| meta.id).collect();
        ids.extend(pair.tablet.stale().map(|rowset| rowset.meta.id));
        ids.extend(&pair.naive.unused);
        ids.sort();
        prop_assert!(ids.into_iter().eq((0..=pair.ids).map(RowsetId)));
    }

    /// The same histories keyed by version: what is lost is told, and nothing else is lost.
    #[test]
    fn keyed_by_version_every_loss_is_counted(ops in proptest::collection::vec(history_op(), 0..60)) {
        let mut pair = Pair::new(Keying::ByVersion);
        for op in &ops {
            pair.apply(op);
            pair.assert_same();
            pair.assert_same_newest_read();
        }
        pair.assert_same_reads();
        let mut ids: Vec<_> = pair.tablet.live().map(|meta| meta.id).collect();
        ids.extend(pair.tablet.stale().map(|rowset| rowset.meta.id));
        ids.extend(pair.tablet.leaked().map(|lost| lost.meta.id));
        ids.extend(&pair.naive.unused);
        ids.sort();
        ids.dedup();
        prop_assert!(ids.into_iter().eq((0..=pair.ids).map(RowsetId)));
    }

    #[test]
    fn any_soup_of_operations(
        by_version in any::<bool>(),
        ops in proptest::collection::vec(soup_op(), 0..50),
    ) {
        let mut pair = Pair::new(if by_version { Keying::ByVersion } else { Keying::ById });
        for op in &ops {
            pair.apply(op);
            pair.assert_same();
            pair.assert_same_newest_read();
        }
        pair.assert_same_reads();
    }
}

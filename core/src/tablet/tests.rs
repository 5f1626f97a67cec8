//! The smallest cases that show what is meant.

use super::*;
use crate::compaction::{Config, LastSuccess, Policy};
use alloc::vec;

fn rs(id: u64, start: Version, end: Version) -> RowsetMeta {
    RowsetMeta { bytes: id, ..RowsetMeta::empty(RowsetId(id), VersionRange::new(start, end), SimTime(id)) }
}

fn key(meta: RowsetMeta) -> (RowsetId, VersionRange) {
    (meta.id, meta.range)
}

fn merge(tablet: &mut Tablet, into: RowsetMeta, from: &[RowsetMeta], now: u64) -> Modified {
    let delete: Vec<_> = from.iter().copied().map(key).collect();
    tablet.modify_rowsets(&[into], &delete, ModifyOptions::default(), SimTime(now)).expect("all are live")
}

fn read(tablet: &Tablet, end: Version, options: CaptureOptions) -> Result<Vec<VersionRange>, i32> {
    let mut path = Vec::new();
    tablet.capture(VersionRange::new(0, end), options, &mut path).map(|()| path).map_err(|error| error.code())
}

#[test]
fn a_merged_version_stays_readable_until_its_path_is_swept() {
    let parts = [rs(2, 2, 2), rs(3, 3, 3), rs(4, 4, 4)];
    let mut tablet = Tablet::create(&[rs(1, 0, 1), parts[0], parts[1], parts[2]], Keying::ById);
    let merged = merge(&mut tablet, rs(5, 2, 4), &parts, 1_000);
    assert_eq!(merged, Modified { stale_path: Some(PathId(1)), unused: vec![] });
    assert!(read(&tablet, 3, CaptureOptions::default()).is_ok());
    let live_only = CaptureOptions { live_only: true, ..CaptureOptions::default() };
    assert_eq!(read(&tablet, 3, live_only), Err(-230));
    tablet.check().expect("sound");

    let rule = SweepRule { ttl: SimTime(500), ..SweepRule::default() };
    assert_eq!(tablet.next_expiry(&rule), Some(SimTime(1_500)));
    assert_eq!(tablet.sweep(SimTime(1_499), &rule), Sweep::default());
    let sweep = tablet.sweep(SimTime(1_500), &rule);
    assert_eq!(sweep.unused, parts);
    assert!(sweep.rebuilt, "two of five vertices were orphans");
    assert_eq!(read(&tablet, 3, CaptureOptions::default()), Err(-230));
    assert_eq!(read(&tablet, 9, CaptureOptions::default()), Err(6));
    tablet.check().expect("sound");
}

#[test]
fn without_stale_paths_a_merged_version_is_gone_at_once() {
    let parts = [rs(2, 2, 2), rs(3, 3, 3)];
    let mut tablet = Tablet::create(&[rs(1, 0, 1), parts[0], parts[1]], Keying::ById);
    let options = ModifyOptions { keep_stale: false, ..ModifyOptions::default() };
    let delete = parts.map(key);
    let modified = tablet.modify_rowsets(&[rs(4, 2, 3)], &delete, options, SimTime(9)).expect("live");
    assert_eq!((modified.stale_path, modified.unused.len(), tablet.stale_len()), (None, 2, 0));
    assert_eq!(read(&tablet, 2, CaptureOptions::default()), Err(-230));
    tablet.check().expect("sound");
}

/// apache/doris#5526, the steps of its report: rowset A of one version is rewritten as B, then
/// both sides meet in a base compaction.
fn single_version_compaction(keying: Keying) -> (Tablet, Modified, Modified) {
    let (base, a, b) = (rs(1, 0, 217), rs(2, 218, 218), rs(3, 218, 218));
    let mut tablet = Tablet::create(&[base, a], keying);
    let rewritten = merge(&mut tablet, b, &[a], 100);
    let merged = merge(&mut tablet, rs(4, 0, 218), &[base, b], 200);
    (tablet, rewritten, merged)
}

#[test]
fn keyed_by_version_a_rewritten_rowset_is_lost() {
    let (mut tablet, rewritten, _) = single_version_compaction(Keying::ByVersion);
    assert_eq!(rewritten, Modified { stale_path: Some(PathId(1)), unused: vec![] });
    let stale: Vec<_> = tablet.stale().map(|rowset| rowset.meta.id.0).collect();
    assert_eq!(stale, [1, 3], "B took the place of A");
    let single = VersionRange::single(218);
    assert_eq!(tablet.leaked().map(|lost| lost.meta.id.0).collect::<Vec<_>>(), [2]);
    assert_eq!(tablet.stale_member(PathId(1), single).map(|meta| meta.id.0), Some(2));
    assert_eq!(tablet.stale_member(PathId(2), single).map(|meta| meta.id.0), Some(3));
    assert_eq!(tablet.check(), Err(Broken::Leaked(RowsetId(2), single)));

    let sweep = tablet.sweep(SimTime(1_000), &SweepRule { by_size: true, ..SweepRule::default() });
    let mut unused: Vec<_> = sweep.unused.iter().map(|meta| meta.id.0).collect();
    unused.sort_unstable();
    assert_eq!(unused, [1, 3], "nobody removes A");
    assert_eq!(tablet.leaked().len(), 1);
}

#[test]
fn keyed_by_id_a_rewritten_rowset_is_unused_at_once() {
    let (mut tablet, rewritten, merged) = single_version_compaction(Keying::ById);
    assert_eq!(rewritten, Modified { stale_path: None, unused: vec![rs(2, 218, 218)] });
    assert_eq!(merged.stale_path, Some(PathId(1)));
    assert_eq!(tablet.leaked().len(), 0);
    tablet.check().expect("sound");
    let sweep = tablet.sweep(SimTime(1_000), &SweepRule { by_size: true, ..SweepRule::default() });
    assert_eq!(sweep.unused.len(), 2);
    tablet.check().expect("sound");
}

#[test]
fn a_restart_forgets_when_rowsets_became_stale() {
    let parts = [rs(2, 2, 2), rs(3, 3, 3)];
    let mut tablet = Tablet::create(&[rs(1, 0, 1), parts[0], parts[1]], Keying::ById);
    merge(&mut tablet, rs(4, 2, 3), &parts, 7_000);
    tablet.set_point(4);
    tablet.restart();
    assert_eq!(tablet.point(), -1);
    let times: Vec<_> = tablet.stale_paths().map(|path| path.newest.0).collect();
    assert_eq!(times, [3], "the creation time of its newest member");
    tablet.check().expect("sound");
}

#[test]
fn what_is_refused_says_why_and_changes_nothing() {
    let mut tablet = Tablet::create(&[rs(1, 0, 1), rs(2, 2, 5)], Keying::ById);
    let before = tablet.clone();
    let error = tablet.add_inc_rowset(rs(3, 3, 4)).expect_err("covered");
    assert_eq!((error.code(), error.covered_by), (-908, VersionRange::new(2, 5)));
    let stranger = [(RowsetId(9), VersionRange::new(2, 5))];
    let error = tablet
        .modify_rowsets(&[rs(4, 2, 5)], &stranger, ModifyOptions::default(), SimTime(1))
        .expect_err("another id");
    assert_eq!((error.code(), error.found), (-504, Some(RowsetId(2))));
    assert_eq!(tablet.add_inc_rowset(rs(2, 2, 5)), Ok(false), "its id is known");
    assert_eq!(tablet, before);
}

/// Found by `models/tablet.rs`.
#[test]
fn a_stranger_that_went_stale_unchecked_is_known_from_then_on() {
    let mut tablet = Tablet::create(&[rs(0, 0, 1)], Keying::ById);
    let unchecked = ModifyOptions { check: false, keep_stale: true };
    tablet.modify_rowsets(&[], &[key(rs(7, 4, 4))], unchecked, SimTime(1)).expect("unchecked");
    assert_eq!(tablet.add_inc_rowset(rs(7, 9, 9)), Ok(false));
}

#[test]
fn a_sweep_that_would_hide_the_newest_version_stops_and_leaks_what_it_took() {
    // The greedy walk needs the stale [2-3]: the live [0-1] and [2-5] are complete without it, but
    // a live [0-3] that crosses hides them.
    let mut tablet = Tablet::create(&[rs(1, 0, 3), rs(2, 2, 5)], Keying::ById);
    tablet.add_rowsets(&[rs(3, 4, 5)]);
    tablet.delete_rowsets(&[VersionRange::new(4, 5)], true, SimTime(5));
    assert!(read(&tablet, 5, CaptureOptions::default()).is_ok());
    let sweep = tablet.sweep(SimTime(9), &SweepRule { by_size: true, ..SweepRule::default() });
    let cause = crate::version_graph::CaptureError::Stuck { at: 4, wanted: 6 };
    assert_eq!(sweep.stopped, Some(SweepStop::Inconsistent { path: PathId(1), cause }));
    assert_eq!((sweep.removed.len(), sweep.unused.len(), tablet.stale_len()), (1, 0, 1));
    assert!(tablet.check().is_err());
}

#[test]
fn a_pick_is_carried_out_with_one_save() {
    let mut tablet = Tablet::create(&[rs(1, 0, 1)], Keying::ById);
    for version in 2..=7 {
        let load = RowsetMeta { bytes: 1 << 20, segments: 1, ..rs(version as u64, version, version) };
        tablet.add_inc_rowset(load).expect("newer than all");
    }
    tablet.set_point(2);
    tablet.set_promotion_bytes(128 << 20);
    let (config, facts) = (Config::default(), tablet.facts());
    let all: Vec<_> = tablet.candidates_from(2).collect();
    let now = SimTime::from_secs(60);
    let pick = Policy::SizeBased.select(&all, &facts, &config, LastSuccess::default(), now).pick;
    let options = ApplyOptions {
        compaction: Compaction::Cumulative,
        policy: Policy::SizeBased,
        config: &config,
        facts: &facts,
        output: RowsetId(8),
        keep_stale: true,
    };
    let applied = tablet.apply(&pick, &options, now).expect("all inputs are live");
    assert_eq!((applied.output.range, applied.output.bytes), (VersionRange::new(2, 7), 6 << 20));
    assert_eq!(applied.point, (2, 2), "6 MiB stay below the promotion size");
    assert_eq!(tablet.meta_writes(), MetaWrites { saves: 1, one_by_one: 7 });
    let again = tablet.apply(&pick, &options, now).expect_err("the inputs are stale");
    assert_eq!(again.code(), -504);
    assert_eq!(tablet.meta_writes().saves, 1);
    assert_eq!(tablet.check(), Ok(()));
}

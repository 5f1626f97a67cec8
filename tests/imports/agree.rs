//! Two printouts of the same tablet must become the same tablet.

use crate::samples;
use tabletop_core::base::VersionRange;
use tabletop_core::import::{Imported, ImportedRowset, import};
use tabletop_core::rowset::Overlap;

/// What both printouts tell exactly.
fn told(rowset: &ImportedRowset) -> (VersionRange, Option<String>, u32, Overlap, bool) {
    let meta = &rowset.meta;
    (meta.range, rowset.external_id.clone(), meta.segments, meta.overlap, meta.delete_predicate)
}

fn check(show: &str, header: &str) {
    let show = import(samples::read(show)).expect("the status reply loads");
    let header = import(samples::read(header)).expect("the header loads");
    let live = |imported: &Imported| imported.live.iter().map(told).collect::<Vec<_>>();
    assert_eq!(live(&show), live(&header));
    assert_eq!(show.cumulative_point, header.cumulative_point);
    assert_eq!(show.policy, header.policy);
    let members = show.stale_paths.iter().flat_map(|path| &path.members);
    let mut stale: Vec<_> = members.map(told).collect();
    stale.sort_by_key(|rowset| rowset.0);
    assert_eq!(stale, header.stale_ungrouped.iter().map(told).collect::<Vec<_>>());
    // Printed sizes have two decimals of their unit: off by half a hundredth at most.
    for (printed, exact) in show.live.iter().zip(&header.live) {
        let (printed, exact) = (printed.meta.bytes, exact.meta.bytes);
        let unit =
            [30, 20, 10, 0].map(|shift| 1_u64 << shift).into_iter().find(|unit| exact >= *unit).unwrap_or(1);
        assert!(printed.abs_diff(exact) <= unit / 200 + 1, "{printed} is no rounding of {exact}");
    }
}

#[test]
fn a_duplicate_key_tablet_reads_the_same_from_both_replies() {
    check("compaction_show_generated/gen-1-local.json", "meta_header/07-generated-dup-matches-gen-1.json");
}

#[test]
fn a_merge_on_write_tablet_with_a_delete_reads_the_same_from_both_replies() {
    check("compaction_show_generated/gen-2-local.json", "meta_header/08-generated-mow-matches-gen-2.json");
}

#[test]
fn the_level_suffix_adds_a_level_and_changes_nothing_else() {
    let old = import(samples::read("compaction_show_generated/gen-1-local.json")).expect("loads");
    let new = import(samples::read("compaction_show_generated/gen-8-local-newest-level-suffix.json"))
        .expect("loads");
    let plain = |imported: &Imported| {
        let mut imported = imported.clone();
        imported.live.iter_mut().for_each(|rowset| rowset.meta.level = 0);
        for path in &mut imported.stale_paths {
            path.members.iter_mut().for_each(|rowset| rowset.meta.level = 0);
        }
        imported
    };
    assert_ne!(old, new);
    assert_eq!(plain(&old), plain(&new));
}

#[test]
fn rowsets_of_a_header_may_come_in_any_order() {
    let header =
        |metas: &str| format!(r#"{{"tablet_id": 7, "rs_metas": [{metas}], "tablet_state": "PB_RUNNING"}}"#);
    let (a, b) = (r#"{"start_version": 0, "end_version": 1}"#, r#"{"start_version": 2, "end_version": 9}"#);
    let forward = import(header(&format!("{a}, {b}"))).expect("loads");
    assert_eq!(forward, import(header(&format!("{b}, {a}"))).expect("loads"));
}

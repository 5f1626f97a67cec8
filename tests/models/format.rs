//! Rows go through both formats and back; hostile bytes are refused; names collide or do not.

use proptest::prelude::*;
use std::collections::BTreeSet;
use tabletop_core::base::{Rng, VersionRange};
use tabletop_core::rowset::format::{
    Format, IdGenerator, Naming, Row, UniqueId, convert, open, read_all, write,
};

fn rows(count: usize, seed: u64) -> Vec<Row> {
    let mut rng = Rng::new(seed);
    let mut rows: Vec<Row> = (0..count)
        .map(|_| Row { key: rng.next_u64() >> rng.below(64), value: rng.next_u64() as i64 })
        .collect();
    rows.sort_unstable();
    rows
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn rows_go_round_through_both_formats(count in 0_usize..3_000, seed: u64) {
        let rows = rows(count, seed);
        let alpha = open(write(Format::Alpha, &rows)).expect("it is whole");
        let beta = open(convert(&*alpha, Format::Beta).expect("it can be read")).expect("it is whole");
        prop_assert_eq!((alpha.format(), beta.format()), (Format::Alpha, Format::Beta));
        prop_assert_eq!((alpha.rows(), beta.rows()), (count as u64, count as u64));
        prop_assert_eq!(&read_all(&*beta).expect("it can be read"), &rows);
        let again = convert(&*beta, Format::Alpha).expect("it can be read");
        prop_assert_eq!(again.as_slice(), alpha.bytes());
        if count > 0 {
            let from = seed % count as u64 / 1_024 * 1_024;
            let (mut left, mut right) = (Vec::new(), Vec::new());
            prop_assert_eq!(alpha.read_block(from, &mut left), beta.read_block(from, &mut right));
            prop_assert_eq!(left, right);
        }
    }

    /// Damaged bytes are read as rows or refused by name; they are never a panic.
    #[test]
    fn damaged_bytes_are_refused(count in 1_usize..1_500, at: prop::sample::Index, flip in 1_u8.., cut: bool) {
        for format in [Format::Alpha, Format::Beta] {
            let mut bytes = write(format, &rows(count, 5));
            let at = at.index(bytes.len());
            if cut {
                bytes.truncate(at);
                let read = open(bytes).and_then(|rowset| read_all(&*rowset));
                prop_assert!(read.is_err(), "{format:?} cut at {at}");
            } else {
                bytes[at] ^= flip;
                let _ = open(bytes).and_then(|rowset| read_all(&*rowset));
            }
        }
    }

    /// However little of a file is left, and whatever is in it: less than all of it is refused.
    #[test]
    fn a_file_that_was_cut_short_is_refused(count in 1_usize..3_000, zeros: bool, at: prop::sample::Index) {
        let rows = if zeros { vec![Row { key: 0, value: 0 }; count] } else { rows(count, 6) };
        for format in [Format::Alpha, Format::Beta] {
            let whole = write(format, &rows);
            for at in [at.index(whole.len()), 20.min(whole.len() - 1), whole.len() - 1] {
                let read = open(whole[..at].to_vec()).and_then(|rowset| read_all(&*rowset));
                prop_assert!(read.is_err(), "{format:?} cut at {at} of {}", whole.len());
            }
        }
    }

    #[test]
    fn ids_go_round(count in 0_u64..1 << 56, instance: u128) {
        let id = UniqueId { scheme: 2, count, instance };
        prop_assert_eq!(id.to_string().len(), 48);
        prop_assert_eq!(id.to_string().parse(), Ok(id));
    }
}

#[test]
fn packed_by_column_the_same_rows_are_smaller() {
    let rows: Vec<Row> = (0..10_000).map(|at| Row { key: at * 3, value: at as i64 % 50 - 25 }).collect();
    let (alpha, beta) = (write(Format::Alpha, &rows).len(), write(Format::Beta, &rows).len());
    assert_eq!((alpha, beta), (160_012, 20_113));
}

/// A load, a clone from another replica and a compaction's retry all bring version 5.
#[test]
fn names_by_version_collide_and_names_by_id_do_not() {
    let (mut here, mut there) = (IdGenerator::new(7), IdGenerator::new(8));
    let ids = [here.give(), there.give(), here.give()];
    for (naming, files) in [(Naming::ByVersion, 1), (Naming::ById, 3)] {
        let names: BTreeSet<String> =
            ids.iter().map(|id| naming.file(10_001, VersionRange::single(5), *id, 0)).collect();
        assert_eq!(names.len(), files, "{naming:?}: {names:?}");
    }
}

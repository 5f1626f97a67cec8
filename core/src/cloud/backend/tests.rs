//! A row of rowsets answers as the tablet does that it stands for.

use super::rowsets::Rowsets;
use crate::base::{RowsetId, SimTime, Version, VersionRange};
use crate::rowset::RowsetMeta;
use crate::tablet::{CaptureOptions, Keying, Tablet};
use alloc::vec::Vec;
use proptest::prelude::*;

/// Rowsets by where they begin behind the end of the one before, and how many versions more they have.
fn metas(steps: &[(Version, Version)]) -> Vec<RowsetMeta> {
    let mut next = 0;
    (1..)
        .zip(steps)
        .map(|(id, (gap, more))| {
            let range = VersionRange::new(next + gap, next + gap + more);
            next = range.end + 1;
            let empty = RowsetMeta::empty(RowsetId(id), range, SimTime::ZERO);
            RowsetMeta { rows: id * 10, bytes: id * 100, ..empty }
        })
        .collect()
}

fn agree(rowsets: &Rowsets, tablet: &Tablet, upto: Version) {
    assert!(rowsets.live().eq(tablet.live()));
    assert!(rowsets.live().rev().eq(tablet.live().rev()));
    assert_eq!(rowsets.live_len(), tablet.live_len());
    assert_eq!(rowsets.newest(), tablet.max_version().end);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for version in 0..=upto {
        let range = VersionRange::new(0, version);
        let read = rowsets.capture(version, &mut ours);
        assert_eq!(read, tablet.capture(range, CaptureOptions::default(), &mut theirs), "{version}");
        assert_eq!(ours, theirs, "{version}");
        let found = tablet.rowsets_on(&theirs).filter_map(|(_, meta, _)| meta).map(|meta| meta.rows);
        assert_eq!(rowsets.rows(version), read.map(|()| found.sum()), "{version}");
        assert!(rowsets.missed(version).eq(tablet.missed_ranges(version)), "{version}");
        assert_eq!(rowsets.live_holding(version), tablet.live_holding(version));
        for end in version - 1..=upto {
            let range = VersionRange::new(version, end);
            assert!(rowsets.live_within(range).eq(tablet.live_within(range)), "{range}");
            assert_eq!(rowsets.live_at(range), tablet.live_at(range), "{range}");
        }
    }
}

proptest! {
    /// Rowsets that follow one another, or where one in a while begins too late, too early, or ends before it begins.
    #[test]
    fn rowsets_answer_as_a_tablet_does(
        steps in prop::collection::vec(
            (prop_oneof![9 => Just(0_i64), 1 => -2_i64..3], prop_oneof![19 => 0_i64..4, 1 => Just(-1_i64)]),
            0..9,
        ),
        point in -1_i64..9,
    ) {
        let (all, mut rowsets) = (metas(&steps), Rowsets::default());
        let mut tablet = Tablet::create(&[], Keying::ById);
        tablet.set_point(point);
        for (count, meta) in (0..).zip(&all) {
            agree(&rowsets, &tablet, 14);
            prop_assert_eq!(&*rowsets.seen(point), &tablet);
            let row = all[..count].windows(2).all(|pair| pair[0].range.end + 1 == pair[1].range.start)
                && all[..count].iter().all(|meta| !meta.range.is_empty())
                && all.first().is_none_or(|meta| count == 0 || meta.range.start == 0);
            prop_assert_eq!(matches!(rowsets, Rowsets::Row(_)), row);
            rowsets.add(&[*meta], point);
            tablet.add_rowsets(&[*meta]);
        }
        agree(&rowsets, &tablet, 40);
        let stored = postcard::to_allocvec(&rowsets).expect("can be stored");
        prop_assert_eq!(&postcard::from_bytes::<Rowsets>(&stored).expect("and read"), &rowsets);
        let mut at_once = Rowsets::default();
        at_once.add(&all, point);
        prop_assert_eq!(&at_once, &rowsets);
        // From here on it is kept as a tablet.
        rowsets.set_point(point + 1);
        tablet.set_point(point + 1);
        let changed = rowsets.tablet(point + 1);
        prop_assert_eq!(&*changed, &tablet);
        let ranges: Vec<_> = all.iter().map(|meta| meta.range).skip(1).take(2).collect();
        prop_assert_eq!(
            changed.delete_rowsets(&ranges, true, SimTime::ZERO),
            tablet.delete_rowsets(&ranges, true, SimTime::ZERO)
        );
        agree(&rowsets, &tablet, 20);
        prop_assert!(rowsets.stale().eq(tablet.stale().map(|stale| &stale.meta)));
    }
}

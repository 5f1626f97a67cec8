//! Looking up one range after the other, in rising order.

use super::Tablet;
use crate::base::VersionRange;
use crate::rowset::RowsetMeta;
use alloc::collections::BTreeMap;
use alloc::collections::btree_map::Range;

/// Follows a map beside rising keys: what is asked for next is mostly the next entry, or one soon after.
pub(super) struct Along<'a, V> {
    map: &'a BTreeMap<VersionRange, V>,
    rest: Range<'a, VersionRange, V>,
    next: Option<(&'a VersionRange, &'a V)>,
}

impl<'a, V> Along<'a, V> {
    /// Entries that are passed one by one before a search is cheaper.
    const STEPS: usize = 8;

    /// From the entry of a range on, or the first after it.
    pub(super) fn of(map: &'a BTreeMap<VersionRange, V>, first: VersionRange) -> Self {
        let mut rest = map.range(first..);
        let next = rest.next();
        Self { map, rest, next }
    }

    /// The entry of a range, which is not before those asked for earlier.
    pub(super) fn find(&mut self, range: VersionRange) -> Option<&'a V> {
        for _ in 0..Self::STEPS {
            match self.next {
                Some((key, _)) if *key < range => self.next = self.rest.next(),
                Some((key, value)) => return (*key == range).then_some(value),
                None => return None,
            }
        }
        *self = Self::of(self.map, range);
        self.next.filter(|(key, _)| **key == range).map(|(_, value)| value)
    }
}

impl Tablet {
    /// The rowset of each range of a path, the live one where there is one, and whether it is live.
    /// `path` rises by start, as captured paths do. O(path), plus a search where the path jumps.
    pub fn rowsets_on<'a>(
        &'a self,
        path: &'a [VersionRange],
    ) -> impl Iterator<Item = (VersionRange, Option<&'a RowsetMeta>, bool)> {
        let mut live = path.first().map(|&first| self.live.along(first));
        let mut stale = None;
        path.iter().map(move |&range| {
            if let Some(meta) = live.as_mut().and_then(|live| live.find(range)) {
                return (range, Some(meta), true);
            }
            let stale = stale.get_or_insert_with(|| self.stale.along(range));
            (range, stale.find(range).map(|rowset| &rowset.meta), false)
        })
    }
}

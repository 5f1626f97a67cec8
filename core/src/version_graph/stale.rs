//! Rowsets that were replaced together, and when they are due.

use crate::base::sort::{sort, sort_by_key};
use crate::base::{PathId, SimTime, SortedMap, VersionRange};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The rowsets that one compaction replaced. They stay and leave together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StalePath {
    /// Its id.
    pub id: PathId,
    /// Versions by start, each with the time that counts for expiry: when it became stale, or its
    /// creation time where that is not known any more.
    pub members: Vec<(VersionRange, SimTime)>,
    /// The latest of those times; the path expires by it.
    pub newest: SimTime,
}

impl StalePath {
    /// A path of members in any order.
    pub fn new(id: PathId, mut members: Vec<(VersionRange, SimTime)>) -> Self {
        if !members.is_sorted_by_key(|(range, _)| range.start) {
            sort_by_key(&mut members, |(range, _)| range.start);
        }
        let newest = members.iter().map(|&(_, at)| at).max().unwrap_or_default();
        Self { id, members, newest }
    }

    /// From the first start to the last end; nothing for a path without members.
    pub fn range(&self) -> Option<VersionRange> {
        let (first, last) = (self.members.first()?, self.members.last()?);
        Some(VersionRange::new(first.0.start, last.0.end))
    }
}

/// All stale paths of a tablet, by id and by the time they expire by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Image", into = "Image")]
pub struct StalePaths {
    paths: SortedMap<PathId, StalePath>,
    by_time: SortedMap<(SimTime, PathId), ()>,
    next: PathId,
}

impl Default for StalePaths {
    fn default() -> Self {
        Self { paths: SortedMap::default(), by_time: SortedMap::default(), next: PathId(1) }
    }
}

impl StalePaths {
    /// No path; the first will be number 1.
    pub fn new() -> Self {
        Self::default()
    }

    /// Paths of these members under the ids from 1 on.
    pub(super) fn numbered(groups: impl IntoIterator<Item = Vec<(VersionRange, SimTime)>>) -> Self {
        let paths = (1..).zip(groups).map(|(id, members)| StalePath::new(PathId(id), members));
        let mut numbered = Self::of(paths);
        numbered.next = PathId(numbered.len() as u64 + 1);
        numbered
    }

    /// Paths with ids of their own. Cheap where ids ascend.
    fn of(paths: impl Iterator<Item = StalePath>) -> Self {
        let mut all = Self::default();
        for path in paths {
            all.put(path);
        }
        all
    }

    /// Adds a path under the next id; nothing for no members.
    pub fn add(&mut self, members: Vec<(VersionRange, SimTime)>) -> Option<PathId> {
        if members.is_empty() {
            return None;
        }
        let id = self.next;
        self.next.0 += 1;
        self.put(StalePath::new(id, members));
        Some(id)
    }

    /// Puts a path under the id it has; one that had it is forgotten.
    pub fn put(&mut self, path: StalePath) {
        self.by_time.insert((path.newest, path.id), ());
        let (id, newest) = (path.id, path.newest);
        if let Some(old) = self.paths.insert(id, path)
            && old.newest != newest
        {
            self.by_time.remove(&(old.newest, id));
        }
    }

    /// Ids of the paths whose newest member is not newer than `limit`, ascending. Costs only what
    /// is expired.
    pub fn expired(&self, limit: SimTime) -> Vec<PathId> {
        let due = self.by_time.iter().take_while(|((newest, _), ())| *newest <= limit);
        let mut ids: Vec<_> = due.map(|((_, id), ())| *id).collect();
        sort(&mut ids);
        ids
    }

    /// When the next path is due, as the time of its newest member.
    pub fn oldest(&self) -> Option<SimTime> {
        self.by_time.first().map(|((newest, _), ())| *newest)
    }

    /// A path.
    pub fn get(&self, id: PathId) -> Option<&StalePath> {
        self.paths.get(&id)
    }

    /// Takes a path out.
    pub fn remove(&mut self, id: PathId) -> Option<StalePath> {
        let path = self.paths.remove(&id)?;
        self.by_time.remove(&(path.newest, id));
        Some(path)
    }

    /// Paths by id.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &StalePath> + ExactSizeIterator {
        self.paths.values()
    }

    /// Number of paths.
    pub fn len(&self) -> usize {
        self.paths.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// The id that the next path gets.
    pub const fn next_id(&self) -> PathId {
        self.next
    }

    /// Makes the next path get this id.
    pub const fn set_next_id(&mut self, next: PathId) {
        self.next = next;
    }
}

/// What is stored: the index by time is built again.
#[derive(Serialize, Deserialize)]
struct Image {
    paths: Vec<StalePath>,
    next: PathId,
}

impl From<StalePaths> for Image {
    fn from(paths: StalePaths) -> Self {
        Self { next: paths.next, paths: paths.paths.into_values().collect() }
    }
}

impl From<Image> for StalePaths {
    fn from(image: Image) -> Self {
        Self { next: image.next, ..Self::of(image.paths.into_iter()) }
    }
}

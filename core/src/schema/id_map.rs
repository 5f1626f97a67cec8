//! Ids to versions: which version of an object a snapshot sees.
//!
//! ```text
//! id 7   created 10   [40 live][30 live]      window of the newest two
//! at 35 → 30       at 9 → not yet there       at 15 → older than the window, ask the history
//! ```

use super::arena::{Arena, ArenaUse};
use super::block_map::{BlockMap, spread};
use super::codec::{Reader, put, put_signed};
use super::{ObjectId, SchemaVersion};
use crate::base::Digest;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

const SLACK: usize = 3;

const GONE: u8 = 0;
const LIVE: u8 = 1;

const CREATION_UNKNOWN: u8 = 0;
const CREATION_KNOWN: u8 = 1;
const CREATION_OLDEST: u8 = 2;

/// What is known about an object at a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IdState {
    /// It is there, and was last changed at this version.
    Version(SchemaVersion),
    /// It is not there.
    NotExist,
    /// That is older than the window: the history has to be asked.
    Miss,
}

/// The newest versions of one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionWindow {
    /// Newest first; whether the object is there from then on.
    pub versions: Vec<(SchemaVersion, bool)>,
    /// When it was created, where that is known.
    pub created: Option<SchemaVersion>,
}

impl VersionWindow {
    /// The newest `limit` of versions in any order, the newest of them a drop or not.
    pub fn new(
        versions: &[SchemaVersion],
        dropped: bool,
        created: Option<SchemaVersion>,
        limit: usize,
    ) -> Self {
        let mut newest: Vec<SchemaVersion> = versions.to_vec();
        crate::base::sort::sort_by(&mut newest, |a, b| a > b);
        newest.truncate(limit);
        let versions = newest.iter().enumerate().map(|(at, &version)| (version, at > 0 || !dropped));
        Self { versions: versions.collect(), created }
    }

    /// What is known at a version.
    pub fn lookup(&self, at: SchemaVersion) -> IdState {
        match self.versions.iter().find(|(version, _)| *version <= at) {
            Some(&(version, true)) => IdState::Version(version),
            Some(_) => IdState::NotExist,
            None => match self.created {
                Some(created) if at < created => IdState::NotExist,
                Some(created) if at == created => IdState::Version(created),
                _ => IdState::Miss,
            },
        }
    }
}

/// The id map of one kind of schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdMap {
    blocks: BlockMap,
    limit: u8,
    base: SchemaVersion,
    #[serde(skip)]
    scratch: Vec<(SchemaVersion, bool)>,
    #[serde(skip)]
    bytes: Vec<u8>,
}

impl IdMap {
    /// An empty map of at most `limit` versions an object, that knows every object from `base` on.
    pub fn new(limit: u8, base: SchemaVersion) -> Self {
        Self::with_capacity(limit, base, 0)
    }

    /// The same with room for so many objects.
    pub fn with_capacity(limit: u8, base: SchemaVersion, ids: usize) -> Self {
        let blocks = if ids == 0 { BlockMap::default() } else { BlockMap::with_capacity(ids) };
        Self { blocks, limit: limit.max(1), base, scratch: Vec::new(), bytes: Vec::new() }
    }

    /// Objects, dropped ones included.
    pub const fn len(&self) -> usize {
        self.blocks.len()
    }

    /// So many versions of an object from now on; longer lists shrink with their next event.
    pub(super) fn set_limit(&mut self, limit: u8) {
        self.limit = limit.max(1);
    }

    /// Whether it has no object.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The memory that windows lie in.
    pub const fn arena(&self) -> &Arena {
        self.blocks.arena()
    }

    /// What the arena holds.
    pub const fn used(&self) -> ArenaUse {
        self.arena().used()
    }

    /// All bytes: the arena, and what leads to its blocks.
    pub fn bytes(&self) -> u64 {
        self.used().bytes() + self.blocks.index_bytes()
    }

    /// Lays the windows out by the hash of their ids, holes left out, so that a look-up waits for memory
    /// once. O(objects)
    pub fn pack(&mut self) {
        self.blocks.pack(hash_of);
    }

    /// What is known about an object at a version. O(1), and at most a window is looked at.
    pub fn lookup(&self, id: ObjectId, at: SchemaVersion) -> IdState {
        let list = self.blocks.look(hash(id), |_, body| is(body, id).then(|| Window::behind_id(body)));
        let Some(mut list) = list else {
            return if at >= self.base { IdState::NotExist } else { IdState::Miss };
        };
        match list.find(|(version, _)| *version <= at) {
            Some((version, true)) => IdState::Version(version),
            Some(_) => IdState::NotExist,
            None => match list.created {
                Some(created) if at < created => IdState::NotExist,
                Some(created) if at == created => IdState::Version(created),
                _ => IdState::Miss,
            },
        }
    }

    /// Adds a version, the newest of its object. Two of one version are one, the later.
    pub fn push(&mut self, id: ObjectId, version: SchemaVersion, live: bool) {
        let hash = hash(id);
        let Some(handle) = self.blocks.find(hash, |body| is(body, id)) else {
            let created = (self.base <= SchemaVersion::ZERO).then_some(version);
            self.insert(hash, id, &[(version, live)], created);
            return;
        };
        let mut list = core::mem::take(&mut self.scratch);
        list.clear();
        let mut old = Window::behind_id(self.blocks.body(handle));
        list.push((version, live));
        list.extend(&mut old);
        let created = old.created;
        if let [_, second, ..] = list[..]
            && second.0 == version
        {
            list.remove(1);
        }
        list.truncate(usize::from(self.limit));
        let mut bytes = core::mem::take(&mut self.bytes);
        write(&mut bytes, id, &list, created);
        self.blocks.rewrite(hash, handle, &bytes, SLACK, hash_of);
        self.bytes = bytes;
        self.scratch = list;
    }

    /// Puts the newest versions of an object that is not there yet, newest first, all at once.
    pub fn build(
        &mut self,
        id: ObjectId,
        versions: &[(SchemaVersion, bool)],
        created: Option<SchemaVersion>,
    ) {
        let kept = versions.len().min(usize::from(self.limit));
        self.insert(hash(id), id, &versions[..kept], created);
    }

    /// The window of an object.
    pub fn window(&self, id: ObjectId) -> Option<VersionWindow> {
        let handle = self.blocks.find(hash(id), |body| is(body, id))?;
        Some(window_of(self.blocks.body(handle)).1)
    }

    /// Every object with its window, in the order in which they lie in memory. O(blocks)
    pub fn windows(&self) -> impl Iterator<Item = (ObjectId, VersionWindow)> {
        self.arena().blocks().filter(|block| block.live).map(|block| window_of(block.body))
    }

    /// A map without the objects that were dropped at or before `base`, and without holes: below
    /// `base` the history answers for them.
    #[must_use]
    pub fn rebuilt(&self, base: SchemaVersion) -> Self {
        let live = |window: &VersionWindow| match window.versions.first() {
            Some(&(version, live)) => live || version > base,
            None => false,
        };
        let kept: Vec<_> = self.windows().filter(|(_, window)| live(window)).collect();
        let mut map = Self::with_capacity(self.limit, base, kept.len());
        for (id, window) in kept {
            map.build(id, &window.versions, window.created);
        }
        map
    }

    fn insert(
        &mut self,
        hash: u64,
        id: ObjectId,
        list: &[(SchemaVersion, bool)],
        created: Option<SchemaVersion>,
    ) {
        let mut bytes = core::mem::take(&mut self.bytes);
        write(&mut bytes, id, list, created);
        self.blocks.insert(hash, &bytes, SLACK, hash_of);
        self.bytes = bytes;
    }
}

fn hash(id: ObjectId) -> u64 {
    let mut digest = Digest::default();
    digest.word(id.0 as u64);
    spread(digest.0)
}

fn hash_of(body: &[u8]) -> u64 {
    hash(ObjectId(Reader(body).signed()))
}

#[inline]
fn is(body: &[u8], id: ObjectId) -> bool {
    Reader(body).signed() == id.0
}

fn write(out: &mut Vec<u8>, id: ObjectId, list: &[(SchemaVersion, bool)], created: Option<SchemaVersion>) {
    out.clear();
    put_signed(out, id.0);
    let oldest = list.last().map(|(version, _)| *version);
    match created {
        None => put(out, CREATION_UNKNOWN, list.len() as u64),
        _ if created == oldest => put(out, CREATION_OLDEST, list.len() as u64),
        Some(created) => {
            put(out, CREATION_KNOWN, list.len() as u64);
            put(out, 0, created.0 as u64);
        }
    }
    let mut newer: Option<SchemaVersion> = None;
    for &(version, live) in list {
        let number = newer.map_or(version.0, |newer| newer.0 - version.0) as u64;
        newer = Some(version);
        put(out, if live { LIVE } else { GONE }, number);
    }
}

fn window_of(body: &[u8]) -> (ObjectId, VersionWindow) {
    let id = ObjectId(Reader(body).signed());
    let mut list = Window::behind_id(body);
    let versions: Vec<_> = (&mut list).collect();
    (id, VersionWindow { versions, created: list.created })
}

/// Versions of a block, newest first. `created` is right once the list has been read to its end.
struct Window<'a> {
    reader: Reader<'a>,
    left: u64,
    version: Option<SchemaVersion>,
    created: Option<SchemaVersion>,
    created_is_oldest: bool,
}

impl<'a> Window<'a> {
    #[inline]
    fn behind_id(body: &'a [u8]) -> Self {
        let mut reader = Reader(body);
        reader.signed();
        let (tag, left) = reader.number();
        let created = (tag == CREATION_KNOWN).then(|| SchemaVersion(reader.number().1 as i64));
        Self { reader, left, version: None, created, created_is_oldest: tag == CREATION_OLDEST }
    }
}

impl Iterator for Window<'_> {
    type Item = (SchemaVersion, bool);

    #[inline]
    fn next(&mut self) -> Option<(SchemaVersion, bool)> {
        if self.left == 0 {
            if self.created_is_oldest {
                self.created = self.version;
            }
            return None;
        }
        self.left -= 1;
        let (tag, number) = self.reader.number();
        let version = SchemaVersion(self.version.map_or(number as i64, |newer| newer.0 - number as i64));
        self.version = Some(version);
        Some((version, tag == LIVE))
    }
}

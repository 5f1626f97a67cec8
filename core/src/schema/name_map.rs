//! Names to ids, at any version that is cached.
//!
//! ```text
//! (tenant 1, database 1000, "t")   [40 id 8][30 id 8][20 –][10 id 7] from the first event on
//! look-up at 25                                       ^ tombstone: not found, and that is known
//! one more event with N = 4    [50 id 8][40 id 8][30 id 8][20 –]  a suffix now
//! look-up at 15                                       nothing at or below 15: ask the history
//! ```
//!
//! A list holds the newest N events of its name without a gap, so the first entry at or below a
//! version is the truth at that version. Filling an old pair in where the smallest was ([`fill`]) breaks
//! that; it is here because the original design says so, and `check::holes` finds what it does.
//!
//! [`fill`]: NameMap::fill_naively

use super::arena::{Arena, ArenaUse, BLOCK_MAX};
use super::block_map::{BlockMap, spread};
use super::codec::{Reader, len, put, put_signed, signed_len};
use super::{ObjectId, SchemaVersion};
use crate::base::Digest;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Longest name, B.
pub(super) const NAME_MAX: usize = 4_096;
/// Bytes to grow into while a list is not full: an event more usually fits.
const SLACK: usize = 5;
/// The same for a full list: a new event takes the place of the oldest and may be a little longer.
const SLACK_FULL: usize = 2;
/// The list begins with the first event of its name.
const COMPLETE: u8 = 1;

const GONE: u8 = 0;
const SAME_ID: u8 = 1;
const OTHER_ID: u8 = 2;

/// What a name stands below, and the name; folded where case does not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NameKey<'a> {
    /// Tenant.
    pub tenant: ObjectId,
    /// Database, tenant or nothing.
    pub parent: ObjectId,
    /// The name.
    pub name: &'a str,
}

/// One event of a name: from `version` on it means `id`, or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// When.
    pub version: SchemaVersion,
    /// What; `None` is a tombstone.
    pub id: Option<ObjectId>,
}

/// What the map knows about a name at a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It means this object.
    Id(ObjectId),
    /// It means nothing.
    Nothing,
    /// That is older than what is cached: the history has to be asked.
    AskHistory,
}

/// A list, for drawing and checking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameEntry {
    /// Tenant.
    pub tenant: ObjectId,
    /// Database, tenant or nothing.
    pub parent: ObjectId,
    /// The name.
    pub name: String,
    /// Newest first.
    pub pairs: Vec<Pair>,
    /// Whether the list begins with the first event of its name.
    pub complete: bool,
}

impl NameEntry {
    /// Its key.
    pub fn key(&self) -> NameKey<'_> {
        NameKey { tenant: self.tenant, parent: self.parent, name: &self.name }
    }
}

/// The name map of one kind of schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameMap {
    blocks: BlockMap,
    limit: u8,
    base: SchemaVersion,
    #[serde(skip)]
    scratch: Vec<Pair>,
    #[serde(skip)]
    bytes: Vec<u8>,
}

impl NameMap {
    /// An empty map of at most `limit` pairs a name, that knows every name from `base` on.
    pub fn new(limit: u8, base: SchemaVersion) -> Self {
        Self::with_capacity(limit, base, 0)
    }

    /// The same with room for so many names.
    pub fn with_capacity(limit: u8, base: SchemaVersion, names: usize) -> Self {
        let blocks = if names == 0 { BlockMap::default() } else { BlockMap::with_capacity(names) };
        Self { blocks, limit: limit.max(1), base, scratch: Vec::new(), bytes: Vec::new() }
    }

    /// From this version on an absent name means nothing.
    pub const fn base(&self) -> SchemaVersion {
        self.base
    }

    /// Names, those that mean nothing any more included.
    pub const fn len(&self) -> usize {
        self.blocks.len()
    }

    /// So many pairs of a name from now on; longer lists shrink with their next event.
    pub(super) fn set_limit(&mut self, limit: u8) {
        self.limit = limit.max(1);
    }

    /// Whether it has no name.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The memory that lists lie in.
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

    /// Lays the lists out by the hash of their names, holes left out: a look-up of one of many names waits
    /// for memory once from then on, not twice. O(names)
    pub fn pack(&mut self) {
        self.blocks.pack(hash_of);
    }

    /// What a name means at a version. O(1), and at most N pairs are looked at.
    pub fn lookup(&self, key: NameKey<'_>, at: SchemaVersion) -> Found {
        let end = End::of(key);
        let may_be = |body| end.as_ref().is_none_or(|end| !end.differs(body));
        let known = self.blocks.look(hash(key), |_, body| may_be(body).then(|| known(body, key, at))?);
        known.unwrap_or(if at >= self.base { Found::Nothing } else { Found::AskHistory })
    }

    /// Adds an event, the newest of its name. Where the list is full, its oldest pair goes. Two
    /// events of one version are one: an object that takes the name wins over one that leaves it.
    pub fn push(&mut self, key: NameKey<'_>, pair: Pair) {
        let hash = hash(key);
        let Some(handle) = self.blocks.find(hash, |body| is(body, key)) else {
            let complete = self.base <= SchemaVersion::ZERO;
            self.insert(hash, key, &[pair], complete);
            return;
        };
        let mut list = core::mem::take(&mut self.scratch);
        list.clear();
        let mut old = List::behind_key(self.blocks.body(handle));
        let mut complete = old.complete;
        list.push(pair);
        list.extend(&mut old);
        if let [_, second, ..] = list[..]
            && second.version == pair.version
        {
            if pair.id.is_none() {
                list.remove(0);
            } else {
                list.remove(1);
            }
        }
        if list.len() > usize::from(self.limit) {
            list.truncate(usize::from(self.limit));
            complete = false;
        }
        self.rewrite(hash, handle, key, &list, complete);
        self.scratch = list;
    }

    /// Puts the newest events of a name that is not there yet, newest first, all at once. Those
    /// beyond N are left out. `complete` says that `pairs` are all events of the name.
    pub fn build(&mut self, key: NameKey<'_>, pairs: &[Pair], complete: bool) {
        let kept = pairs.len().min(usize::from(self.limit));
        self.insert(hash(key), key, &pairs[..kept], complete && kept == pairs.len());
    }

    /// Adds the events of one object, newest first, whatever other objects had the name before,
    /// between or after. `complete` says that none of the object's events is missing. The list stays
    /// a suffix: nothing is kept that is older than something missing.
    pub fn merge(&mut self, key: NameKey<'_>, pairs: &[Pair], complete: bool) {
        let hash = hash(key);
        let limit = usize::from(self.limit);
        let Some(handle) = self.blocks.find(hash, |body| is(body, key)) else {
            let kept = pairs.len().min(limit);
            self.insert(hash, key, &pairs[..kept], complete && kept == pairs.len());
            return;
        };
        let mut old = List::behind_key(self.blocks.body(handle));
        let old_complete = old.complete;
        let known: Vec<Pair> = (&mut old).collect();
        let oldest = |list: &[Pair], complete: bool| {
            if complete {
                SchemaVersion(i64::MIN)
            } else {
                list.last().map_or(SchemaVersion::MAX, |p| p.version)
            }
        };
        let floor = oldest(&known, old_complete).max(oldest(pairs, complete));
        let (mut left, mut right) = (known.iter().peekable(), pairs.iter().peekable());
        let mut list: Vec<Pair> = Vec::with_capacity(known.len() + pairs.len());
        loop {
            let next = match (left.peek(), right.peek()) {
                (Some(a), Some(b)) if a.version >= b.version => left.next(),
                (Some(_), None) => left.next(),
                _ => right.next(),
            };
            let Some(&pair) = next else { break };
            match list.last_mut() {
                Some(newer) if newer.version == pair.version => newer.id = newer.id.or(pair.id),
                _ => list.push(pair),
            }
        }
        let all = list.len();
        list.retain(|pair| pair.version >= floor);
        list.truncate(limit);
        let complete = complete && old_complete && list.len() == all;
        self.rewrite(hash, handle, key, &list, complete);
    }

    /// The original design's answer to a miss: an old pair takes the place of the smallest one. The
    /// list is not a suffix any more, and answers for versions that it does not know.
    pub fn fill_naively(&mut self, key: NameKey<'_>, pair: Pair) {
        let hash = hash(key);
        let Some(handle) = self.blocks.find(hash, |body| is(body, key)) else { return };
        let mut old = List::behind_key(self.blocks.body(handle));
        let complete = old.complete;
        let mut list: Vec<Pair> = (&mut old).collect();
        if list.iter().any(|known| known.version == pair.version) {
            return;
        }
        if list.len() >= usize::from(self.limit) {
            list.pop();
        }
        let at = list.iter().position(|known| known.version < pair.version).unwrap_or(list.len());
        list.insert(at, pair);
        self.rewrite(hash, handle, key, &list, complete);
    }

    /// The list of a name.
    pub fn entry(&self, key: NameKey<'_>) -> Option<NameEntry> {
        let handle = self.blocks.find(hash(key), |body| is(body, key))?;
        Some(entry_of(self.blocks.body(handle)))
    }

    /// Every list, in the order in which they lie in memory. O(blocks)
    pub fn entries(&self) -> impl Iterator<Item = (u64, NameEntry)> {
        let live = self.arena().blocks().filter(|block| block.live);
        live.map(|block| (block.at, entry_of(block.body)))
    }

    fn insert(&mut self, hash: u64, key: NameKey<'_>, pairs: &[Pair], complete: bool) {
        let mut bytes = core::mem::take(&mut self.bytes);
        write(&mut bytes, key, pairs, complete);
        self.blocks.insert(hash, &bytes, self.slack(pairs), hash_of);
        self.bytes = bytes;
    }

    fn rewrite(&mut self, hash: u64, handle: u32, key: NameKey<'_>, pairs: &[Pair], complete: bool) {
        let mut bytes = core::mem::take(&mut self.bytes);
        write(&mut bytes, key, pairs, complete);
        self.blocks.rewrite(hash, handle, &bytes, self.slack(pairs), hash_of);
        self.bytes = bytes;
    }

    fn slack(&self, pairs: &[Pair]) -> usize {
        if pairs.len() < usize::from(self.limit) { SLACK } else { SLACK_FULL }
    }
}

fn hash(key: NameKey<'_>) -> u64 {
    let mut digest = Digest::default();
    digest.word(key.tenant.0 as u64);
    digest.word(key.parent.0 as u64);
    digest.bytes(key.name.as_bytes());
    spread(digest.0)
}

fn hash_of(body: &[u8]) -> u64 {
    hash(key_of(&mut Reader(body)))
}

fn write(out: &mut Vec<u8>, key: NameKey<'_>, pairs: &[Pair], complete: bool) {
    out.clear();
    put_signed(out, key.tenant.0);
    put_signed(out, key.parent.0);
    put(out, 0, key.name.len() as u64);
    out.extend_from_slice(key.name.as_bytes());
    put(out, if complete { COMPLETE } else { 0 }, pairs.len() as u64);
    let mut newer: Option<SchemaVersion> = None;
    let mut id = None;
    for pair in pairs {
        let number = newer.map_or(pair.version.0, |newer| newer.0 - pair.version.0) as u64;
        newer = Some(pair.version);
        match pair.id {
            None => put(out, GONE, number),
            same if same == id => put(out, SAME_ID, number),
            Some(other) => {
                put(out, OTHER_ID, number);
                put_signed(out, other.0);
                id = pair.id;
            }
        }
    }
    debug_assert!(out.len() <= BLOCK_MAX);
}

#[inline]
fn key_of<'a>(reader: &mut Reader<'a>) -> NameKey<'a> {
    let tenant = ObjectId(reader.signed());
    let parent = ObjectId(reader.signed());
    let (_, len) = reader.number();
    let name = core::str::from_utf8(reader.take(len as usize)).expect("names are written as text");
    NameKey { tenant, parent, name }
}

/// What a block says about a key at a version, where it is that of the key.
fn known(body: &[u8], key: NameKey<'_>, at: SchemaVersion) -> Option<Found> {
    let mut list = List::of(body, key)?;
    Some(match list.find(|pair| pair.version <= at) {
        Some(Pair { id: Some(id), .. }) => Found::Id(id),
        Some(Pair { id: None, .. }) => Found::Nothing,
        None if list.complete => Found::Nothing,
        None => Found::AskHistory,
    })
}

/// Compares without looking at more of the block than it has to.
#[inline]
fn is(body: &[u8], key: NameKey<'_>) -> bool {
    List::of(body, key).is_some()
}

/// The last eight bytes of a key as it stands in a block: what tells most blocks of other names apart.
struct End {
    behind: usize,
    bytes: u64,
}

impl End {
    #[inline]
    fn of(key: NameKey<'_>) -> Option<Self> {
        let bytes = u64::from_ne_bytes(*key.name.as_bytes().last_chunk()?);
        let before = signed_len(key.tenant.0) + signed_len(key.parent.0) + len(key.name.len() as u64);
        Some(Self { behind: before + key.name.len() - 8, bytes })
    }

    /// Whether a block is that of another name, without a look at the rest of it.
    #[inline]
    fn differs(&self, body: &[u8]) -> bool {
        let there = body.get(self.behind..).and_then(<[u8]>::first_chunk);
        there.is_some_and(|there| u64::from_ne_bytes(*there) != self.bytes)
    }
}

/// Whether two names are the same, eight bytes at a time, the last eight of a long one overlapping
/// those before: in wasm a call compares byte by byte.
#[inline]
fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let same = |a: &[u8; 8], b: &[u8; 8]| u64::from_ne_bytes(*a) == u64::from_ne_bytes(*b);
    match (a.last_chunk(), b.last_chunk()) {
        (Some(a_last), Some(b_last)) => {
            let (words, behind) = (a.as_chunks().0, b.as_chunks().0);
            same(a_last, b_last) && words.iter().zip(behind).all(|(a, b)| same(a, b))
        }
        _ => a.iter().zip(b).all(|(a, b)| a == b),
    }
}

fn entry_of(body: &[u8]) -> NameEntry {
    let key = key_of(&mut Reader(body));
    let mut list = List::behind_key(body);
    NameEntry {
        tenant: key.tenant,
        parent: key.parent,
        name: key.name.into(),
        complete: list.complete,
        pairs: (&mut list).collect(),
    }
}

/// Pairs of a block, newest first.
struct List<'a> {
    reader: Reader<'a>,
    left: u8,
    complete: bool,
    version: Option<SchemaVersion>,
    id: Option<ObjectId>,
}

impl<'a> List<'a> {
    /// The list of a block, where it is that of a key. Looks at no more of the block than it has to.
    #[inline]
    fn of(body: &'a [u8], key: NameKey<'_>) -> Option<Self> {
        let mut reader = Reader(body);
        let is = reader.signed() == key.tenant.0
            && reader.signed() == key.parent.0
            && reader.number().1 == key.name.len() as u64
            && same(reader.take(key.name.len()), key.name.as_bytes());
        is.then(|| Self::behind(reader))
    }

    #[inline]
    fn behind_key(body: &'a [u8]) -> Self {
        let mut reader = Reader(body);
        reader.signed();
        reader.signed();
        let (_, len) = reader.number();
        reader.take(len as usize);
        Self::behind(reader)
    }

    #[inline]
    fn behind(mut reader: Reader<'a>) -> Self {
        let (tag, left) = reader.number();
        Self { reader, left: left as u8, complete: tag == COMPLETE, version: None, id: None }
    }
}

impl Iterator for List<'_> {
    type Item = Pair;

    #[inline]
    fn next(&mut self) -> Option<Pair> {
        self.left = self.left.checked_sub(1)?;
        let (tag, number) = self.reader.number();
        let version = self.version.map_or(number as i64, |newer| newer.0 - number as i64);
        let version = SchemaVersion(version);
        self.version = Some(version);
        if tag == OTHER_ID {
            self.id = Some(ObjectId(self.reader.signed()));
        }
        Some(Pair { version, id: if tag == GONE { None } else { self.id } })
    }
}

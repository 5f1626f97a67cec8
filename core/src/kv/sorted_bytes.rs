//! A map from bytes to bytes, in order.
//!
//! ```text
//! all     beginnings of the blocks, in one piece    [ 64 bytes │ 64 bytes │ … ]
//! block   every key begins with `prefix`      heads [ 07 03… │ 07 09… │ … ]   eight bytes behind it
//! page    every key shares `skip` bytes       heads [ 01… │ 04… │ 05… ]       and of each entry a box
//! entry   [key│value]
//! ```
//!
//! Keys of a store share long beginnings, and differ in a number behind them. `BTreeMap` follows a pointer
//! for each key that it compares and compares all of it; here a search goes over numbers that lie side by side, and
//! looks at a key where those are equal. Words are compared, not bytes: in wasm a comparison of slices is
//! a loop over bytes.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::ops::Range;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Most entries of a page, and most pages of a block.
const ENTRIES: usize = 32;
const PAGES: usize = 128;

/// A key with its value behind it.
#[derive(Clone, Debug)]
struct Entry {
    data: Box<[u8]>,
    key: u32,
}

impl Entry {
    fn new(key: &[u8], value: &[u8]) -> Self {
        let mut data = Vec::with_capacity(key.len() + value.len());
        data.extend_from_slice(key);
        data.extend_from_slice(value);
        Self { data: data.into_boxed_slice(), key: key.len() as u32 }
    }

    fn key(&self) -> &[u8] {
        &self.data[..self.key as usize]
    }

    fn value(&self) -> &[u8] {
        &self.data[self.key as usize..]
    }
}

/// Entries in order; what the search looks at stands apart.
#[derive(Clone, Debug)]
struct Page {
    /// Bytes that all keys share.
    skip: usize,
    heads: Vec<u64>,
    entries: Vec<Entry>,
}

/// Pages in order.
#[derive(Clone, Debug)]
struct Block {
    /// What all keys begin with.
    prefix: Box<[u8]>,
    /// Of each page what no key of it is smaller than, and every key before it is.
    lows: Vec<Box<[u8]>>,
    /// Heads of those.
    heads: Vec<u64>,
    pages: Vec<Page>,
}

/// The first bytes of a key as numbers in the order of the bytes, zeros behind its end.
type Beginning = [u64; 8];

fn beginning(key: &[u8]) -> Beginning {
    core::array::from_fn(|at| if at * 8 < key.len() { head(key, at * 8) } else { 0 })
}

/// The map. In, out and found O(log n) with few looks at keys.
#[derive(Clone, Debug, Default)]
pub(super) struct SortedBytes {
    blocks: Vec<Block>,
    /// Of each block how its first low begins.
    begin: Vec<Beginning>,
    len: usize,
}

/// A place of an entry, or behind the last one of a page.
type Place = (usize, usize, usize);

/// The eight bytes behind the first `skip`, as a number in the order of the bytes; zeros where there are fewer.
#[inline]
fn head(key: &[u8], skip: usize) -> u64 {
    let rest = &key[skip.min(key.len())..];
    match rest.first_chunk() {
        Some(chunk) => u64::from_be_bytes(*chunk),
        None => rest.iter().zip((0..8).rev()).fold(0, |head, (byte, at)| head | u64::from(*byte) << (8 * at)),
    }
}

/// How many bytes two keys share at their beginning.
fn shared(a: &[u8], b: &[u8]) -> usize {
    let words = a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0).take_while(|(a, b)| a == b).count() * 8;
    words + a[words..].iter().zip(&b[words..]).take_while(|(a, b)| a == b).count()
}

/// Compares as slices do, a word at a time; the last word overlaps the one before.
#[inline]
fn compare(a: &[u8], b: &[u8]) -> Ordering {
    let least = a.len().min(b.len());
    let (begin, other) = (&a[..least], &b[..least]);
    let words = begin.as_chunks::<8>().0.iter().zip(other.as_chunks::<8>().0);
    let mut pairs = words.chain(begin.last_chunk().zip(other.last_chunk()));
    let differing = pairs.find(|(one, two)| one != two);
    let (one, two) = match differing {
        Some((one, two)) => (u64::from_be_bytes(*one), u64::from_be_bytes(*two)),
        None if least < 8 => (head(begin, 0), head(other, 0)),
        None => (0, 0),
    };
    one.cmp(&two).then(a.len().cmp(&b.len()))
}

/// Whether a key begins with a prefix, and if not, on which side of those that do it lies.
#[inline]
fn beside(key: &[u8], prefix: &[u8]) -> Ordering {
    match key.get(..prefix.len()) {
        Some(begin) => compare(begin, prefix),
        None => compare(key, prefix),
    }
}

/// Which heads of a list are this one.
#[inline]
fn equal_to(heads: &[u64], head: u64) -> Range<usize> {
    let begin = heads.partition_point(|one| *one < head);
    let equal = heads[begin..].iter().take_while(|one| **one == head).count();
    begin..begin + equal
}

impl Page {
    fn of(entries: Vec<Entry>) -> Self {
        let mut page = Self { skip: 0, heads: Vec::with_capacity(entries.capacity()), entries };
        page.refresh();
        page
    }

    fn first(&self) -> &[u8] {
        self.entries.first().map_or(&[], Entry::key)
    }

    /// Finds out anew what all keys share.
    fn refresh(&mut self) {
        let (Some(first), Some(last)) = (self.entries.first(), self.entries.last()) else { return };
        let skip = shared(first.key(), last.key());
        self.skip = skip;
        self.heads.clear();
        self.heads.extend(self.entries.iter().map(|entry| head(entry.key(), skip)));
    }

    /// Where a key is, or would be among those that share what all keys share.
    #[inline]
    fn place_behind(&self, key: &[u8]) -> Result<usize, usize> {
        let equal = equal_to(&self.heads, head(key, self.skip));
        let begin = equal.start;
        let found = self.entries[equal].binary_search_by(|entry| compare(entry.key(), key));
        found.map(|at| begin + at).map_err(|at| begin + at)
    }

    /// Where a key is, or would be.
    fn place(&self, key: &[u8]) -> Result<usize, usize> {
        match beside(key, &self.first()[..self.skip]) {
            Ordering::Less => Err(0),
            Ordering::Greater => Err(self.entries.len()),
            Ordering::Equal => self.place_behind(key),
        }
    }

    fn insert(&mut self, at: usize, entry: Entry) {
        let shares = shared(self.first(), entry.key()) >= self.skip;
        self.heads.insert(at, head(entry.key(), self.skip));
        self.entries.insert(at, entry);
        if !shares {
            self.refresh();
        }
    }

    fn remove(&mut self, at: usize) {
        self.heads.remove(at);
        self.entries.remove(at);
    }

    /// Gives its later half away; where the last came last, that alone: keys often come in order.
    fn split(&mut self, at: usize) -> Self {
        let from = split_at(self.entries.len(), at);
        self.heads.truncate(from);
        let mut later = Vec::with_capacity(ENTRIES / 2);
        later.extend(self.entries.drain(from..));
        self.refresh();
        Self::of(later)
    }
}

const fn split_at(len: usize, last: usize) -> usize {
    if last + 1 == len { len - 1 } else { len / 2 }
}

impl Block {
    fn of(pages: Vec<Page>) -> Self {
        let mut block = Self { prefix: Box::default(), lows: Vec::new(), heads: Vec::new(), pages };
        block.refresh();
        block
    }

    fn refresh(&mut self) {
        let last = self.pages.last().and_then(|page| page.entries.last());
        let (Some(first), Some(last)) = (self.pages.first(), last) else { return };
        let first = first.first();
        self.prefix = first[..shared(first, last.key())].into();
        self.lows.clear();
        self.lows.extend(self.pages.iter().map(|page| Box::from(page.first())));
        self.heads.clear();
        self.heads.extend(self.lows.iter().map(|low| head(low, self.prefix.len())));
    }

    /// The page for a key that has the prefix.
    fn page_of(&self, key: &[u8]) -> usize {
        let equal = equal_to(&self.heads, head(key, self.prefix.len()));
        let begun = self.lows[equal.clone()].partition_point(|low| compare(low, key).is_le());
        (equal.start + begun).saturating_sub(1)
    }

    fn put(&mut self, at: usize, page: Page) {
        let low = Box::from(page.first());
        self.heads.insert(at, head(&low, self.prefix.len()));
        self.lows.insert(at, low);
        self.pages.insert(at, page);
    }

    fn take(&mut self, at: usize) {
        self.heads.remove(at);
        self.lows.remove(at);
        self.pages.remove(at);
    }

    /// The first page and entry that is not before a key.
    fn place(&self, key: &[u8]) -> (usize, usize) {
        match beside(key, &self.prefix) {
            Ordering::Less => (0, 0),
            Ordering::Greater => (self.pages.len(), 0),
            Ordering::Equal => {
                let page = self.page_of(key);
                (page, self.pages[page].place(key).unwrap_or_else(|at| at))
            }
        }
    }
}

impl SortedBytes {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The last block that does not begin behind a key.
    fn block_of(&self, key: &[u8]) -> usize {
        let wanted = beginning(key);
        let before = self.begin.partition_point(|begin| *begin < wanted);
        let alike = self.begin[before..].iter().take_while(|begin| **begin == wanted).count();
        // Beyond their beginnings keys are compared whole.
        let begun = self.blocks[before..before + alike]
            .partition_point(|block| block.lows.first().is_some_and(|low| compare(low, key).is_le()));
        (before + begun).saturating_sub(1)
    }

    /// Takes down how a block begins.
    fn note(&mut self, number: usize) {
        if let Some(low) = self.blocks[number].lows.first() {
            self.begin[number] = beginning(low);
        }
    }

    fn insert_block(&mut self, number: usize, block: Block) {
        self.blocks.insert(number, block);
        self.begin.insert(number, Beginning::default());
        self.note(number);
    }

    fn remove_block(&mut self, number: usize) {
        self.blocks.remove(number);
        self.begin.remove(number);
    }

    pub(super) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        let block = self.blocks.get(self.block_of(key))?;
        if beside(key, &block.prefix).is_ne() {
            return None;
        }
        let page = &block.pages[block.page_of(key)];
        Some(page.entries[page.place_behind(key).ok()?].value())
    }

    /// Sets what a key has to what `to` makes of what it had; nothing takes it out.
    pub(super) fn change<V: AsRef<[u8]>>(&mut self, key: &[u8], to: impl FnOnce(Option<&[u8]>) -> Option<V>) {
        let number = self.block_of(key);
        let Some(block) = self.blocks.get_mut(number) else {
            if let Some(value) = to(None) {
                self.insert_block(0, Block::of([Page::of([Entry::new(key, value.as_ref())].into())].into()));
                self.len += 1;
            }
            return;
        };
        let number_of_page = if beside(key, &block.prefix).is_eq() {
            block.page_of(key)
        } else {
            block.place(key).0.min(block.pages.len() - 1)
        };
        let page = &mut block.pages[number_of_page];
        match page.place(key) {
            Ok(at) => {
                let entry = &mut page.entries[at];
                let new = to(Some(entry.value()));
                match new.as_ref().map(AsRef::as_ref) {
                    Some(value) if value.len() == entry.value().len() => {
                        entry.data[key.len()..].copy_from_slice(value);
                    }
                    Some(value) => *entry = Entry::new(key, value),
                    None => {
                        page.remove(at);
                        self.len -= 1;
                        self.shrunk(number, number_of_page);
                    }
                }
            }
            Err(at) => {
                let Some(value) = to(None) else { return };
                page.insert(at, Entry::new(key, value.as_ref()));
                self.len += 1;
                if beside(key, &block.prefix).is_ne() {
                    block.refresh();
                    self.note(number);
                } else if (number_of_page, at) == (0, 0) {
                    block.lows[0] = key.into();
                    block.heads[0] = head(key, block.prefix.len());
                    self.note(number);
                }
                self.grown(number, number_of_page, at);
            }
        }
    }

    /// A page got an entry: it is split where it is full, and so is its block.
    fn grown(&mut self, number: usize, page: usize, at: usize) {
        let block = &mut self.blocks[number];
        if block.pages[page].entries.len() <= ENTRIES {
            return;
        }
        let later = block.pages[page].split(at);
        block.put(page + 1, later);
        if block.pages.len() > PAGES {
            let from = split_at(block.pages.len(), page + 1);
            let later = block.pages.drain(from..).collect();
            block.refresh();
            self.note(number);
            self.insert_block(number + 1, Block::of(later));
        }
    }

    /// A page lost an entry: it goes where it is empty, and joins the next one where both are small.
    fn shrunk(&mut self, number: usize, at: usize) {
        let block = &mut self.blocks[number];
        if block.pages[at].entries.is_empty() {
            block.take(at);
        } else if let [page, next, ..] = &mut block.pages[at..]
            && page.entries.len() + next.entries.len() <= ENTRIES / 2
        {
            page.entries.append(&mut next.entries);
            page.refresh();
            block.take(at + 1);
        }
        if block.pages.is_empty() {
            self.remove_block(number);
            return;
        }
        if let [block, next, ..] = &mut self.blocks[number..]
            && block.pages.len() + next.pages.len() <= PAGES / 2
        {
            block.pages.append(&mut next.pages);
            block.refresh();
            self.remove_block(number + 1);
        }
        self.note(number);
    }

    /// The place of the first entry that is not before a key.
    fn place(&self, key: &[u8]) -> Place {
        let number = self.block_of(key);
        let (page, at) = self.blocks.get(number).map_or((0, 0), |block| block.place(key));
        (number, page, at)
    }

    /// Entries from a key on.
    pub(super) fn from<'a>(&'a self, key: &[u8]) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let (number, page, at) = self.place(key);
        let blocks = self.blocks.get(number..).unwrap_or_default().iter();
        let pages =
            blocks.enumerate().flat_map(move |(block, one)| &one.pages[if block == 0 { page } else { 0 }..]);
        let entries = pages.enumerate().flat_map(move |(number, one)| {
            // Only the first page is entered in its middle.
            &one.entries[if number == 0 { at } else { 0 }..]
        });
        entries.map(|entry| (entry.key(), entry.value()))
    }

    /// Entries before a key, or all without one, the last one first.
    pub(super) fn before<'a>(&'a self, key: Option<&[u8]>) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let (mut number, mut page, mut at) = key.map_or((self.blocks.len(), 0, 0), |key| self.place(key));
        core::iter::from_fn(move || {
            while at == 0 {
                while page == 0 {
                    number = number.checked_sub(1)?;
                    page = self.blocks[number].pages.len();
                }
                page -= 1;
                at = self.blocks[number].pages[page].entries.len();
            }
            at -= 1;
            let entry = &self.blocks[number].pages[page].entries[at];
            Some((entry.key(), entry.value()))
        })
    }

    /// All entries.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.from(&[])
    }
}

impl PartialEq for SortedBytes {
    fn eq(&self, other: &Self) -> bool {
        // The same entries may lie on other pages.
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl Eq for SortedBytes {}

/// Stored as a map.
impl Serialize for SortedBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len))?;
        self.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for SortedBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries: alloc::collections::BTreeMap<Vec<u8>, Vec<u8>> = Deserialize::deserialize(deserializer)?;
        let mut map = Self::default();
        for (key, value) in entries {
            map.change(&key, |_| Some(value));
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;
    use crate::kv::TupleKey;
    use alloc::collections::BTreeMap;
    use core::ops::Bound;

    /// Keys as the meta-service has them, and some that share nothing, end early or are empty.
    fn any_key(rng: &mut Rng, many: u64) -> Vec<u8> {
        let number = rng.below(many);
        let key = match rng.below(10) {
            0 => return (0..rng.below(4)).map(|_| [0, 1, 255][rng.below(3) as usize]).collect(),
            1 | 2 => TupleKey::new().str("stats").str("i").u64(number / 8).u64(1).u64(number),
            3 => TupleKey::new().str("stats").str("i").u64(number / 8).u64(1).u64(number).str("rows"),
            // Alike for more bytes than blocks are told apart by.
            4 => TupleKey::new().str(&"long".repeat(17)).u64(number),
            _ => TupleKey::new()
                .str("meta")
                .str("i")
                .str("rowset")
                .u64(number / 3)
                .i64(rng.below(5) as i64 - 1),
        };
        key.into_bytes()
    }

    fn check(ours: &SortedBytes, theirs: &BTreeMap<Vec<u8>, Vec<u8>>, rng: &mut Rng, many: u64) {
        let as_slices = |(key, value): (&Vec<u8>, &Vec<u8>)| (key.clone(), value.clone());
        let owned = |(key, value): (&[u8], &[u8])| (key.to_vec(), value.to_vec());
        assert_eq!(ours.len(), theirs.len());
        assert!(ours.begin.iter().copied().eq(ours.blocks.iter().map(|block| beginning(&block.lows[0]))));
        assert!(ours.iter().map(owned).eq(theirs.iter().map(as_slices)));
        assert!(ours.before(None).map(owned).eq(theirs.iter().rev().map(as_slices)));
        for _ in 0..20 {
            let key = any_key(rng, many);
            assert!(ours.from(&key).map(owned).eq(theirs.range(key.clone()..).map(as_slices)));
            let before = (Bound::Unbounded, Bound::Excluded(key.clone()));
            assert!(ours.before(Some(&key)).map(owned).eq(theirs.range(before).rev().map(as_slices)));
        }
        let bytes = postcard::to_allocvec(ours).expect("plain data");
        assert_eq!(bytes, postcard::to_allocvec(theirs).expect("plain data"));
        assert_eq!(&postcard::from_bytes::<SortedBytes>(&bytes).expect("just written"), ours);
    }

    #[test]
    fn does_what_the_standard_map_does() {
        for (seed, many) in [(1, 40), (2, 1_000), (3, 30_000)] {
            let mut rng = Rng::new(seed);
            let (mut ours, mut theirs) = (SortedBytes::default(), BTreeMap::new());
            // It grows, stays, and shrinks to nothing.
            for (rounds, put) in [(30_000, 8), (10_000, 5), (60_000, 1)] {
                for _ in 0..rounds {
                    let key = any_key(&mut rng, many);
                    let new: Option<Vec<u8>> = (rng.below(10) < put)
                        .then(|| (0..rng.below(9)).map(|_| rng.below(3) as u8).collect());
                    assert_eq!(ours.get(&key), theirs.get(&key).map(Vec::as_slice));
                    let mut seen = None;
                    ours.change(&key, |old| {
                        seen = old.map(<[u8]>::to_vec);
                        new.clone()
                    });
                    let old = match new {
                        Some(value) => theirs.insert(key, value),
                        None => theirs.remove(&key),
                    };
                    assert_eq!(seen, old);
                }
                check(&ours, &theirs, &mut rng, many);
            }
            for key in theirs.keys().cloned().collect::<Vec<_>>() {
                ours.change(&key, |_| None::<Vec<u8>>);
            }
            assert!(ours.is_empty() && ours.blocks.is_empty());
        }
    }

    #[test]
    fn keys_in_order_fill_their_pages() {
        let mut map = SortedBytes::default();
        for number in 0..20_000 {
            map.change(TupleKey::new().str("txn").u64(number).as_bytes(), |_| Some([]));
        }
        let pages: usize = map.blocks.iter().map(|block| block.pages.len()).sum();
        assert!(pages <= 20_000 / ENTRIES + 1, "{pages}");
        assert!(map.blocks.len() <= pages / PAGES + 1, "{}", map.blocks.len());
    }

    #[test]
    fn compares_as_slices_do() {
        let mut rng = Rng::new(7);
        for _ in 0..50_000 {
            let mut one = || -> Vec<u8> {
                let length = rng.below(20);
                (0..length).map(|_| [0, 1, 255][(rng.below(40) / 19) as usize]).collect()
            };
            let (a, b) = (one(), one());
            assert_eq!(compare(&a, &b), a.cmp(&b), "{a:?} {b:?}");
            let same = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
            assert_eq!(shared(&a, &b), same);
        }
    }
}

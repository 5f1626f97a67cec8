//! A map from bytes to bytes, in order.
//!
//! ```text
//! all     beginnings of the blocks, in one piece    [ 64 bytes │ 64 bytes │ … ]
//! block   keys of one kind, with `prefix`     heads [ 07 03… │ 07 09… │ … ]   eight bytes behind it
//! page    every key shares `skip` bytes       heads [ 01… │ 04… │ 05… ]       and of each entry a box
//! entry   [key│value]
//! ```
//!
//! Keys of a store share long beginnings, and differ in a number behind them. `BTreeMap` follows a pointer
//! for each key that it compares and compares all of it; here a search goes over numbers that lie side by side, and
//! looks at a key where those are equal. Words are compared, not bytes: in wasm a comparison of slices is
//! a loop over bytes.

mod page;
#[cfg(test)]
mod tests;

use super::tuple::before_integers;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;
pub(super) use page::compare;
use page::{ENTRIES, Entry, Page, beside, equal_to, head, shared, split_at};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Most pages of a block: one more, for a moment, fills lists of a power of two.
const PAGES: usize = 127;

/// Pages in order, of keys of one kind.
#[derive(Clone, Debug)]
struct Block {
    /// How many bytes at the beginning say of which kind its keys are. Kinds have blocks of their own, so that what is
    /// behind the prefix are the numbers of one kind: a block of two would begin with what they are called, alike in
    /// most keys.
    kind: usize,
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
    let mut bytes = [0; 64];
    let end = key.len().min(bytes.len());
    bytes[..end].copy_from_slice(&key[..end]);
    core::array::from_fn(|at| head(&bytes[at * 8..], 0))
}

/// The map. In, out and found O(log n) with few looks at keys.
#[derive(Clone, Debug, Default)]
pub(super) struct SortedBytes {
    blocks: Vec<Block>,
    /// Of each block how its first low begins.
    begin: Vec<Beginning>,
    /// Block, page and entry that were changed last: keys that are written together lie together.
    near: Place,
    len: usize,
}

/// A place of an entry, or behind the last one of a page.
type Place = (usize, usize, usize);

impl Block {
    fn of(pages: Vec<Page>) -> Self {
        let mut block = Self { kind: 0, prefix: Box::default(), lows: Vec::new(), heads: Vec::new(), pages };
        block.refresh();
        // What is split off a block of several kinds may be of several itself.
        let kind = block.pages.first().map_or(0, |page| before_integers(page.first()));
        block.kind = if kind <= block.prefix.len() { kind } else { 0 };
        block
    }

    fn kind(&self) -> &[u8] {
        &self.prefix[..self.kind]
    }

    /// Whether a key may lie here.
    fn takes(&self, key: &[u8]) -> bool {
        beside(key, self.kind()).is_eq()
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

    /// Whether a key lies in the page that was changed last, or would.
    fn is_near(&self, key: &[u8]) -> bool {
        let (number, page, _) = self.near;
        let Some(block) = self.blocks.get(number) else { return false };
        let Some(low) = block.lows.get(page) else { return false };
        if compare(low, key).is_gt() {
            return false;
        }
        match block.lows.get(page + 1) {
            Some(next) => compare(key, next).is_lt(),
            None => block.takes(key) && self.begin.get(number + 1).is_none_or(|next| beginning(key) < *next),
        }
    }

    /// Block and page where a key is, or would be; where it needs one of its own, the place of that block.
    fn page_for(&self, key: &[u8]) -> Result<(usize, usize), usize> {
        let number = self.block_of(key);
        let Some(block) = self.blocks.get(number) else { return Err(number) };
        let side = beside(key, &block.prefix);
        if side.is_eq() {
            return Ok((number, block.page_of(key)));
        }
        if block.takes(key) {
            return Ok((number, if side.is_lt() { 0 } else { block.pages.len() - 1 }));
        }
        let next = number + usize::from(side.is_gt());
        if self.blocks.get(next).is_some_and(|next| next.takes(key)) { Ok((next, 0)) } else { Err(next) }
    }

    /// Sets what a key has to what `to` makes of what it had; nothing takes it out.
    pub(super) fn change<V: AsRef<[u8]>>(&mut self, key: &[u8], to: impl FnOnce(Option<&[u8]>) -> Option<V>) {
        let is_near = self.is_near(key);
        let place = if is_near { Ok((self.near.0, self.near.1)) } else { self.page_for(key) };
        let (number, number_of_page) = match place {
            Ok(place) => place,
            Err(number) => {
                if let Some(value) = to(None) {
                    let page = Page::of([Entry::new(key, value.as_ref())].into());
                    self.insert_block(number, Block::of([page].into()));
                    self.len += 1;
                }
                return;
            }
        };
        let block = &mut self.blocks[number];
        let page = &mut block.pages[number_of_page];
        let follows = if is_near { page.place_after(self.near.2, key) } else { None };
        let place = follows.unwrap_or_else(|| page.place(key));
        self.near = (number, number_of_page, place.unwrap_or_else(|at| at));
        match place {
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
                        self.near.2 = at.wrapping_sub(1);
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
            && block.kind() == next.kind()
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

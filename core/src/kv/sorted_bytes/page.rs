//! A page of entries, and how keys are compared.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::ops::Range;

/// Most entries of a page: one more, for a moment, fills lists of a power of two.
pub(super) const ENTRIES: usize = 31;

/// A key with its value behind it.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) data: Box<[u8]>,
    pub(super) key: u32,
}

impl Entry {
    pub(super) fn new(key: &[u8], value: &[u8]) -> Self {
        let mut data = Vec::with_capacity(key.len() + value.len());
        data.extend_from_slice(key);
        data.extend_from_slice(value);
        Self { data: data.into_boxed_slice(), key: key.len() as u32 }
    }

    pub(super) fn key(&self) -> &[u8] {
        &self.data[..self.key as usize]
    }

    pub(super) fn value(&self) -> &[u8] {
        &self.data[self.key as usize..]
    }
}

/// Entries in order; what the search looks at stands apart.
#[derive(Clone, Debug)]
pub(super) struct Page {
    /// So many bytes all keys share, or more.
    pub(super) skip: usize,
    pub(super) heads: Vec<u64>,
    pub(super) entries: Vec<Entry>,
}

/// The eight bytes behind the first `skip`, as a number in the order of the bytes; zeros where there are fewer.
#[inline]
pub(super) fn head(key: &[u8], skip: usize) -> u64 {
    let rest = &key[skip.min(key.len())..];
    match rest.first_chunk() {
        Some(chunk) => u64::from_be_bytes(*chunk),
        None => rest.iter().zip((0..8).rev()).fold(0, |head, (byte, at)| head | u64::from(*byte) << (8 * at)),
    }
}

/// How many bytes two keys share at their beginning.
pub(super) fn shared(a: &[u8], b: &[u8]) -> usize {
    let words = a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0).take_while(|(a, b)| a == b).count() * 8;
    words + a[words..].iter().zip(&b[words..]).take_while(|(a, b)| a == b).count()
}

/// Compares as slices do, a word at a time; the last word overlaps the one before.
#[inline]
pub(in crate::kv) fn compare(a: &[u8], b: &[u8]) -> Ordering {
    let least = a.len().min(b.len());
    let (begin, other) = (&a[..least], &b[..least]);
    for (one, two) in begin.as_chunks::<8>().0.iter().zip(other.as_chunks::<8>().0) {
        if one != two {
            return u64::from_be_bytes(*one).cmp(&u64::from_be_bytes(*two));
        }
    }
    let rest = match (begin.last_chunk(), other.last_chunk()) {
        (Some(one), Some(two)) => u64::from_be_bytes(*one).cmp(&u64::from_be_bytes(*two)),
        _ => head(begin, 0).cmp(&head(other, 0)),
    };
    rest.then(a.len().cmp(&b.len()))
}

/// Whether a key begins with a prefix, and if not, on which side of those that do it lies.
#[inline]
pub(super) fn beside(key: &[u8], prefix: &[u8]) -> Ordering {
    match key.get(..prefix.len()) {
        Some(begin) => compare(begin, prefix),
        None => compare(key, prefix),
    }
}

/// Which heads of a list are this one.
#[inline]
pub(super) fn equal_to(heads: &[u64], head: u64) -> Range<usize> {
    let begin = heads.partition_point(|one| *one < head);
    let equal = heads[begin..].iter().take_while(|one| **one == head).count();
    begin..begin + equal
}

impl Page {
    pub(super) fn of(entries: Vec<Entry>) -> Self {
        let mut page = Self { skip: 0, heads: Vec::with_capacity(entries.capacity()), entries };
        page.refresh();
        page
    }

    pub(super) fn first(&self) -> &[u8] {
        self.entries.first().map_or(&[], Entry::key)
    }

    /// Finds out anew what all keys share.
    pub(super) fn refresh(&mut self) {
        let (Some(first), Some(last)) = (self.entries.first(), self.entries.last()) else { return };
        let skip = shared(first.key(), last.key());
        self.skip = skip;
        self.heads.clear();
        self.heads.extend(self.entries.iter().map(|entry| head(entry.key(), skip)));
    }

    /// Where a key is, or would be among those that share what all keys share.
    #[inline]
    pub(super) fn place_behind(&self, key: &[u8]) -> Result<usize, usize> {
        let equal = equal_to(&self.heads, head(key, self.skip));
        let begin = equal.start;
        let found = self.entries[equal].binary_search_by(|entry| compare(entry.key(), key));
        found.map(|at| begin + at).map_err(|at| begin + at)
    }

    /// Where a key is, or would be.
    pub(super) fn place(&self, key: &[u8]) -> Result<usize, usize> {
        match beside(key, &self.first()[..self.skip]) {
            Ordering::Less => Err(0),
            Ordering::Greater => Err(self.entries.len()),
            Ordering::Equal => self.place_behind(key),
        }
    }

    /// The same for a key of this page, where it comes right behind an entry.
    pub(super) fn place_after(&self, at: usize, key: &[u8]) -> Option<Result<usize, usize>> {
        let next = at.wrapping_add(1);
        match self.entries.get(next).map_or(Ordering::Less, |next| compare(key, next.key())) {
            Ordering::Equal => Some(Ok(next)),
            Ordering::Greater => None,
            Ordering::Less => compare(self.entries.get(at)?.key(), key).is_lt().then_some(Err(next)),
        }
    }

    pub(super) fn insert(&mut self, at: usize, entry: Entry) {
        // What lies between two shares what they share.
        let is_between = at > 0 && at < self.entries.len();
        let shares = is_between || shared(self.first(), entry.key()) >= self.skip;
        self.heads.insert(at, head(entry.key(), self.skip));
        self.entries.insert(at, entry);
        if !shares {
            self.refresh();
        }
    }

    pub(super) fn remove(&mut self, at: usize) {
        self.heads.remove(at);
        self.entries.remove(at);
    }

    /// Gives its later half away; where the last came last, that alone: keys often come in order.
    pub(super) fn split(&mut self, at: usize) -> Self {
        const HALF: usize = ENTRIES.div_ceil(2);
        let from = split_at(self.entries.len(), at);
        let mut later =
            Self { skip: self.skip, heads: Vec::with_capacity(HALF), entries: Vec::with_capacity(HALF) };
        later.heads.extend(self.heads.drain(from..));
        later.entries.extend(self.entries.drain(from..));
        self.distinguish();
        later.distinguish();
        later
    }

    /// Skips more where heads do not tell entries apart.
    fn distinguish(&mut self) {
        if self.heads.array_windows().any(|[one, next]| one == next) {
            self.refresh();
        }
    }
}

pub(super) const fn split_at(len: usize, last: usize) -> usize {
    if last + 1 == len { len - 1 } else { len / 2 }
}

//! A scan that stops and goes on: bounded memory, any number of pages.

use super::{Flow, KeyRange, Order, OrderedKv};
use core::ops::ControlFlow;
use serde::{Deserialize, Serialize};

/// What one page may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageLimit {
    /// Keys at most; at least one is shown.
    pub keys: u64,
    /// Bytes of keys and values after which no further key is shown.
    pub bytes: u64,
}

impl PageLimit {
    /// No limit.
    pub const NONE: Self = Self { keys: u64::MAX, bytes: u64::MAX };

    /// So many keys, whatever their size.
    pub const fn keys(keys: u64) -> Self {
        Self { keys, bytes: u64::MAX }
    }
}

/// How a page ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Keys shown.
    pub keys: u64,
    /// Their bytes, values included.
    pub bytes: u64,
    /// Whether the range is done; else the next page goes on behind the last key shown.
    pub done: bool,
}

/// What is left of a range. Plain data: kept, stored or sent, it resumes where it stopped, on whatever
/// the store holds by then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    left: KeyRange,
    order: Order,
    done: bool,
}

impl Scan {
    /// Every key of a range.
    pub fn new(range: KeyRange, order: Order) -> Self {
        Self { done: range.is_empty(), left: range, order }
    }

    /// Every key with a prefix, smallest first.
    pub fn prefix(prefix: impl Into<alloc::vec::Vec<u8>>) -> Self {
        Self::new(KeyRange::prefix(prefix), Order::Ascending)
    }

    /// What has not been shown yet.
    pub const fn left(&self) -> &KeyRange {
        &self.left
    }

    /// Whether everything has been shown.
    pub const fn is_done(&self) -> bool {
        self.done
    }

    /// Shows the next page. A visitor that breaks off ends the page behind the key it was shown.
    pub fn page(
        &mut self,
        kv: &(impl OrderedKv + ?Sized),
        limit: PageLimit,
        visitor: impl FnMut(&[u8], &[u8]) -> Flow,
    ) -> Page {
        self.page_of(limit, visitor, |range, order, visitor| kv.visit(range, order, visitor))
    }

    /// The same over any way to visit a range.
    pub(super) fn page_of(
        &mut self,
        limit: PageLimit,
        mut visitor: impl FnMut(&[u8], &[u8]) -> Flow,
        visit: impl FnOnce(&KeyRange, Order, &mut dyn FnMut(&[u8], &[u8]) -> Flow),
    ) -> Page {
        let mut page = Page { done: true, ..Page::default() };
        if self.done {
            return page;
        }
        let mut last = None;
        visit(&self.left, self.order, &mut |key, value| {
            let flow = visitor(key, value);
            page.keys += 1;
            page.bytes += (key.len() + value.len()) as u64;
            if flow.is_break() || page.keys >= limit.keys || page.bytes >= limit.bytes {
                last = Some(key.to_vec());
                page.done = false;
                return ControlFlow::Break(());
            }
            flow
        });
        match (last, self.order) {
            (None, _) => self.done = true,
            (Some(mut last), Order::Ascending) => {
                last.push(0);
                self.left.start = last;
            }
            (Some(last), Order::Descending) => self.left.end = Some(last),
        }
        page
    }
}

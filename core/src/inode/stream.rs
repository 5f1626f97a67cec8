//! Lists as a stream of messages, and a reader that notices when it stops.
//!
//! ```text
//! server   "1:" list   "1:" list   "10:" list   "__EOF__"        one message per row
//! client      |--- gap ---|--- gap ---|--- gap ---|              only a gap can time out, not the size
//! ```
//!
//! A message can never be taken for the end: it starts with a digit. Source: CurveFS, rpc stream.

use super::keys::RecordKey;
use super::{InodeKey, InodeStore, Keys, Lists, RowKey, RowView, wire};
use crate::base::SimTime;
use crate::kv::{MemKv, OrderedKv, Page, PageLimit, Scan, Transaction};
use alloc::string::ToString;
use alloc::vec::Vec;
use core::ops::ControlFlow;
use serde::{Deserialize, Serialize};

/// The message behind the last one.
pub const END: &[u8] = b"__EOF__";

/// A row as a message: its index in decimal, a colon, the list.
pub fn message(index: u64, list: &[u8]) -> Vec<u8> {
    let mut message = index.to_string().into_bytes();
    message.push(b':');
    message.extend(list);
    message
}

/// Rows of an inode, page by page: never more in memory than a page, however many there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowStream {
    keys: Keys,
    scan: Scan,
}

impl RowStream {
    /// All rows of an inode. Not for the monolithic store, which has none.
    pub fn new(keys: Keys, inode: InodeKey) -> Self {
        Self { keys, scan: Scan::new(keys.of_inode(2, inode, None), crate::kv::Order::Ascending) }
    }

    fn shown<'a>(keys: Keys, key: &[u8], list: &'a [u8]) -> Option<RowView<'a>> {
        match keys.decode(key) {
            Some(RecordKey::ChunkList(key)) => Some(RowView { key, list }),
            _ => None,
        }
    }

    /// Shows the next rows of what the store holds by now.
    pub fn page<K: OrderedKv>(
        &mut self,
        store: &InodeStore<K>,
        limit: PageLimit,
        mut visitor: impl FnMut(RowView<'_>),
    ) -> Page {
        let keys = self.keys;
        self.scan.page(store.kv(), limit, |key, list| {
            Self::shown(keys, key, list).into_iter().for_each(&mut visitor);
            ControlFlow::Continue(())
        })
    }

    /// Shows the next rows of what the store held when the transaction began, so that the stream
    /// agrees with itself.
    pub fn page_at(
        &mut self,
        snapshot: &mut Transaction,
        kv: &MemKv,
        limit: PageLimit,
        mut visitor: impl FnMut(RowView<'_>),
    ) -> Page {
        let keys = self.keys;
        snapshot.page_unchecked(kv, &mut self.scan, limit, |key, list| {
            Self::shown(keys, key, list).into_iter().for_each(&mut visitor);
            ControlFlow::Continue(())
        })
    }
}

/// How a stream stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum StreamState {
    /// More is to come.
    #[default]
    Open,
    /// All is here.
    Complete,
    /// A message was none.
    Error,
    /// Nothing came for too long.
    Timeout,
    /// It ended without saying that it was complete.
    Closed,
}

impl StreamState {
    /// The name of the answer: anything but completeness is an error that is tried again.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Complete => "OK",
            Self::Error => "ERROR",
            Self::Timeout => "TIMEOUT",
            Self::Closed => "CLOSED",
        }
    }
}

/// Reads a stream: merges messages into lists, watches the gaps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receiver {
    idle_timeout: SimTime,
    deadline: SimTime,
    state: StreamState,
    lists: Lists,
    messages: u64,
    bytes: u64,
}

impl Receiver {
    /// Waits for the first message from `now` on.
    pub fn new(now: SimTime, idle_timeout: SimTime) -> Self {
        let deadline = SimTime(now.0.saturating_add(idle_timeout.0));
        Self { idle_timeout, deadline, state: StreamState::Open, lists: Vec::new(), messages: 0, bytes: 0 }
    }

    /// The last moment at which the next message is in time.
    pub const fn deadline(&self) -> SimTime {
        self.deadline
    }

    /// How it stands.
    pub const fn state(&self) -> StreamState {
        self.state
    }

    /// Messages and bytes received.
    pub const fn received(&self) -> (u64, u64) {
        (self.messages, self.bytes)
    }

    /// What has come; the whole only where the state is [`StreamState::Complete`].
    pub fn into_lists(self) -> Lists {
        self.lists
    }

    /// Lets time pass.
    pub fn wait(&mut self, now: SimTime) -> StreamState {
        if self.state == StreamState::Open && now > self.deadline {
            self.state = StreamState::Timeout;
        }
        self.state
    }

    /// Takes a message.
    pub fn receive(&mut self, now: SimTime, message: &[u8]) -> StreamState {
        if self.wait(now) != StreamState::Open {
            return self.state;
        }
        self.deadline = SimTime(now.0.saturating_add(self.idle_timeout.0));
        self.messages += 1;
        self.bytes += message.len() as u64;
        if message == END {
            self.state = StreamState::Complete;
        } else if self.merge(message).is_none() {
            self.state = StreamState::Error;
        }
        self.state
    }

    /// The other side is gone.
    pub fn close(&mut self) -> StreamState {
        if self.state == StreamState::Open {
            self.state = StreamState::Closed;
        }
        self.state
    }

    fn merge(&mut self, message: &[u8]) -> Option<()> {
        let colon = message.iter().position(|&byte| byte == b':')?;
        let (index, list) = (&message[..colon], &message[colon + 1..]);
        if !index.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let index: u64 = core::str::from_utf8(index).ok()?.parse().ok()?;
        let at = self.lists.binary_search_by_key(&index, |&(index, _)| index).unwrap_or_else(|at| {
            self.lists.insert(at, (index, Vec::new()));
            at
        });
        wire::decode_list(list, &mut self.lists[at].1).ok()
    }
}

/// Rows that a message is made of, counted: what a stream will carry.
pub fn bytes_of(row: &RowView<'_>) -> u64 {
    let RowKey { index, .. } = row.key;
    let digits = index.checked_ilog10().unwrap_or(0) + 1;
    u64::from(digits) + 1 + row.list.len() as u64
}

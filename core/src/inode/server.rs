//! What a metadata server answers: lists in the response, or by stream, and each log entry once.

use super::store::{Attributes, Layout, Lists, Modify};
use super::{InodeError, InodeKey, InodeStore};
use crate::kv::OrderedKv;
use core::ops::ControlFlow;
use serde::{Deserialize, Serialize};

/// Entries that an inode's answer carries at most, as the reference is configured.
pub const INLINE_LIMIT: u64 = 25_000;

/// What a request wants to see of the lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Want {
    /// Nothing.
    #[default]
    Nothing,
    /// All of them in the response.
    Response,
    /// All of them in a stream of its own.
    Stream,
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The change was carried out before the server's start, and nothing was done (`IDEMPOTENCE_OK`).
    pub repeated: bool,
    /// The lists, where the response carries them.
    pub lists: Lists,
    /// Rows that the stream will carry.
    pub stream_rows: u64,
    /// The client has to ask for a stream to get the lists.
    pub streaming: bool,
}

/// A server of one partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetaServer<K> {
    store: InodeStore<K>,
    inline_limit: u64,
    /// The applied index as it was when the server started; log entries up to it are repeats. It is
    /// read once and does not move while the server runs.
    replayed: u64,
}

impl<K: OrderedKv> MetaServer<K> {
    /// Starts on a store.
    ///
    /// # Errors
    /// The stored applied index cannot be read.
    pub fn start(store: InodeStore<K>, inline_limit: u64) -> Result<Self, InodeError> {
        let replayed = store.applied_index()?;
        Ok(Self { store, inline_limit, replayed })
    }

    /// Stops, and hands the store out.
    pub fn stop(self) -> InodeStore<K> {
        self.store
    }

    /// The store.
    pub const fn store(&self) -> &InodeStore<K> {
        &self.store
    }

    /// The store, past the server.
    pub const fn store_mut(&mut self) -> &mut InodeStore<K> {
        &mut self.store
    }

    /// Entries that an inode's answer carries at most.
    pub const fn inline_limit(&self) -> u64 {
        self.inline_limit
    }

    fn test(&self, partition: u32) -> Result<(), InodeError> {
        (partition == self.store.keys().partition).then_some(()).ok_or(InodeError::NoPartition)
    }

    /// Changes lists, then shows what is wanted of all of them.
    ///
    /// # Errors
    /// The partition is not here, or the store refuses.
    pub fn get_or_modify(
        &mut self,
        partition: u32,
        inode: InodeKey,
        modify: &Modify,
        want: Want,
        log: u64,
    ) -> Result<Answer, InodeError> {
        self.test(partition)?;
        if !modify.changes.is_empty() {
            if log <= self.replayed {
                return Ok(Answer { repeated: true, ..Answer::default() });
            }
            self.store.modify(inode, modify, log)?;
        }
        let mut answer = Answer::default();
        match want {
            Want::Nothing => {}
            Want::Response => answer.lists = self.store.read(inode, None)?.0,
            Want::Stream => self.store.visit_rows(inode, None, &mut |_| {
                answer.stream_rows += 1;
                ControlFlow::Continue(())
            })?,
        }
        Ok(answer)
    }

    /// An inode with its lists, as long as they are not too long for a client that can stream. The
    /// monolithic store knows no other way than the response.
    ///
    /// # Errors
    /// The partition is not here, there is no such inode, or a value cannot be read.
    pub fn get_inode(
        &self,
        partition: u32,
        inode: InodeKey,
        can_stream: bool,
    ) -> Result<(Attributes, Answer), InodeError> {
        self.test(partition)?;
        let attributes = self.store.attributes(inode)?;
        let limit = (can_stream && self.store.layout() != Layout::Monolithic).then_some(self.inline_limit);
        let answer = match self.store.read(inode, limit) {
            Ok((lists, _)) => Answer { lists, ..Answer::default() },
            Err(InodeError::TooLarge { .. }) => Answer { streaming: true, ..Answer::default() },
            Err(error) => return Err(error),
        };
        Ok((attributes, answer))
    }
}

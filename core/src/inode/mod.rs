//! How does a file system keep the pieces of a file: in the inode, or beside it?
//!
//! ```text
//! file         |------ chunk 0, 64 MiB ------|------ chunk 1 ------|
//! flushes       [1..........]  [3....]         [4.......]              each wrote objects and
//!                   [2...]                                             appended a chunk info
//! monolithic   inode ─▶ { attributes, 0: [1 2 3], 1: [4] }             an append rewrites all of it
//! split        inode ─▶ { attributes }
//!              (inode, 0, 1, 2) ─▶ [1 2]   (inode, 0, 3, 3) ─▶ [3]     an append puts one row
//!              (inode, 1, 4, 4) ─▶ [4]                                 a read scans a prefix
//! ```
//!
//! Objects are never overwritten, so a file that is written at random has long lists; a compaction makes
//! one info of what is seen of a chunk. [`InodeStore`] keeps them in three layouts over one store of
//! keys; [`stream`] carries them; [`Job`] compacts them.
//!
//! | [`Layout`] | order of a list | a compaction removes | so |
//! | --- | --- | --- | --- |
//! | `Monolithic` | commit | the beginning of the list, if it is what was read | an append costs the whole inode |
//! | `Split` | chunk ids | rows by a range of ids | a slow writer's append can be lost (H1) or hidden (H2) |
//! | `Sequenced` | commit | exactly the rows that were read | neither |
//!
//! Invariant *content*: a compaction changes nothing that is read, whatever is appended meanwhile and
//! whichever step fails. It does not hold for `Split`; that is the reference, and the lab shows it.
//!
//! Source: CurveFS (opencurve/curve, December 2023): keys, removal by range, counter, stream, selection,
//! plan, names. Differs on purpose, each in a mode of its own so that the reference can be played too:
//!
//! | fault of the reference | copied by | ours |
//! | --- | --- | --- |
//! | W1 zeros, then a hole: what follows moves down | [`Rewrite::Whole`] `forget_holes` | holes are filled |
//! | W2 an empty file shows everything | [`EmptyFile::Everything`] | shows nothing |
//! | W3 the end of an info without bytes wraps | – | it shows nothing |
//! | W4 chunks of zeros share the id 0; W5 compactions collide; W6 zeros are stored | [`Rewrite::Whole`] | [`Rewrite::Sparse`]: fresh ids, zeros stay sparse |
//! | W7 rows outlive their inode, and need none | [`Layout::Split`] | `Sequenced`: refused, cleared |
//! | W8 the counter counts arguments | [`Layout::Split`] | `Sequenced`: counts rows; a retry does nothing |
//! | indexes in textual order, several rows of the same ids | [`KeyStyle::Text`] | [`KeyStyle::Ordered`]: numeric |
//! | H1 lost, H2 hidden appends | [`Layout::Split`] | `Sequenced` |
//! | #1304 length and lists of two moments | [`Found`] filled by two reads | [`InodeStore::snapshot`] |

mod chunk_info;
mod errors;
mod job;
mod keys;
mod monolithic;
mod objects;
mod paint;
mod plan;
mod sequenced;
mod server;
mod slice_view;
mod split;
mod store;
pub mod stream;
mod visible;
pub mod wire;

#[doc(hidden)]
pub mod bench_lists;

#[cfg(test)]
mod tests;

pub use chunk_info::{ChunkInfo, Geometry, InodeKey, Place};
pub use errors::InodeError;
pub use job::{Action, ChunkJob, Found, Job, JobEnd, Settings, Skip};
pub use keys::{KeyStyle, Keys, RecordKey, RowKey, table_name};
pub use objects::{Object, ObjectName, Prefix};
pub use plan::{Piece, Plan, Read, Rewrite, Selection, plan, select};
pub use server::{Answer, INLINE_LIMIT, MetaServer, Want};
pub use slice_view::{Slice, WriteTrigger, slice_view, write_trigger};
pub use store::{
    Attributes, ChunkChange, CodecUse, InodeStore, Layout, Lists, Modified, Modify, Removal, RowView,
};
pub use visible::{EmptyFile, Node, visible, window};
pub use wire::WireError;

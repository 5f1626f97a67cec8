//! A run's header: everything about it but the commands.

use super::codec::{digest_of, frame, open, seal};
use super::{RecordError, SegmentError};
use crate::base::{Digest, SimTime};
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

const MAGIC: [u8; 4] = *b"TThd";
const NAME_BYTES_MAX: usize = 4 << 10;
const BRANCHES_MAX: usize = 1 << 16;
const MARKERS_MAX: usize = 1 << 16;

/// Names the text a run was imported from, by content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportId {
    /// Digest of its bytes.
    pub digest: Digest,
    /// Their number.
    pub bytes: u64,
}

impl ImportId {
    /// The name of a text. Cost: its length.
    pub fn of(original: &[u8]) -> Self {
        Self { digest: digest_of(original), bytes: original.len() as u64 }
    }
}

/// A branch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BranchRecord {
    /// Its id; 0 is `main`.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// The branch it left and the steps taken there; `None` for `main` alone. Parents stand
    /// before their children.
    pub parent: Option<(u32, u64)>,
    /// When it left.
    pub fork_time: SimTime,
    /// Steps taken up to its head, counted from the start of the run along its line.
    pub head_step: u64,
    /// Its last moment.
    pub head_time: SimTime,
    /// Rolling digest of all events up to the head; `None` where a cut tail took the old head.
    pub head_digest: Option<Digest>,
    /// Its entries, the parents' not included.
    pub entries: u64,
}

/// A named flag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkerRecord {
    /// The branch it was put on.
    pub branch: u32,
    /// Steps taken before it.
    pub step: u64,
    /// Virtual time.
    pub time: SimTime,
    /// Its name.
    pub name: String,
}

/// Where the user stood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// On this branch.
    pub branch: u32,
    /// After so many steps.
    pub step: u64,
    /// At this time.
    pub time: SimTime,
}

/// Everything about a run but its commands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunHeader {
    /// The lab; numbers are never reused.
    pub lab: u8,
    /// Its name.
    pub name: String,
    /// Key of the scenario it came from.
    pub scenario: String,
    /// Seed; fixed.
    pub seed: u64,
    /// Postcard of the lab's configuration; fixed.
    pub config: Vec<u8>,
    /// All branches, `main` first.
    pub branches: Vec<BranchRecord>,
    /// Flags.
    pub markers: Vec<MarkerRecord>,
    /// Where the user stood.
    pub cursor: Cursor,
    /// When the run was begun.
    pub created_unix_ms: u64,
    /// When this header was written.
    pub saved_unix_ms: u64,
    /// The text it was imported from, kept beside it; fixed.
    pub original: Option<ImportId>,
    /// The branch that the user compared with. Packed behind the rest, and only where there is one:
    /// headers of before are read as they are.
    #[serde(skip)]
    pub beside: Option<u32>,
}

impl RunHeader {
    /// Digest of what a run never changes; the chain of each branch's first segment grows from it.
    pub fn root(&self) -> Digest {
        let mut digest = digest_of(&self.config);
        digest.word(u64::from(self.lab));
        digest.word(self.seed);
        digest
    }

    /// The branch of this id.
    pub fn branch(&self, id: u32) -> Option<&BranchRecord> {
        self.branches.iter().find(|branch| branch.id == id)
    }

    /// Packs the header: `"TThd" | format u32 | postcard | varint beside, if any | CRC32`.
    ///
    /// # Errors
    /// [`RecordError::Header`]: what [`decode`](Self::decode) would refuse.
    pub fn encode(&self) -> Result<Vec<u8>, RecordError> {
        self.check()?;
        let unpackable = |_| RecordError::Header("cannot be packed");
        let mut out = postcard::to_extend(self, frame(MAGIC)).map_err(unpackable)?;
        if let Some(beside) = self.beside {
            out = postcard::to_extend(&beside, out).map_err(unpackable)?;
        }
        seal(&mut out);
        Ok(out)
    }

    /// Unpacks a header. Safe for any bytes.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn decode(bytes: &[u8]) -> Result<Self, RecordError> {
        let body = open(bytes, MAGIC)?;
        let unreadable = |_| RecordError::Header("cannot be unpacked");
        let (mut header, mut rest) = postcard::take_from_bytes::<Self>(body.rest()).map_err(unreadable)?;
        if !rest.is_empty() {
            let (beside, behind) = postcard::take_from_bytes(rest).map_err(unreadable)?;
            header.beside = Some(beside);
            rest = behind;
        }
        if !rest.is_empty() {
            return Err(RecordError::Header("bytes left over"));
        }
        header.check()?;
        Ok(header)
    }

    fn check(&self) -> Result<(), RecordError> {
        let refuse = |what| Err(RecordError::Header(what));
        if self.branches.len() > BRANCHES_MAX || self.markers.len() > MARKERS_MAX {
            return refuse("too many branches or markers");
        }
        let mut names = [&self.name, &self.scenario]
            .into_iter()
            .chain(self.branches.iter().map(|branch| &branch.name))
            .chain(self.markers.iter().map(|marker| &marker.name));
        if names.any(|name| name.len() > NAME_BYTES_MAX) {
            return refuse("a name is too long");
        }
        let mut known = BTreeSet::new();
        for (index, branch) in self.branches.iter().enumerate() {
            let rooted = match branch.parent {
                None => index == 0 && branch.id == 0,
                Some((parent, step)) => known.contains(&parent) && step <= branch.head_step,
            };
            if !rooted || !known.insert(branch.id) {
                return refuse("the branches are no tree in order");
            }
        }
        if !known.contains(&self.cursor.branch) {
            return refuse("the cursor's branch is not there");
        }
        if self.beside.is_some_and(|beside| !known.contains(&beside)) {
            return refuse("the branch compared with is not there");
        }
        if self.markers.iter().any(|marker| !known.contains(&marker.branch)) {
            return refuse("a marker's branch is not there");
        }
        Ok(())
    }

    /// Takes a branch back to its first `kept` entries, `last` among them, and drops what stood
    /// on the rest: branches that left behind them, flags, a comparison, the cursor. Answers with
    /// the ids of the dropped branches.
    ///
    /// # Errors
    /// The branch is not there.
    pub fn cut(&mut self, id: u32, kept: u64, last: Option<&super::Entry>) -> Result<Vec<u32>, SegmentError> {
        let Some(branch) = self.branches.iter_mut().find(|branch| branch.id == id) else {
            return Err(SegmentError::Missing { entries: kept });
        };
        let fork = branch.parent.map_or(0, |(_, step)| step);
        let (step, time) =
            last.map_or((fork, branch.fork_time), |last| (last.after.saturating_add(1), last.at));
        branch.head_step = step.min(branch.head_step).max(fork);
        branch.head_time = time;
        branch.head_digest = last.map(|last| last.digest);
        branch.entries = kept;
        let head = (branch.head_step, branch.head_time);
        let mut dropped = BTreeSet::new();
        for child in &self.branches {
            let Some((parent, step)) = child.parent else { continue };
            if dropped.contains(&parent) || parent == id && step > head.0 {
                dropped.insert(child.id);
            }
        }
        self.branches.retain(|branch| !dropped.contains(&branch.id));
        self.markers.retain(|marker| {
            !dropped.contains(&marker.branch) && (marker.branch != id || marker.step <= head.0)
        });
        self.beside = self.beside.filter(|beside| !dropped.contains(beside));
        if dropped.contains(&self.cursor.branch) || self.cursor.branch == id && self.cursor.step > head.0 {
            self.cursor = Cursor { branch: id, step: head.0, time: head.1 };
        }
        Ok(dropped.into_iter().collect())
    }
}

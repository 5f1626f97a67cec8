//! A run as one file, `.tabletop`.
//!
//! ```text
//! "TTrn" | format u32 | length, header | length, original | per branch: count, { length, segment } | CRC32
//! ```
//!
//! The segments are those of the store. There is one byte string per run: [`RunFile::decode`]
//! takes only what [`RunFile::encode`] writes, so export and import go round byte for byte.

use super::codec::{Reader, frame, open, put_varint, seal};
use super::{
    Appended, BranchLog, Entry, Fault, ImportId, Reading, RecordError, RunHeader, SegmentError, read_branch,
};
use alloc::vec::Vec;

const MAGIC: [u8; 4] = *b"TTrn";

/// A branch's entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchEntries {
    /// The branch's id.
    pub branch: u32,
    /// Its entries, the parents' not included.
    pub entries: Vec<Entry>,
}

/// A whole run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFile {
    /// Everything but the commands.
    pub header: RunHeader,
    /// One per branch of the header, in its order.
    pub branches: Vec<BranchEntries>,
    /// The text it was imported from.
    pub original: Option<Vec<u8>>,
}

impl RunFile {
    /// Packs the run. Cost: its size.
    ///
    /// # Errors
    /// What [`decode`](Self::decode) would refuse.
    pub fn encode(&self) -> Result<Vec<u8>, RecordError> {
        let Self { header, branches, original } = self;
        if original.as_deref().map(ImportId::of) != header.original {
            return Err(RecordError::Original);
        }
        let listed = header.branches.iter().map(|branch| (branch.id, branch.entries));
        if !listed.eq(branches.iter().map(|branch| (branch.branch, branch.entries.len() as u64))) {
            return Err(RecordError::Header("other branches than listed"));
        }
        let mut out = frame(MAGIC);
        put_bytes(&mut out, &header.encode()?);
        put_bytes(&mut out, original.as_deref().unwrap_or_default());
        for (record, BranchEntries { entries, .. }) in header.branches.iter().zip(branches) {
            let fork = record.parent.map_or(0, |(_, step)| step);
            if !entries.iter().all(|entry| (fork..record.head_step).contains(&entry.after)) {
                return Err(RecordError::Header("a command outside its branch"));
            }
            let log = BranchLog::new(header.root(), header.lab, record.id);
            let Appended { segments, .. } = log.append(entries).map_err(|error| RecordError::Segment {
                branch: record.id,
                segment: 0,
                error,
            })?;
            put_varint(&mut out, segments.len() as u64);
            for (_, segment) in segments {
                put_bytes(&mut out, &segment);
            }
        }
        seal(&mut out);
        Ok(out)
    }

    /// Unpacks a run. Safe for any bytes; allocates a small multiple of their number.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn decode(bytes: &[u8]) -> Result<Self, RecordError> {
        let mut reader = open(bytes, MAGIC)?;
        let header = RunHeader::decode(take_bytes(&mut reader)?)?;
        let original = take_bytes(&mut reader)?;
        let original = header.original.map(|_| original.to_vec());
        let mut branches = Vec::with_capacity(header.branches.len());
        for record in &header.branches {
            let count = reader.varint()?;
            let mut segments = Vec::new();
            for _ in 0..count {
                segments.push(take_bytes(&mut reader)?);
            }
            let branch = record.id;
            let log = BranchLog::new(header.root(), header.lab, branch);
            let Reading { entries, fault, .. } = read_branch(log, segments);
            if let Some(Fault { segment, error }) = fault {
                return Err(RecordError::Segment { branch, segment, error });
            }
            if entries.len() as u64 != record.entries {
                let (segment, error) = (count as u32, SegmentError::Missing { entries: record.entries });
                return Err(RecordError::Segment { branch, segment, error });
            }
            branches.push(BranchEntries { branch, entries });
        }
        reader.end()?;
        let file = Self { header, branches, original };
        if file.encode()? == bytes { Ok(file) } else { Err(RecordError::NotCanonical) }
    }
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn take_bytes<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], RecordError> {
    let at = reader.at();
    let length = usize::try_from(reader.varint()?).map_err(|_| RecordError::Malformed { at })?;
    Ok(reader.take(length)?)
}

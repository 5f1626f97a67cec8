//! The record of a run in the store: its header without the configuration, and how it stands.
//!
//! The configuration of an imported tablet may be megabytes and never changes; it is kept beside
//! the record, which is written with each save.

use super::StoreError;
use serde::{Deserialize, Serialize};
use tabletop_core::record::{ImportId, RecordError, RunHeader, unwrap, wrap};

const MAGIC: [u8; 4] = *b"TTrr";

/// The record of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RunRecord {
    /// Counts the commits to this run; no two of its records are alike.
    pub(super) revision: u64,
    /// In the trash.
    pub(super) trashed: bool,
    /// Bytes of segments, configuration and original.
    pub(super) bytes: u64,
    /// Names the configuration by content.
    pub(super) config: ImportId,
    /// The header, its configuration empty.
    pub(super) header: RunHeader,
}

#[derive(Serialize, Deserialize)]
struct Packed {
    revision: u64,
    trashed: bool,
    bytes: u64,
    config: ImportId,
    header: Vec<u8>,
}

impl RunRecord {
    pub(super) fn encode(&self) -> Result<Vec<u8>, StoreError> {
        let unpackable = |error: RecordError| StoreError::Unpackable(error.to_string());
        let Self { revision, trashed, bytes, config, ref header } = *self;
        let header = header.encode().map_err(unpackable)?;
        let packed = Packed { revision, trashed, bytes, config, header };
        let packed = postcard::to_extend(&packed, Vec::new())
            .map_err(|error| StoreError::Unpackable(error.to_string()))?;
        Ok(wrap(MAGIC, &packed))
    }

    /// Safe for any bytes.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let Packed { revision, trashed, bytes, config, header } = postcard::from_bytes(unwrap(bytes, MAGIC)?)
            .map_err(|_| StoreError::Damaged { what: "the run's record".into() })?;
        Ok(Self { revision, trashed, bytes, config, header: RunHeader::decode(&header)? })
    }
}

/// The header with an empty configuration, without copying the full one.
pub(super) fn without_config(header: &RunHeader) -> RunHeader {
    RunHeader {
        lab: header.lab,
        name: header.name.clone(),
        scenario: header.scenario.clone(),
        seed: header.seed,
        config: Vec::new(),
        branches: header.branches.clone(),
        markers: header.markers.clone(),
        cursor: header.cursor,
        created_unix_ms: header.created_unix_ms,
        saved_unix_ms: header.saved_unix_ms,
        original: header.original,
        beside: header.beside,
    }
}

//! Readers: planned at a version, captured later.

use super::{READS_KEPT, TabletLab};
use crate::base::{ReaderId, RowsetId, SimTime, Version, VersionRange};
use crate::lab::tablet::TabletEvent;
use crate::tablet::{CaptureOptions, ReadError};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A rowset on a read's path: its id, its versions, whether it was live.
pub type Stop = (RowsetId, VersionRange, bool);

/// How a read ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Not yet.
    Waiting {
        /// When it captures.
        captures_at: SimTime,
    },
    /// A path, as it was then: the rowsets, and which of them were live.
    Served {
        /// In order.
        path: Vec<Stop>,
    },
    /// None.
    Failed {
        /// The reference's code.
        code: i32,
        /// What was collected before the walk stopped.
        partial: Vec<Stop>,
        /// The vertex it could not leave.
        stuck_at: Version,
    },
}

/// A read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// Its id.
    pub id: ReaderId,
    /// Its version.
    pub version: Version,
    /// When it was planned.
    pub started_at: SimTime,
    /// When it ended.
    pub ended_at: SimTime,
    /// The step that ended (or started) it.
    pub step: u64,
    /// How.
    pub outcome: Outcome,
}

impl TabletLab {
    /// The reference's capture of `[0, version]`: live and stale rowsets alike.
    pub(super) fn read(&self, version: Version, path: &mut Vec<VersionRange>) -> Result<(), ReadError> {
        self.tablet.capture(VersionRange::new(0, version), CaptureOptions::default(), path)
    }

    /// Plans a reader; captures at once when it holds for no time.
    pub(super) fn start_reader(&mut self, version: Version, holds: SimTime, out: &mut Vec<TabletEvent>) {
        let id = ReaderId(self.next_reader);
        self.next_reader += 1;
        let captures_at = self.now + holds;
        let mut read = Read {
            id,
            version,
            started_at: self.now,
            ended_at: self.now,
            step: self.steps + u64::from(holds == SimTime::ZERO),
            outcome: Outcome::Waiting { captures_at },
        };
        if holds == SimTime::ZERO {
            self.finish(&mut read, out);
            self.remember(read);
        } else {
            out.push(TabletEvent::ReaderStarted { reader: id, version, captures_at });
            self.waiting.insert((captures_at, id), read);
        }
    }

    /// The next waiting reader captures.
    pub(super) fn capture_next(&mut self, out: &mut Vec<TabletEvent>) {
        if let Some((_, mut read)) = self.waiting.pop_first() {
            read.step = self.steps;
            self.finish(&mut read, out);
            self.remember(read);
        }
    }

    fn finish(&mut self, read: &mut Read, out: &mut Vec<TabletEvent>) {
        read.ended_at = self.now;
        let (reader, version) = (read.id, read.version);
        let mut path = core::mem::take(&mut self.scratch);
        let mut stops = core::mem::take(&mut self.spare);
        stops.clear();
        let mut stale = 0;
        let all = VersionRange::new(0, version);
        let result = self.tablet.capture_rowsets(all, CaptureOptions::default(), &mut path, |meta, live| {
            stops.push((meta.id, meta.range, live));
            stale += u32::from(!live);
        });
        if result.is_err() {
            stops.clear();
            stops.extend(
                self.tablet
                    .rowsets_on(&path)
                    .map(|(range, meta, live)| (meta.map_or(RowsetId(0), |meta| meta.id), range, live)),
            );
        }
        self.scratch = path;
        read.outcome = match result {
            Ok(()) => {
                self.served += 1;
                out.push(TabletEvent::Served { reader, version, stops: stops.len() as u32, stale });
                Outcome::Served { path: stops }
            }
            Err(error) => {
                let code = error.code();
                self.already_merged += u64::from(code == -230);
                let stuck_at = stops.last().map_or(0, |stop| stop.1.end + 1);
                out.push(TabletEvent::Failed { reader, version, code, stuck_at });
                Outcome::Failed { code, partial: stops, stuck_at }
            }
        };
    }

    fn remember(&mut self, read: Read) {
        if self.ended.len() >= READS_KEPT {
            // A failure stays longer than reads that went well: it is what the page explains.
            let index = self.ended.iter().position(|read| matches!(read.outcome, Outcome::Served { .. }));
            let forgotten = self.ended.remove(index.unwrap_or(0)).map(|read| read.outcome);
            if let Some(Outcome::Served { path } | Outcome::Failed { partial: path, .. }) = forgotten {
                self.spare = path;
            }
        }
        self.ended.push_back(read);
    }
}

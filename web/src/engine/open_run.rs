//! A run that is open: its timeline, and what belongs to it besides.

use super::line::Line;
use crate::protocol::{Marker, RunId};
use tabletop_core::base::SimTime;
use tabletop_core::base::sort::sort_by_key;
use tabletop_core::lab::timeline::BranchId;
use tabletop_core::record::{Entry, ImportId, MarkerRecord, RunFile, RunHeader};

/// Steps of undo kept.
const UNDO_MAX: usize = 1_000;

/// A place in the tree of branches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Branch.
    pub branch: BranchId,
    /// Step.
    pub step: u64,
    /// Time.
    pub time: SimTime,
}

/// A run that is open, of one lab or (behind `dyn`) of any.
#[derive(Debug)]
pub struct OpenRun<T: Line + ?Sized> {
    /// Its id in the store.
    pub id: RunId,
    /// Number of its lab.
    pub lab: u8,
    /// Its name.
    pub name: String,
    /// Key of the scenario it came from; `import` for pasted text.
    pub scenario: String,
    /// The run itself.
    pub timeline: Box<T>,
    /// Flags.
    pub markers: Vec<MarkerRecord>,
    /// Pasted text it came from.
    pub original: Option<Vec<u8>>,
    /// When it was begun, Unix ms.
    pub created_unix_ms: u64,
    /// Where undo goes.
    pub undo: Vec<Spot>,
    /// Where redo goes.
    pub redo: Vec<Spot>,
}

impl<T: Line + ?Sized> OpenRun<T> {
    /// A run around its timeline.
    pub fn around(id: RunId, lab: u8, scenario: String, timeline: Box<T>, created_unix_ms: u64) -> Self {
        Self {
            id,
            lab,
            name: String::new(),
            scenario,
            timeline,
            markers: Vec::new(),
            original: None,
            created_unix_ms,
            undo: Vec::new(),
            redo: Vec::new(),
        }
    }

    /// A stored run around its replayed timeline.
    pub fn stored(id: RunId, header: RunHeader, original: Option<Vec<u8>>, timeline: Box<T>) -> Self {
        let run = Self::around(id, header.lab, header.scenario, timeline, header.created_unix_ms);
        Self { name: header.name, markers: header.markers, original, ..run }
    }

    /// The header as it stands.
    pub fn header(&self, now_unix_ms: u64) -> RunHeader {
        RunHeader {
            name: self.name.clone(),
            scenario: self.scenario.clone(),
            markers: self.markers.clone(),
            created_unix_ms: self.created_unix_ms,
            saved_unix_ms: now_unix_ms,
            original: self.original.as_deref().map(ImportId::of),
            ..self.timeline.header(self.lab)
        }
    }

    /// Packed commands of a branch from an index on.
    pub fn entries(&self, branch: usize, from: u64) -> Vec<Entry> {
        self.timeline.entries(branch, from)
    }

    /// The whole run.
    pub fn file(&self, now_unix_ms: u64) -> RunFile {
        let branches = self.timeline.all_entries();
        RunFile { header: self.header(now_unix_ms), branches, original: self.original.clone() }
    }

    /// Where the cursor stands.
    pub fn spot(&self) -> Spot {
        let timeline = &self.timeline;
        Spot { branch: timeline.branch(), step: timeline.step(), time: timeline.now() }
    }

    /// Moves the cursor.
    pub fn go(&mut self, spot: Spot) {
        self.timeline.go(spot.branch, spot.step, spot.time);
    }

    /// Remembers a place that undo may return to.
    pub fn remember(&mut self, spot: Spot) {
        if self.undo.len() >= UNDO_MAX {
            self.undo.remove(0);
        }
        self.undo.push(spot);
        self.redo.clear();
    }

    /// Flags on the line of the cursor's branch.
    pub fn markers_here(&self) -> Vec<Marker> {
        let branches = self.timeline.branches_told();
        let mut line = Vec::new();
        let (mut at, mut limit) = (self.timeline.branch(), u64::MAX);
        loop {
            line.push((at.0, limit));
            match branches.get(at.0 as usize).and_then(|branch| branch.parent) {
                Some((parent, step)) if parent < at => (at, limit) = (parent, limit.min(step)),
                _ => break,
            }
        }
        let on_line = |marker: &&MarkerRecord| {
            line.iter().any(|&(branch, limit)| branch == marker.branch && marker.step <= limit)
        };
        let mut markers: Vec<Marker> = self
            .markers
            .iter()
            .filter(on_line)
            .map(|marker| Marker { step: marker.step, time: marker.time, name: marker.name.clone() })
            .collect();
        sort_by_key(&mut markers, |marker| marker.step);
        markers
    }
}

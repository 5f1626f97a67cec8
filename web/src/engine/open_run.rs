//! A run that is open: its timeline, and what belongs to it besides.

use crate::protocol::{Marker, RunId};
use tabletop_core::base::sort::sort_by_key;
use tabletop_core::base::{RowsetId, SimTime, SortedMap};
use tabletop_core::import::Imported;
use tabletop_core::lab::tablet::scenarios::{self, Scenario};
use tabletop_core::lab::tablet::{Origin, TabletLab};
use tabletop_core::lab::timeline::{BranchId, Differs, Timeline};
use tabletop_core::lab::{Lab, stored};
use tabletop_core::record::{Entry, ImportId, MarkerRecord, RecordError, RunFile, RunHeader};

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

/// A run that is open.
#[derive(Debug)]
pub struct OpenRun {
    /// Its id in the store.
    pub id: RunId,
    /// Its name.
    pub name: String,
    /// Key of the scenario it came from; `import` for pasted text.
    pub scenario: String,
    /// The run itself.
    pub timeline: Timeline<TabletLab>,
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
    names: SortedMap<RowsetId, String>,
}

impl OpenRun {
    fn around(
        id: RunId,
        name: String,
        scenario: String,
        timeline: Timeline<TabletLab>,
        created: u64,
    ) -> Self {
        let names = match &timeline.config().origin {
            Origin::Fresh => SortedMap::default(),
            Origin::Imported(text) => names(text),
        };
        Self {
            id,
            name,
            scenario,
            timeline,
            markers: Vec::new(),
            original: None,
            created_unix_ms: created,
            undo: Vec::new(),
            redo: Vec::new(),
            names,
        }
    }

    /// A run of a scenario, its first commands given and its first stretch played.
    pub fn from_scenario(id: RunId, scenario: Scenario, created: u64) -> Self {
        let mut timeline = Timeline::new(scenario.config, scenario.seed);
        for command in scenario.commands {
            let given = timeline.act(command);
            debug_assert!(given.is_ok(), "a scenario's own command was refused: {given:?}");
        }
        timeline.advance(scenario.play, 10_000_000);
        timeline.take_recent();
        Self::around(id, String::new(), scenario.key.to_owned(), timeline, created)
    }

    /// A run that goes on from pasted text.
    pub fn from_import(id: RunId, name: String, text: Vec<u8>, imported: Imported, created: u64) -> Self {
        let timeline = Timeline::new(scenarios::imported(imported), 0x5eed);
        let mut run = Self::around(id, name, "import".to_owned(), timeline, created);
        run.original = Some(text);
        run
    }

    /// A stored run, replayed. Says at which step the replay differed from the record.
    ///
    /// # Errors
    /// The record cannot be understood.
    pub fn from_record(id: RunId, file: RunFile) -> Result<(Self, Result<(), Differs>), RecordError> {
        let (timeline, verdict) = stored::replay(stored::LAB_TABLET, &file)?;
        let RunFile { header, original, .. } = file;
        let mut run = Self::around(id, header.name, header.scenario, timeline, header.created_unix_ms);
        run.markers = header.markers;
        run.original = original;
        Ok((run, verdict))
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
            ..stored::header(stored::LAB_TABLET, &self.timeline)
        }
    }

    /// Packed commands of a branch from an index on.
    pub fn entries(&self, branch: usize, from: u64) -> Vec<Entry> {
        stored::entries(&self.timeline, branch, from)
    }

    /// The whole run.
    pub fn file(&self, now_unix_ms: u64) -> RunFile {
        let branches = stored::all_entries(&self.timeline);
        RunFile { header: self.header(now_unix_ms), branches, original: self.original.clone() }
    }

    /// The id that the backend printed for a rowset.
    pub fn external_id(&self, rowset: RowsetId) -> Option<&str> {
        self.names.get(&rowset).map(String::as_str)
    }

    /// The import that the run came from.
    pub fn imported(&self) -> Option<&Imported> {
        match &self.timeline.config().origin {
            Origin::Fresh => None,
            Origin::Imported(text) => Some(text),
        }
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
        let mut line = Vec::new();
        let (mut at, mut limit) = (self.timeline.branch(), u64::MAX);
        loop {
            line.push((at.0, limit));
            match self.timeline.branches().get(at.0 as usize).and_then(|branch| branch.parent) {
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

    /// When the run began.
    pub fn started_at(&self) -> SimTime {
        TabletLab::new(self.timeline.config(), self.timeline.seed()).now()
    }
}

fn names(text: &Imported) -> SortedMap<RowsetId, String> {
    SortedMap::of(text.rowsets().filter_map(|rowset| Some((rowset.meta.id, rowset.external_id.clone()?))))
}

//! What is on screen, and what changes it.
//!
//! ```text
//! event -> Msg -> update(&mut Model, Msg) -> Vec<Effect> -> the browser, or the engine
//!                        ^                                                   |
//!                        '------------- Msg::Answer --------------------------'
//! ```
//!
//! Nothing here knows the browser; all of it runs in tests on the host. The page holds no state
//! of the engine: what it shows is the last [`Frame`] and answers to questions about it.

pub(crate) mod answer;
pub(crate) mod editor;
pub mod keys;
mod knob;
pub mod labs;
mod measuring;
pub(crate) mod msg;
pub mod palette;
pub(crate) mod update;
mod verb;
pub(crate) mod wire;

#[cfg(test)]
mod tests;

pub use answer::{METRICS, not_saved};
pub use editor::{Edited, Editor};
pub use knob::{Choice, Knob, KnobId, SETTINGS, Shown, WORKLOAD};
pub use measuring::{Measure, Measurement};
pub use msg::{Dialog, Edit, Effect, Import, Layout, Menu, Msg, Sheet, StepBy, Tab, Toast, ToastKind, View};
pub use update::{stage_mode, update};
pub use verb::Verb;
pub use wire::{Purpose, Wire};

/// How many steps the list of events goes back.
pub const EVENTS: u32 = 200;

use crate::board::page::BoardPage;
use crate::player::Playback;
use crate::protocol::{
    EventLine, Fate, Frame, Notice, Picks, RowsetCard, RunId, RunInfo, RunState, SaveState, ScenarioInfo,
    Series,
};
use crate::stage::{Hover, Selection, StageOrder};
use crate::text::{Lang, Text, fill, scenario};
use std::rc::Rc;
use tabletop_core::base::VersionRange;
use tabletop_core::lab::stored::LAB_TABLET;
use tabletop_core::lab::tablet::Kind;
use tabletop_core::view::tablet::{PreviewView, ReadState, ReadView, TabletWindow};

/// Everything the page shows.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Model {
    /// Language.
    pub lang: Lang,
    /// Dark theme.
    pub dark: bool,
    /// Larger, for a wall.
    pub projector: bool,
    /// Single letters are keys.
    pub letters: bool,
    /// What fits.
    pub layout: Layout,
    /// State and picture, as last told.
    pub frame: Option<Rc<Frame>>,
    /// The frame's state, shared with the timeline.
    pub state: Option<Rc<RunState>>,
    /// What is saved, as last told (also between frames).
    pub save: Option<SaveState>,
    /// Playback.
    pub playback: Playback,
    /// What a step button counts.
    pub step_by: StepBy,
    /// Which view of the stage.
    pub view: View,
    /// What is selected, in every view.
    pub selected: Option<Selection>,
    /// Versions chosen for a compaction by hand.
    pub chosen: Option<VersionRange>,
    /// What was typed for them instead.
    pub chosen_draft: Option<String>,
    /// Inspector's tab.
    pub tab: Tab,
    /// Inspector is pulled in (narrow screens).
    pub drawer: bool,
    /// A phone's sheet.
    pub sheet: Option<Sheet>,
    /// What became of the asked-for version.
    pub fate: Option<Fate>,
    /// Card of the selected rowset; `Some(None)` when it is gone.
    pub card: Option<Option<Box<RowsetCard>>>,
    /// Events up to the cursor, oldest first.
    pub events: Vec<EventLine>,
    /// Curves and density.
    pub series: Rc<Series>,
    /// The drawing as text.
    pub drawing: String,
    /// Stored runs.
    pub runs: Vec<RunInfo>,
    /// What can be started.
    pub scenarios: Vec<ScenarioInfo>,
    /// The open menu.
    pub menu: Option<Menu>,
    /// The open dialog.
    pub dialog: Option<Dialog>,
    /// Messages that leave by themselves.
    pub toasts: Vec<Toast>,
    /// What must be known about the store, until dismissed.
    pub notice: Option<Notice>,
    /// The explanation of the first screen was dismissed.
    pub intro_seen: bool,
    /// Why the engine stopped.
    pub dead: Option<String>,
    /// What is typed into the query's version field.
    pub query_version: String,
    /// How long a reader started by hand holds its version, s.
    pub query_holds_s: u32,
    /// The last order to the stage.
    pub order: Option<(u32, StageOrder)>,
    /// What lies under the pointer.
    pub hover: Option<Hover>,
    /// The lane that `,` and `.` walk.
    pub lane: u32,
    /// What is typed into the palette, and which line is lit.
    pub palette: (String, usize),
    /// The import dialog.
    pub import: Import,
    /// The editor of a policy of one's own.
    pub editor: Editor,
    /// A file hangs over the page.
    pub dropping: bool,
    /// A name being edited.
    pub edit: Option<(Edit, String)>,
    /// A slider being dragged.
    pub draft: Option<(KnobId, u64)>,
    /// How far the table is scrolled, and how high it is, px.
    pub table_at: (f64, f64),
    /// What a screen reader is told.
    pub say: String,
    /// Steps a second, measured while playing.
    pub rate: Option<u64>,
    /// Number of the lab.
    pub lab: u8,
    /// The page of a lab of boards.
    pub board: BoardPage,
    /// The branch beside, as a frame of its own.
    pub other: Option<Rc<Frame>>,
    /// Metrics of this branch and of the one beside.
    pub versus: [Vec<i64>; 2],
    /// Curves of the branch beside.
    pub beside: Option<Rc<Series>>,
    /// Knob and value to play the run again with, as typed.
    pub again: (String, String),
    /// The measurement of this browser.
    pub measurement: Measurement,
    /// The page turns Chinese when its texts have come.
    pub wants_chinese: bool,
    /// The compaction that is looked at.
    pub peek: Kind,
    /// What each would take, as last told.
    pub picks: Option<Rc<Picks>>,
    /// Where to go once the worker has left the store.
    next_lab: Option<(u8, Option<RunId>)>,
    /// The window that the stage wants.
    window: TabletWindow,
    /// What is under way.
    wire: Wire,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            lang: Lang::En,
            dark: false,
            projector: false,
            letters: true,
            layout: Layout::default(),
            frame: None,
            state: None,
            save: None,
            playback: Playback::default(),
            step_by: StepBy::Step,
            view: View::Map,
            selected: None,
            chosen: None,
            chosen_draft: None,
            tab: Tab::Pinned,
            drawer: false,
            sheet: None,
            fate: None,
            card: None,
            events: Vec::new(),
            series: Rc::default(),
            drawing: String::new(),
            runs: Vec::new(),
            scenarios: Vec::new(),
            menu: None,
            dialog: None,
            toasts: Vec::new(),
            notice: None,
            intro_seen: false,
            dead: None,
            query_version: String::new(),
            query_holds_s: 0,
            order: None,
            hover: None,
            lane: 0,
            palette: (String::new(), 0),
            import: Import::default(),
            editor: Editor::default(),
            dropping: false,
            edit: None,
            draft: None,
            table_at: (0.0, 600.0),
            say: String::new(),
            rate: None,
            lab: LAB_TABLET,
            board: BoardPage::default(),
            other: None,
            versus: Default::default(),
            beside: None,
            again: Default::default(),
            measurement: Measurement::default(),
            wants_chinese: false,
            peek: Kind::Cumulative,
            picks: None,
            next_lab: None,
            window: TabletWindow::ALL,
            wire: Wire::default(),
        }
    }
}

impl Model {
    /// The texts of the page's language.
    pub fn text(&self) -> &'static Text {
        self.lang.text()
    }

    /// Name of the run: the user's, else the tablet's, else the scenario's.
    pub fn run_name(&self) -> String {
        let Some(state) = &self.state else { return "…".to_owned() };
        match (state.name.as_str(), state.tablet_id) {
            ("", Some(id)) => fill(self.text().tablet_n, &[&id.to_string()]),
            ("", None) if labs::is_tablet(self.lab) => scenario(self.text(), &state.scenario),
            ("", None) => self.board.words.of("scenario-", &state.scenario),
            (name, _) => name.to_owned(),
        }
    }

    /// What was shown is of a worker that is gone.
    fn forget(&mut self) {
        (self.frame, self.state, self.other, self.beside) = (None, None, None, None);
        self.picks = None;
        (self.selected, self.chosen, self.card, self.fate) = (None, None, None, None);
        self.board = BoardPage::default();
        self.events.clear();
        self.scenarios.clear();
        self.drawing.clear();
        (self.hover, self.edit, self.draft, self.dead, self.rate) = (None, None, None, None, None);
        (self.series, self.lane, self.again) = Default::default();
        self.window = TabletWindow::ALL;
        self.view = View::Map;
        self.wire.forget();
    }

    /// What the compaction that is looked at would take, on the branch beside or on this one; while
    /// nothing plays only what is so at this very step.
    pub fn preview(&self, beside: bool) -> Option<&PreviewView> {
        let (picks, state) = (self.picks.as_deref()?, self.state.as_deref()?);
        let here = (picks.step, picks.branch) == (state.step, state.branch);
        if self.tab != Tab::Pick || !(here || self.playback.playing()) {
            return None;
        }
        picks.shown(self.peek, beside)
    }

    /// Whether commands can be given at all.
    pub fn can_act(&self) -> bool {
        self.state.is_some() && self.dead.is_none() && !matches!(self.save, Some(SaveState::ReadOnly))
    }

    /// The read that is pinned: the selected one, else one of the selected version, else the latest.
    pub fn pinned(&self) -> Option<&ReadView> {
        let reads = &self.frame.as_ref()?.view.reads;
        match self.selected {
            Some(Selection::Reader(id)) => reads.iter().find(|read| read.id == id),
            Some(Selection::Version(version)) => reads.iter().find(|read| read.version == version),
            _ => None,
        }
        .or_else(|| self.latest())
    }

    /// The latest read that has ended, else the first that waits.
    fn latest(&self) -> Option<&ReadView> {
        let reads = &self.frame.as_ref()?.view.reads;
        let ended = |read: &&ReadView| !matches!(read.state, ReadState::Waiting { .. });
        reads.iter().find(ended).or_else(|| reads.first())
    }

    /// A failed read to explain: the pinned one, else the latest.
    pub fn failed(&self) -> Option<&ReadView> {
        let failed = |read: &&ReadView| matches!(read.state, ReadState::Failed { .. });
        self.pinned().filter(failed).or_else(|| self.frame.as_ref()?.view.reads.iter().find(failed))
    }

    /// The versions that "compact the selection" would merge.
    pub fn compact_range(&self) -> Option<VersionRange> {
        let Some(draft) = &self.chosen_draft else { return self.chosen };
        let mut ends = draft.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
        let start = ends.next()?.parse().ok()?;
        let end = ends.next().map_or(Some(start), |end| end.parse().ok())?;
        Some(VersionRange::new(start, end))
    }

    /// The version in the query's field: what was typed, else the selected one, else the newest.
    pub fn asked_version(&self) -> Option<i64> {
        match (self.query_version.trim().parse().ok(), self.selected) {
            (Some(version), _) => Some(version),
            (None, Some(Selection::Version(version))) if self.query_version.is_empty() => Some(version),
            _ => None,
        }
    }
}

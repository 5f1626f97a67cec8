//! The tablet lab at the session's desk: imports, fates, cards, and the tablet's own commands.

use super::desk::{Begun, Desk, Did, Moved, NO_RUN, READ_ONLY, Replayed};
use super::moves::clean;
use super::open_run::OpenRun;
use super::questions;
use super::reader::{ReadText, Refused};
use crate::protocol::{Beside, Frame, PreviewInfo, Reply, Request, RunId, RunState, ScenarioInfo};
use std::pin::Pin;
use tabletop_core::base::RowsetId;
use tabletop_core::compaction::script;
use tabletop_core::draw;
use tabletop_core::import::Imported;
use tabletop_core::lab::Lab;
use tabletop_core::lab::stored::{self, LAB_TABLET};
use tabletop_core::lab::tablet::scenarios::{self, Scenario};
use tabletop_core::lab::tablet::{CHECKERS, Origin, TabletCommand, TabletEvent, TabletLab};
use tabletop_core::lab::timeline::{Differs, Timeline};
use tabletop_core::record::{RecordError, RunFile};
use tabletop_core::view::tablet::TabletWindow;

/// A run of the tablet lab.
pub type TabletRun = OpenRun<Timeline<TabletLab>>;

impl TabletRun {
    /// A run of a scenario, its first commands given and its first stretch played.
    pub fn from_scenario(id: RunId, scenario: Scenario, created: u64) -> Self {
        let key = scenario.key.to_owned();
        Self::around(id, LAB_TABLET, key, opened(scenario), created)
    }

    /// A run that goes on from pasted text.
    pub fn from_import(id: RunId, name: String, text: Vec<u8>, imported: Imported, created: u64) -> Self {
        let run = Self::around(id, LAB_TABLET, "import".to_owned(), goes_on(imported), created);
        Self { name, original: Some(text), ..run }
    }

    /// A stored run, replayed. Says at which step the replay differed from the record.
    ///
    /// # Errors
    /// The record cannot be understood.
    pub fn from_record(id: RunId, file: RunFile) -> Result<(Self, Result<(), Differs>), RecordError> {
        let (timeline, verdict) = stored::replay(LAB_TABLET, &file)?;
        let RunFile { header, original, .. } = file;
        Ok((Self::stored(id, header, original, Box::new(timeline)), verdict))
    }

    /// The id that the backend printed for a rowset. Cost: rowsets of the import.
    pub fn external_id(&self, rowset: RowsetId) -> Option<&str> {
        self.imported()?.rowsets().find(|one| one.meta.id == rowset)?.external_id.as_deref()
    }

    /// The import that the run came from.
    pub fn imported(&self) -> Option<&Imported> {
        match &self.timeline.config().origin {
            Origin::Fresh => None,
            Origin::Imported(text) => Some(text),
        }
    }
}

fn opened(scenario: Scenario) -> Box<Timeline<TabletLab>> {
    let mut timeline = Timeline::new(scenario.config, scenario.seed);
    for command in scenario.commands {
        let given = timeline.act(command);
        debug_assert!(given.is_ok(), "a scenario's own command was refused: {given:?}");
    }
    timeline.advance(scenario.play, 10_000_000);
    timeline.take_recent();
    Box::new(timeline)
}

fn goes_on(imported: Imported) -> Box<Timeline<TabletLab>> {
    Box::new(Timeline::new(scenarios::imported(imported), 0x5eed))
}

/// The tablet lab at its desk.
#[derive(Debug)]
pub struct TabletDesk {
    window: TabletWindow,
    preview: Option<(String, Vec<u8>, Imported)>,
    read_text: ReadText,
}

impl TabletDesk {
    /// A desk that has pasted text read this way.
    pub const fn new(read_text: ReadText) -> Self {
        Self { window: TabletWindow::ALL, preview: None, read_text }
    }

    /// A future of its own: the first page does without it.
    #[inline(never)]
    fn preview(
        &mut self,
        name: String,
        text: Vec<u8>,
    ) -> Pin<Box<dyn Future<Output = Result<Reply, String>> + '_>> {
        Box::pin(async move {
            Ok(match (self.read_text)(&text).await? {
                Ok((imported, notes)) => {
                    let reply = Reply::Preview(Box::new(PreviewInfo::of(&imported, notes)));
                    self.preview = Some((name, text, imported));
                    reply
                }
                Err(Refused { line, column, said }) => Reply::ImportFailed { line, column, said },
            })
        })
    }

    #[inline(never)]
    fn play_preview(&mut self) -> Result<Begun<Timeline<TabletLab>>, String> {
        let (name, text, imported) = self.preview.take().ok_or("Nothing was pasted yet.")?;
        let name = match (clean(&name), imported.tablet_id) {
            (name, _) if !name.is_empty() => name,
            (_, Some(tablet)) => format!("Tablet {tablet}"),
            _ => String::new(),
        };
        Ok(Begun {
            lab: LAB_TABLET,
            name,
            scenario: "import".to_owned(),
            timeline: goes_on(imported),
            original: Some(text),
        })
    }

    /// What a frame shows of a lab's state.
    fn picture(&self, lab: &TabletLab, state: RunState, events: Vec<TabletEvent>, moved: Moved) -> Frame {
        Frame {
            state,
            knobs: lab.knobs().clone(),
            script: lab.script().to_owned(),
            workload: lab.workload().clone(),
            view: lab.view(&self.window),
            events,
            steps: moved.steps,
            continues: moved.continues,
            beside: None,
        }
    }
}

impl Desk for TabletDesk {
    type Run = Timeline<TabletLab>;

    fn labs(&self) -> Vec<u8> {
        vec![LAB_TABLET]
    }

    fn scenarios(&self, _: u8) -> Vec<ScenarioInfo> {
        scenarios::KEYS.iter().map(|&key| ScenarioInfo { key: key.to_owned() }).collect()
    }

    fn begin(&self, lab: u8, scenario: &str) -> Option<Begun<Self::Run>> {
        let timeline = opened(scenarios::scenario(scenario)?);
        Some(Begun { lab, name: String::new(), scenario: scenario.to_owned(), timeline, original: None })
    }

    fn replay(&self, file: &RunFile) -> Result<Replayed<Self::Run>, RecordError> {
        let (timeline, verdict) = stored::replay::<TabletLab>(LAB_TABLET, file)?;
        if verdict.is_err() && is_scripted(file) && script::check("").is_err() {
            return Err(RecordError::Header(NO_SCRIPT_PART));
        }
        Ok((Box::new(timeline), verdict))
    }

    fn turn_over(&mut self) {
        self.window = TabletWindow::ALL;
    }

    async fn own(
        &mut self,
        run: Option<&mut OpenRun<Self::Run>>,
        request: Request,
        writes: bool,
    ) -> Result<Did<Self::Run>, String> {
        let said = match request {
            Request::Preview { name, text } => self.preview(name, text).await?,
            Request::PlayPreview => return self.play_preview().map(Did::Began),
            Request::Window(window) => {
                self.window = window;
                return Ok(Did::Looked);
            }
            request => return on_run(run.ok_or(NO_RUN)?, request, writes),
        };
        Ok(Did::Said(Box::new(said)))
    }

    fn frame(&mut self, run: &mut OpenRun<Self::Run>, mut state: RunState, moved: Moved) -> Reply {
        if let Some(text) = run.imported() {
            let zone = i64::from(text.zone_minutes.unwrap_or(0)) * 60_000;
            state.tablet_id = text.tablet_id;
            state.epoch_unix_ms = (text.epoch_unix_ms != 0).then_some(text.epoch_unix_ms + zone);
        }
        state.checkers *= CHECKERS;
        let recent = run.timeline.take_recent();
        let events = if moved.continues { recent } else { Vec::new() };
        let beside = run.timeline.beside().map(|(branch, cursor)| {
            let there = RunState {
                branch,
                step: cursor.step,
                now: cursor.lab.now(),
                next_at: cursor.lab.next_at(),
                digest: cursor.digest,
                violation: run.timeline.beside_violation().cloned(),
                notice: None,
                ..state.clone()
            };
            let metrics = super::line::Line::metrics_beside(&*run.timeline).unwrap_or_default();
            Box::new(Beside { frame: self.picture(&cursor.lab, there, Vec::new(), moved), metrics })
        });
        let frame = self.picture(run.timeline.lab(), state, events, moved);
        Reply::Frame(Box::new(Frame { beside, ..frame }))
    }
}

/// A run that was not replayed is not another core's.
const NO_SCRIPT_PART: &str = "with a policy of its own, and the part that runs it could not be loaded. Open it again when the server answers";

/// Whether a policy is set somewhere in a run that the user wrote.
fn is_scripted(file: &RunFile) -> bool {
    let mut entries = file.branches.iter().flat_map(|branch| &branch.entries);
    entries.any(|entry| matches!(postcard::from_bytes(&entry.command), Ok(TabletCommand::SetScript(_))))
}

/// Requests about the open run.
fn on_run(run: &mut TabletRun, request: Request, writes: bool) -> Result<Did<Timeline<TabletLab>>, String> {
    let said = match request {
        Request::Act(_) | Request::Again { .. } if !writes => return Err(READ_ONLY.to_owned()),
        Request::Act(command) => match run.timeline.act(command) {
            Ok(_) => return Ok(Did::Acted),
            Err(rejection) => Reply::Rejected(rejection),
        },
        Request::Fate { version, started_at } => Reply::Fate(questions::fate(run, version, started_at)),
        request => return Ok(seldom(run, request)),
    };
    Ok(Did::Said(Box::new(said)))
}

/// What a first visit seldom asks. A function of its own: the first page does without it.
#[inline(never)]
fn seldom(run: &mut TabletRun, request: Request) -> Did<Timeline<TabletLab>> {
    let said = match request {
        Request::Again { name, command } => match again(run, &name, command) {
            Ok(()) => return Did::Grew,
            Err(rejection) => Reply::Rejected(rejection),
        },
        Request::Rowset(id) => Reply::Rowset(questions::card(run, id).map(Box::new)),
        Request::Events { count } => Reply::Events(questions::events(run, count)),
        Request::Picks => Reply::Picks(Box::new(questions::picks(run))),
        Request::Text => {
            let view = run.timeline.lab().view(&TabletWindow::ALL);
            Reply::Text([draw::tablet::draw(&view), draw::tablet::next(&view)].concat())
        }
        _ => return Did::Looked,
    };
    Did::Said(Box::new(said))
}

/// Plays the branch again with one command more, and holds the new one beside it.
fn again(
    run: &mut TabletRun,
    name: &str,
    command: TabletCommand,
) -> Result<(), tabletop_core::lab::Rejection> {
    let (knobs, workload) = (run.timeline.lab().knobs().clone(), run.timeline.lab().workload().clone());
    // What the command turns stays turned: at the start beside the knobs of that moment, and in every
    // command of the run that sets the others.
    let turn = |given: &TabletCommand, at: Option<&TabletLab>| match (&command, given) {
        (TabletCommand::SetKnobs(to), TabletCommand::SetKnobs(was)) => {
            let was = at.map_or(was, TabletLab::knobs);
            TabletCommand::SetKnobs(was.turned(&knobs, to))
        }
        (TabletCommand::SetWorkload(to), TabletCommand::SetWorkload(was)) => {
            let was = at.map_or(was, TabletLab::workload);
            TabletCommand::SetWorkload(was.turned(&workload, to))
        }
        _ => given.clone(),
    };
    let (branch, _) =
        run.timeline.again_as(clean(name), &|lab| turn(&command, Some(lab)), &|given| turn(&given, None))?;
    run.timeline.compare(Some(branch));
    Ok(())
}

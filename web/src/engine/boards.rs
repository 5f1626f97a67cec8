//! The labs of boards at the session's desk. [`makers`] is the list: a lab is added by one line.

use super::desk::{Begun, Desk, Did, Moved, NO_RUN, READ_ONLY, Replayed};
use super::line::Line;
use super::moves::clean;
use super::open_run::OpenRun;
use crate::board::protocol::{
    BesideFace, Face, Field, Fits, KnobInfo, LabInfo, Picture, Said, ToldLine, VerbInfo, Wish,
};
use crate::protocol::{BoardFrame, BranchId, Reply, Request, RunState, ScenarioInfo};
use core::marker::PhantomData;
use tabletop_core::draw::board::{Language, draw, facts, sentence};
use tabletop_core::lab::board::{BoardLab, Input, Kind, Value};
use tabletop_core::lab::cluster::ClusterLab;
use tabletop_core::lab::inode::InodeLab;
use tabletop_core::lab::load::LoadLab;
use tabletop_core::lab::schema::SchemaLab;
use tabletop_core::lab::timeline::Timeline;
use tabletop_core::lab::{Rejection, Violation, stored};
use tabletop_core::record::{RecordError, RunFile};
use tabletop_core::view::board::{Board, BoardWindow, ItemId, Told};

/// Steps that an opening may play.
const OPENING_STEPS: u64 = 10_000_000;
/// Steps looked back at most.
const EVENTS_MAX: u32 = 5_000;

/// The timeline of a board lab without the lab's types.
#[expect(missing_docs, clippy::missing_errors_doc, reason = "see BoardLab")]
pub trait BoardLine: Line {
    fn board(&self, window: &BoardWindow) -> Board;
    fn knobs(&self) -> Vec<Value>;
    fn beside_face(&self, window: &BoardWindow) -> Option<BesideFace>;
    fn act(&mut self, verb: &str, values: &[Value]) -> Result<bool, Rejection>;
    fn turn(&mut self, knob: &str, value: &Value) -> Result<bool, Rejection>;
    fn again(&mut self, name: String, knob: &str, value: &Value) -> Result<BranchId, Rejection>;
    fn explain(&self, item: ItemId) -> Vec<Told>;
    fn recent(&mut self) -> Vec<Told>;
    fn events(&self, count: u32) -> Vec<ToldLine>;
    fn info(&self, zh: bool) -> LabInfo;
    fn checks(&self) -> u32;
    fn text(&self, zh: bool) -> String;
    fn say(&self, told: &Told, zh: bool) -> String;
    fn metrics(&self) -> Vec<i64>;
    fn check(&self) -> Result<(), Violation>;
}

impl<L: BoardLab> BoardLine for Timeline<L> {
    fn board(&self, window: &BoardWindow) -> Board {
        self.lab().view(window)
    }

    fn knobs(&self) -> Vec<Value> {
        knobs_of(self.lab())
    }

    fn beside_face(&self, window: &BoardWindow) -> Option<BesideFace> {
        let (_, cursor) = self.beside()?;
        let face = Face { board: cursor.lab.view(window), knobs: knobs_of(&cursor.lab) };
        let metrics = self.metrics_beside().unwrap_or_default();
        Some(BesideFace { face, step: cursor.step, digest: cursor.digest.to_string(), metrics })
    }

    fn act(&mut self, verb: &str, values: &[Value]) -> Result<bool, Rejection> {
        let command = self.lab().command(verb, values)?;
        Timeline::act(self, command)
    }

    fn turn(&mut self, knob: &str, value: &Value) -> Result<bool, Rejection> {
        let command = self.lab().turn(knob, value)?;
        Timeline::act(self, command)
    }

    fn again(&mut self, name: String, knob: &str, value: &Value) -> Result<BranchId, Rejection> {
        let command = self.lab().turn(knob, value)?;
        Timeline::again(self, name, command).map(|(branch, _)| branch)
    }

    fn explain(&self, item: ItemId) -> Vec<Told> {
        self.lab().explain(item)
    }

    fn recent(&mut self) -> Vec<Told> {
        self.take_recent().iter().map(L::told).collect()
    }

    fn events(&self, count: u32) -> Vec<ToldLine> {
        let line = |(step, time, event): (u64, _, L::Event)| ToldLine {
            step,
            time,
            by_user: self.is_command(step),
            told: L::told(&event),
        };
        self.events_before(count.min(EVENTS_MAX).into()).into_iter().map(line).collect()
    }

    fn info(&self, zh: bool) -> LabInfo {
        info::<L>(zh)
    }

    fn text(&self, zh: bool) -> String {
        let board = self.lab().view(&BoardWindow::ALL);
        [draw(&board, L::WORDS, language(zh)), facts(&board, L::WORDS, language(zh))].join("\n")
    }

    fn say(&self, told: &Told, zh: bool) -> String {
        sentence(told, L::WORDS, language(zh))
    }

    fn metrics(&self) -> Vec<i64> {
        let mut row = Vec::new();
        self.lab().metrics(&mut row);
        row
    }

    fn check(&self) -> Result<(), Violation> {
        self.lab().check()
    }

    fn checks(&self) -> u32 {
        L::WORDS.iter().filter(|word| word.key.starts_with("invariant-")).count() as u32
    }
}

const fn language(zh: bool) -> Language {
    if zh { Language::Chinese } else { Language::English }
}

fn knobs_of<L: BoardLab>(lab: &L) -> Vec<Value> {
    let value = |input: &Input| lab.knob(input.key).unwrap_or_else(|| input.default_value());
    L::KNOBS.iter().map(|knob| value(&knob.input)).collect()
}

fn field(input: &Input) -> Field {
    let fits = match input.kind {
        Kind::Number { min, max, step, unit, .. } => Fits::Number { min, max, step, unit },
        Kind::Choice { of, .. } => Fits::Choice(of.iter().map(|&key| key.to_owned()).collect()),
        Kind::Switch { .. } => Fits::Switch,
        Kind::Text { max, .. } => Fits::Text(max),
    };
    Field { key: input.key.to_owned(), fits, default: input.default_value() }
}

fn info<L: BoardLab>(zh: bool) -> LabInfo {
    let knob = |knob: &tabletop_core::lab::board::Knob| KnobInfo {
        field: field(&knob.input),
        group: knob.group.to_owned(),
        advanced: knob.advanced,
    };
    let verb = |verb: &tabletop_core::lab::board::Verb| VerbInfo {
        key: verb.key.to_owned(),
        arguments: verb.arguments.iter().map(field).collect(),
    };
    let word = |word: &tabletop_core::lab::board::Word| {
        (word.key.to_owned(), if zh { word.zh } else { word.en }.to_owned())
    };
    LabInfo {
        lab: L::STORED,
        key: L::KEY.to_owned(),
        verbs: L::VERBS.iter().map(verb).collect(),
        knobs: L::KNOBS.iter().map(knob).collect(),
        metrics: L::METRICS.iter().map(|&key| key.to_owned()).zip(L::METRIC_UNITS.iter().copied()).collect(),
        density: L::DENSITY.iter().map(|&key| key.to_owned()).collect(),
        words: L::WORDS.iter().map(word).collect(),
    }
}

/// How runs of one lab come to be.
pub trait Maker {
    /// Its number in stored runs.
    fn lab(&self) -> u8;
    /// Its key.
    fn key(&self) -> &'static str;
    /// Keys of its scenarios.
    fn scenarios(&self) -> &'static [&'static str];
    /// A run of a scenario, opened and played for a stretch.
    fn begin(&self, scenario: &str) -> Option<Box<dyn BoardLine>>;
    /// A stored run.
    ///
    /// # Errors
    /// The record cannot be understood.
    fn replay(&self, file: &RunFile) -> Result<Replayed<dyn BoardLine>, RecordError>;
}

/// Makes runs of a lab.
#[derive(Debug, Default)]
pub struct Makes<L>(PhantomData<L>);

impl<L> Makes<L> {
    /// The one value there is.
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<L: BoardLab + 'static> Maker for Makes<L> {
    fn lab(&self) -> u8 {
        L::STORED
    }

    fn key(&self) -> &'static str {
        L::KEY
    }

    fn scenarios(&self) -> &'static [&'static str] {
        L::SCENARIOS
    }

    fn begin(&self, scenario: &str) -> Option<Box<dyn BoardLine>> {
        let start = L::start(scenario)?;
        let mut timeline = Timeline::<L>::new(start.config, start.seed);
        // What a scenario breaks on its way is to be seen, not only what is broken at its end.
        timeline.set_checkers(true);
        for command in start.commands {
            let given = timeline.act(command);
            debug_assert!(given.is_ok(), "a scenario's own command was refused: {given:?}");
        }
        timeline.advance(start.play, OPENING_STEPS);
        timeline.take_recent();
        Some(Box::new(timeline))
    }

    fn replay(&self, file: &RunFile) -> Result<Replayed<dyn BoardLine>, RecordError> {
        let (timeline, verdict) = stored::replay::<L>(L::STORED, file)?;
        Ok((Box::new(timeline), verdict))
    }
}

/// Labs of boards at their desk.
pub struct BoardDesk {
    makers: Vec<Box<dyn Maker>>,
    window: BoardWindow,
    /// The language of texts: that in which the lab was last described.
    zh: bool,
}

impl core::fmt::Debug for BoardDesk {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("BoardDesk").field("labs", &self.labs()).finish_non_exhaustive()
    }
}

impl BoardDesk {
    /// A desk of these labs.
    pub const fn of(makers: Vec<Box<dyn Maker>>) -> Self {
        Self { makers, window: BoardWindow::ALL, zh: false }
    }

    fn maker(&self, lab: u8) -> Option<&dyn Maker> {
        self.makers.iter().find(|maker| maker.lab() == lab).map(AsRef::as_ref)
    }
}

impl Desk for BoardDesk {
    type Run = dyn BoardLine;

    fn labs(&self) -> Vec<u8> {
        self.makers.iter().map(|maker| maker.lab()).collect()
    }

    fn scenarios(&self, lab: u8) -> Vec<ScenarioInfo> {
        let keys = self.maker(lab).map_or(&[][..], |maker| maker.scenarios());
        keys.iter().map(|&key| ScenarioInfo { key: key.to_owned() }).collect()
    }

    fn begin(&self, lab: u8, scenario: &str) -> Option<Begun<Self::Run>> {
        let timeline = self.maker(lab)?.begin(scenario)?;
        Some(Begun { lab, name: String::new(), scenario: scenario.to_owned(), timeline, original: None })
    }

    fn replay(&self, file: &RunFile) -> Result<Replayed<Self::Run>, RecordError> {
        let unknown = RecordError::Header("of a lab that this Tabletop does not have");
        self.maker(file.header.lab).ok_or(unknown)?.replay(file)
    }

    fn turn_over(&mut self) {
        self.window = BoardWindow::ALL;
    }

    async fn own(
        &mut self,
        run: Option<&mut OpenRun<Self::Run>>,
        request: Request,
        writes: bool,
    ) -> Result<Did<Self::Run>, String> {
        let line = &mut run.ok_or(NO_RUN)?.timeline;
        let said = match request {
            Request::Board(bytes) => {
                let wish =
                    postcard::from_bytes(&bytes).map_err(|_| "Page and engine are of different builds.")?;
                return self.grant(&mut **line, wish, writes);
            }
            Request::Events { count } => said(&Said::Events(line.events(count))),
            Request::Text => Reply::Text(line.text(self.zh)),
            _ => return Err("This lab has no such thing.".to_owned()),
        };
        Ok(Did::Said(Box::new(said)))
    }

    fn frame(&mut self, run: &mut OpenRun<Self::Run>, mut state: RunState, moved: Moved) -> Reply {
        let line = &mut run.timeline;
        state.checkers *= line.checks();
        let recent = line.recent();
        let picture = Picture {
            face: Face { board: line.board(&self.window), knobs: line.knobs() },
            events: if moved.continues { recent } else { Vec::new() },
            beside: line.beside_face(&self.window),
        };
        Reply::Board(Box::new(BoardFrame {
            state,
            steps: moved.steps,
            continues: moved.continues,
            picture: postcard::to_allocvec(&picture).unwrap_or_default(),
        }))
    }
}

impl BoardDesk {
    fn grant(
        &mut self,
        line: &mut dyn BoardLine,
        wish: Wish,
        writes: bool,
    ) -> Result<Did<dyn BoardLine>, String> {
        let done = match wish {
            Wish::Act { .. } | Wish::Turn { .. } | Wish::Again { .. } if !writes => {
                return Err(READ_ONLY.to_owned());
            }
            Wish::Act { verb, values } => line.act(&verb, &values).map(|_| Did::Acted),
            Wish::Turn { knob, value } => line.turn(&knob, &value).map(|_| Did::Acted),
            Wish::Again { name, knob, value } => line.again(clean(&name), &knob, &value).map(|branch| {
                line.compare(Some(branch));
                Did::Grew
            }),
            Wish::Window(window) => {
                self.window = window;
                Ok(Did::Looked)
            }
            Wish::Lab { zh } => {
                self.zh = zh;
                Ok(Did::Said(Box::new(said(&Said::Lab(Box::new(line.info(zh)))))))
            }
            Wish::Explain(item) => Ok(Did::Said(Box::new(said(&Said::Explained(item, line.explain(item)))))),
        };
        Ok(done.unwrap_or_else(|rejection| Did::Said(Box::new(Reply::Rejected(rejection)))))
    }
}

fn said(said: &Said) -> Reply {
    Reply::BoardSaid(postcard::to_allocvec(said).unwrap_or_default())
}

/// Every lab of boards: this is where one is added.
pub fn makers() -> Vec<Box<dyn Maker>> {
    vec![
        Box::new(Makes::<LoadLab>::new()),
        Box::new(Makes::<ClusterLab>::new()),
        Box::new(Makes::<SchemaLab>::new()),
        Box::new(Makes::<InodeLab>::new()),
    ]
}

/// All of them at their desk.
pub fn labs() -> BoardDesk {
    BoardDesk::of(makers())
}

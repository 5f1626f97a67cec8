//! What can happen to the page, and what it then asks for.

use super::editor::Edited;
use super::knob::KnobId;
use super::palette::Entry;
use super::verb::Verb;
use crate::protocol::{Answer, Ask, Both, BranchId, PreviewInfo, Request, RunId, Target};
use crate::stage::{Hover, Selection, StageOrder};
use tabletop_core::lab::tablet::{Kind, Knobs, TabletCommand};
use tabletop_core::view::tablet::TabletWindow;

/// What happened.
#[derive(Debug)]
pub enum Msg {
    /// The engine answered, at this moment of the frame clock (ms).
    Answer(Box<Answer>, f64),
    /// An animation frame.
    Frame(f64),
    /// A timer that was asked for.
    Wake(f64),
    /// A key, outside of fields.
    Key(keys::Key),
    /// The window changed.
    Layout(Layout),
    /// A verb of the bench.
    Do(Verb),
    /// Any command.
    Act(TabletCommand),
    /// Any other request.
    Ask(Request),
    /// Goes somewhere.
    Seek(Target),
    /// So many steps or commands on.
    Step(i32),
    /// Plays or pauses.
    Toggle,
    /// To another lab.
    Lab(u8),
    /// What only a lab of boards understands.
    Board(crate::board::page::Do),
    /// Chooses what the run is played again with: knob and value as they stand in their fields.
    AgainWith(String, String),
    /// Plays the run again with the chosen knob, beside this one.
    Again,
    /// Shows what a compaction would take; `None` ends that.
    Peek(Option<Kind>),
    /// Position of the speed slider.
    Speed(i8),
    /// What a step button counts.
    StepBy(StepBy),
    /// Which view of the stage.
    View(View),
    /// Which tab of the inspector.
    Tab(Tab),
    /// Selects; `extend` adds to the chosen versions.
    Select {
        /// What.
        what: Option<Selection>,
        /// With Shift.
        extend: bool,
    },
    /// Versions typed for a compaction.
    Choose(String),
    /// The stage's window.
    Window(TabletWindow),
    /// The pointer is over something.
    Hover(Option<Hover>),
    /// Moves the stage's viewport.
    Order(StageOrder),
    /// The lane of `,` and `.`.
    Lane(u32),
    /// Opens or closes a menu.
    Menu(Option<Menu>),
    /// Opens or closes a dialog.
    Dialog(Option<Dialog>),
    /// Opens or closes a sheet of the phone.
    Sheet(Option<Sheet>),
    /// Pulls the inspector in or out.
    Drawer(bool),
    /// Switches the language.
    Language,
    /// The Chinese texts have come, or could not be fetched.
    Chinese(Option<String>),
    /// Switches the theme.
    Theme,
    /// Switches the projector size.
    Projector,
    /// Switches single-letter keys.
    Letters,
    /// Typed into the query's version field.
    QueryVersion(String),
    /// How long the reader holds, s.
    QueryHolds(u32),
    /// A slider moves.
    Drag(KnobId, u64),
    /// A slider or field was let go.
    Turn(KnobId, u64),
    /// Settings that are not sliders.
    Knobs(Knobs),
    /// All settings back to the defaults.
    ResetKnobs,
    /// In the editor of a policy of one's own.
    Script(Edited),
    /// Switches the workload.
    WorkloadOn(bool),
    /// Typed into the palette.
    Find(String),
    /// Moves the lit line of the palette.
    FindMove(i32),
    /// Runs a line of the palette; `None` the lit one.
    FindRun(Option<Entry>),
    /// Text to look at.
    Preview {
        /// File name, or empty.
        name: String,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// A long text was pasted and is on its way.
    Reading,
    /// A file was picked or dropped.
    File {
        /// Its name.
        name: String,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// A file hangs over the page.
    Dropping(bool),
    /// Begins, changes or (with `None`) leaves the edit of a name.
    Edit(Option<(Edit, String)>),
    /// Takes the edited name.
    Rename,
    /// Puts a run into the trash.
    Trash(RunId, String),
    /// Sets or takes a flag at the cursor.
    Mark,
    /// To another branch, so many further in the list.
    OtherBranch(i32),
    /// Copies text.
    Copy(String),
    /// The clipboard took it, or not.
    Copied(bool),
    /// Copies the drawing as text.
    CopyText,
    /// Downloads the metrics.
    Csv,
    /// Downloads the drawing.
    Svg,
    /// How far the table is scrolled, and how high it is, px.
    Scrolled(f64, f64),
    /// What happens to the measurement of this browser.
    Measure(super::measuring::Measure),
    /// Closes a toast.
    Toasted(u32),
    /// Closes the notice.
    NoticeSeen,
    /// Closes the first explanation.
    IntroSeen,
    /// Loads the page again.
    Reload,
}

use super::keys;

/// What the browser must do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// To the engine.
    Ask(Asked),
    /// To the clipboard.
    Copy(String),
    /// To a file.
    Download {
        /// Its name.
        name: String,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// The drawing to a file, in the colours of the theme.
    Svg,
    /// To `localStorage`.
    Keep(&'static str, &'static str),
    /// An attribute of the root element.
    Root(&'static str, &'static str),
    /// Starts the frame clock; it stops by itself when nothing plays.
    Frames,
    /// A timer, ms.
    Wake(u32),
    /// Fetches the Chinese texts.
    Chinese,
    /// Loads the page again.
    Reload,
    /// Starts the worker that measures, with these numbers of chunk infos.
    Measure(&'static [u32]),
    /// Asks it to stop.
    StopMeasure,
    /// Ends the worker and starts that of this lab.
    Engine(u8),
}

/// A request on its way, compared by number alone.
#[derive(Clone, Debug)]
pub struct Asked(pub Ask);

impl PartialEq for Asked {
    fn eq(&self, other: &Self) -> bool {
        self.0.number == other.0.number
    }
}

/// What fits on the screen, and what its user wants of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// 390 wide: reading first.
    pub phone: bool,
    /// Below 1180: the inspector is a drawer.
    pub narrow: bool,
    /// No movement.
    pub reduced_motion: bool,
}

/// What a step button counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepBy {
    /// Every change.
    Step,
    /// What the user did.
    Command,
}

/// The stage's four faces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Bricks.
    Map,
    /// Arcs.
    Graph,
    /// The table twin.
    Table,
    /// The text twin.
    Text,
}

/// The inspector's tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Reads, fate, pick.
    Pinned,
    /// One rowset.
    Rowset,
    /// The list of events.
    Events,
    /// What a compaction would take.
    Pick,
    /// This branch and the one beside, in numbers.
    Compare,
}

/// Menus of the top bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    /// Runs.
    Run,
    /// Branches.
    Branch,
    /// What to hold beside the run.
    Compare,
    /// Share and export.
    Share,
    /// Settings of the page.
    More,
}

/// Dialogs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// Find or run.
    Palette,
    /// Keys.
    Shortcuts,
    /// Import.
    Import,
    /// The editor of a policy of one's own.
    Script,
    /// Measure this browser.
    Measure,
}

/// Sheets of the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// Verbs and settings.
    Do,
    /// Inspector.
    Inspect,
}

/// Whose name is being edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// A run's.
    Run(RunId),
    /// A branch's.
    Branch(BranchId),
}

/// The import dialog.
#[derive(Clone, Debug, Default)]
pub enum Import {
    /// Nothing given yet.
    #[default]
    Empty,
    /// The engine reads.
    Reading,
    /// What was found.
    Found(Box<PreviewInfo>),
    /// Why not.
    Refused {
        /// Line, from 1; 0 where there is none.
        line: u32,
        /// Column, from 1.
        column: u32,
        /// What is wrong.
        said: Both,
    },
}

/// A message that leaves by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    /// Its number.
    pub id: u32,
    /// What it says.
    pub kind: ToastKind,
    /// When it leaves, ms of the frame clock.
    pub until_ms: f64,
}

/// What a toast says.
#[derive(Clone, Debug, PartialEq)]
pub enum ToastKind {
    /// A command was refused.
    Rejected(tabletop_core::lab::Rejection),
    /// It could not be done.
    Failed(String),
    /// Acting in the past began a branch.
    Forked {
        /// Where.
        step: u64,
        /// Whose future was left.
        from: String,
    },
    /// A run went into the trash.
    Trashed(RunId, String),
    /// Copied, or not.
    Copied(bool),
}

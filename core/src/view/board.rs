//! What every lab but the first shows: one board of lanes, tables, facts and strips.
//!
//! ```text
//! time      0 s        10 s        20 s
//! lane 0    [insert--][wait][insert---]        spans; arrows lead from lane to lane
//! lane 1         [flush-----]   [flush---]
//! mark                       ^ memory limit
//! curve     ..::||::..                         numbers over time
//!
//! table     columns with units, a page of rows and their total
//! facts     named values: counted in the run, or computed from a stated cost
//! strips    segments in layers on a linear axis of its own (bytes of a file, versions, …)
//! ```
//!
//! Plain data for a [`BoardWindow`]; nothing outside the window is in it, however large the run
//! is. It holds no sentence and no colour: a [`Key`] is looked up in the lab's words
//! ([`Word`]), a [`Tone`] is a meaning. Ids are below 2^53, so that JavaScript keeps them.

use crate::base::SimTime;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Deref;
use serde::{Deserialize, Serialize};

/// Names a kind, a column, a fact …: looked up in the lab's words, never shown as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key(Cow<'static, str>);

impl Key {
    /// A key of the code.
    pub const fn of(key: &'static str) -> Self {
        Self(Cow::Borrowed(key))
    }
}

impl From<&'static str> for Key {
    fn from(key: &'static str) -> Self {
        Self::of(key)
    }
}

impl From<String> for Key {
    fn from(key: String) -> Self {
        Self(Cow::Owned(key))
    }
}

impl Deref for Key {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A word in both languages. Holes `{0}`, `{1}` … are the same ones in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Names it.
    pub key: &'static str,
    /// English.
    pub en: &'static str,
    /// Chinese.
    pub zh: &'static str,
}

/// Something that can be selected and explained. Each lab numbers its own; stable over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ItemId(pub u64);

impl ItemId {
    /// Stands for nothing that can be selected.
    pub const NONE: Self = Self(0);
}

/// What something means, for its colour and hatching. A screen never shows a tone by colour alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tone {
    /// Nothing in particular.
    #[default]
    Plain,
    /// New, just written.
    Fresh,
    /// The lab's first kind of work.
    First,
    /// The lab's second kind of work.
    Second,
    /// The lab's third kind of work.
    Third,
    /// Waits: queued, blocked, held back.
    Wait,
    /// Done and right.
    Good,
    /// Near a limit.
    Warn,
    /// Failed, lost, refused.
    Bad,
    /// Not there any more, or replaced.
    Ghost,
}

/// How a number is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// Just a number.
    #[default]
    Number,
    /// A name that happens to be a number: not grouped in thousands.
    Id,
    /// Bytes.
    Bytes,
    /// Bytes a second.
    BytesPerSecond,
    /// Rows.
    Rows,
    /// Microseconds of virtual time.
    Micros,
    /// Thousandths: 1000 is 1, or 100 %.
    PerMille,
    /// Words or data.
    Text,
}

/// A value with its unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cell {
    /// A number.
    Number(i64),
    /// A name that happens to be a number.
    Id(u64),
    /// Bytes.
    Bytes(u64),
    /// Bytes a second.
    BytesPerSecond(u64),
    /// A duration or a moment of virtual time.
    Time(SimTime),
    /// Thousandths.
    PerMille(i64),
    /// Data, shown as it is: a name, a key, bytes in hex.
    Text(String),
    /// A word of the lab, its holes filled.
    Word(Key, Vec<Cell>),
    /// Not known, or not yet.
    Unknown,
}

impl Cell {
    /// A word without holes.
    pub const fn word(key: &'static str) -> Self {
        Self::Word(Key::of(key), Vec::new())
    }
}

/// One sentence of the lab: its word's holes `{0}`, `{1}` … filled with values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The sentence.
    pub key: Key,
    /// What fills its holes.
    pub values: Vec<Cell>,
    /// Items it speaks of, to be linked.
    pub ids: Vec<ItemId>,
}

impl Told {
    /// A sentence that speaks of no item.
    pub fn new(key: &'static str, values: impl Into<Vec<Cell>>) -> Self {
        Self { key: Key::of(key), values: values.into(), ids: Vec::new() }
    }

    /// The same, speaking of an item.
    #[must_use]
    pub fn about(mut self, id: ItemId) -> Self {
        self.ids.push(id);
        self
    }
}

/// A horizontal line of the time drawing: a thread, a node, a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    /// Referred to by spans, arrows and marks; unique in the board, in drawing order.
    pub id: u32,
    /// Its name.
    pub key: Key,
    /// What fills the name's holes.
    pub values: Vec<Cell>,
    /// 0 for a lane of its own, more for one that belongs to a lane above.
    pub depth: u8,
    /// Something worth saying about the whole lane: a slow disk, a dead node.
    pub tone: Tone,
    /// What is explained when the lane is selected.
    pub item: ItemId,
}

/// Something that takes time on a lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Stable: the same thing at another moment has the same id.
    pub id: ItemId,
    /// The lane.
    pub lane: u32,
    /// Row within the lane, from 0, for spans that overlap.
    pub row: u32,
    /// When it began; may lie before the window.
    pub from: SimTime,
    /// When it ended; `None` while it goes on.
    pub until: Option<SimTime>,
    /// What it is: a legend entry.
    pub kind: Key,
    /// What it means.
    pub tone: Tone,
    /// Written on it where there is room.
    pub label: Vec<Cell>,
    /// How many neighbours this one stands for when the window is too coarse; 1 for itself.
    pub count: u32,
}

/// Something that goes from one lane to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrow {
    /// Stable.
    pub id: ItemId,
    /// Where it leaves.
    pub from_lane: u32,
    /// When it leaves.
    pub from_at: SimTime,
    /// Where it arrives.
    pub to_lane: u32,
    /// When it arrives; `None` while it is on its way.
    pub to_at: Option<SimTime>,
    /// What it is: a legend entry.
    pub kind: Key,
    /// What it means.
    pub tone: Tone,
    /// It never arrives; `to_at` is when it was lost.
    pub lost: bool,
    /// Written along it where there is room.
    pub label: Vec<Cell>,
}

/// Something that happened at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Stable.
    pub id: ItemId,
    /// On one lane, or across all.
    pub lane: Option<u32>,
    /// When.
    pub at: SimTime,
    /// What it is: a legend entry.
    pub kind: Key,
    /// What it means.
    pub tone: Tone,
    /// Written beside it where there is room.
    pub label: Vec<Cell>,
}

/// A number over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Curve {
    /// Its name.
    pub key: Key,
    /// Unit of its values.
    pub unit: Unit,
    /// Moments and values, in order; the first may lie before the window.
    pub points: Vec<(SimTime, i64)>,
    /// Holds its value until the next point; else the line between them is straight.
    pub steps: bool,
    /// A limit that is drawn across.
    pub limit: Option<i64>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub key: Key,
    /// Unit of its cells.
    pub unit: Unit,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// What is explained when the row is selected.
    pub id: ItemId,
    /// One per column.
    pub cells: Vec<Cell>,
    /// What it means.
    pub tone: Tone,
}

/// A page of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name; unique in the board.
    pub key: Key,
    /// Columns.
    pub columns: Vec<Column>,
    /// Index of the first row of this page.
    pub first: u64,
    /// Rows of all pages.
    pub total: u64,
    /// Rows of this page.
    pub rows: Vec<Row>,
}

/// Where a figure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// Counted while the run was played.
    Counted,
    /// Computed from costs that are configured.
    Computed,
    /// Configured.
    Given,
}

/// A named value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Its name.
    pub key: Key,
    /// The value.
    pub value: Cell,
    /// Where it comes from.
    pub source: Source,
    /// What it means.
    pub tone: Tone,
}

impl Fact {
    fn of(key: &'static str, value: Cell, source: Source) -> Self {
        Self { key: Key::of(key), value, source, tone: Tone::Plain }
    }

    /// Something the lab counted.
    pub fn counted(key: &'static str, value: Cell) -> Self {
        Self::of(key, value, Source::Counted)
    }

    /// Something that follows from what it counted.
    pub fn computed(key: &'static str, value: Cell) -> Self {
        Self::of(key, value, Source::Computed)
    }

    /// Something that was set.
    pub fn given(key: &'static str, value: Cell) -> Self {
        Self::of(key, value, Source::Given)
    }
}

/// A stretch of a strip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// What is explained when it is selected.
    pub id: ItemId,
    /// First unit of the axis.
    pub from: u64,
    /// One past the last.
    pub until: u64,
    /// What it means.
    pub tone: Tone,
    /// Written on it where there is room.
    pub label: Vec<Cell>,
}

/// One layer of a strip: what lies on it never overlaps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// Its name.
    pub key: Key,
    /// What fills the name's holes.
    pub values: Vec<Cell>,
    /// Segments inside the window, in order.
    pub segments: Vec<Segment>,
}

/// Layers of segments on a linear axis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strip {
    /// Its name; unique in the board.
    pub key: Key,
    /// What fills the name's holes.
    pub values: Vec<Cell>,
    /// Unit of the axis.
    pub unit: Unit,
    /// First unit shown.
    pub from: u64,
    /// One past the last shown.
    pub until: u64,
    /// Length of the whole axis.
    pub end: u64,
    /// A line every so many units (64 MB chunks); 0 for none.
    pub grid: u64,
    /// Layers, the topmost first.
    pub layers: Vec<Layer>,
}

/// Everything a board shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    /// Virtual time.
    pub now: SimTime,
    /// First moment shown.
    pub from: SimTime,
    /// Last moment shown.
    pub until: SimTime,
    /// Lanes, from the top.
    pub lanes: Vec<Lane>,
    /// Spans that touch the window, by lane and start.
    pub spans: Vec<Span>,
    /// Arrows that touch the window, by departure.
    pub arrows: Vec<Arrow>,
    /// Arrows of the window that are not among them, since there are more than it asks for.
    pub arrows_left_out: u64,
    /// Marks in the window, by moment.
    pub marks: Vec<Mark>,
    /// Curves.
    pub curves: Vec<Curve>,
    /// Tables.
    pub tables: Vec<Table>,
    /// Facts.
    pub facts: Vec<Fact>,
    /// Strips.
    pub strips: Vec<Strip>,
    /// Items that the last step touched.
    pub changed: Vec<ItemId>,
}

/// A page of one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The table.
    pub table: Key,
    /// First row.
    pub first: u64,
    /// Rows at most.
    pub rows: u32,
}

/// A stretch of one strip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// The strip.
    pub strip: Key,
    /// First unit.
    pub from: u64,
    /// One past the last; `u64::MAX` for all.
    pub until: u64,
}

/// Which part of a board is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardWindow {
    /// First moment.
    pub from: SimTime,
    /// Last moment; [`SimTime::MAX`] is now.
    pub until: SimTime,
    /// Spans shorter than this are joined with their neighbours of the same lane, row and kind.
    /// Zero joins nothing.
    pub join_below: SimTime,
    /// Rows of spans that all lanes share alike, at least 3 and at most 12 each: what overlaps more is joined
    /// with those of its kind, and counted. The lane that is selected has as many as it takes, and all have
    /// with 0.
    pub lane_rows: u32,
    /// About how many arrows are told apart; 0 for all. Of more there is one in two, in four and so on, and all
    /// that are lost or selected.
    pub arrows: u32,
    /// Points of a curve at most; 0 for all that are kept.
    pub points: u32,
    /// Pages; a table that is not named shows its first [`BoardWindow::rows`].
    pub pages: Vec<Page>,
    /// Stretches; a strip that is not named is shown whole.
    pub stretches: Vec<Stretch>,
    /// Rows of a page that is not named.
    pub rows: u32,
    /// The item that is selected: a lab may add a table or a strip about it.
    pub selected: ItemId,
}

impl BoardWindow {
    /// The whole run up to now, the first 100 rows of every table.
    pub const ALL: Self = Self {
        from: SimTime::ZERO,
        until: SimTime::MAX,
        join_below: SimTime::ZERO,
        lane_rows: 0,
        arrows: 0,
        points: 0,
        pages: Vec::new(),
        stretches: Vec::new(),
        rows: 100,
        selected: ItemId::NONE,
    };

    /// First row and number of rows of a table's page.
    pub fn page(&self, table: &str) -> (u64, usize) {
        let page = self.pages.iter().find(|page| &*page.table == table);
        page.map_or((0, self.rows as usize), |page| (page.first, page.rows as usize))
    }

    /// First unit and one past the last of a strip whose axis is `end` units long.
    pub fn stretch(&self, strip: &str, end: u64) -> (u64, u64) {
        let stretch = self.stretches.iter().find(|stretch| &*stretch.strip == strip);
        stretch.map_or((0, end), |stretch| (stretch.from.min(end), stretch.until.min(end)))
    }

    /// Whether something that lasts from a moment to another (`None`: it goes on) touches the window.
    pub fn touches(&self, from: SimTime, until: Option<SimTime>) -> bool {
        from <= self.until && until.is_none_or(|until| until >= self.from)
    }
}

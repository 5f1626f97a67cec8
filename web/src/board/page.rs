//! What the page keeps of a lab of boards, and what changes it.

use super::protocol::{Field, Fits, LabInfo, Picture, Said, ToldLine, Wish};
use super::say::Words;
use crate::model::answer::{say, take_state};
use crate::model::msg::{Effect, Tab, View};
use crate::model::update::{self, send};
use crate::model::wire::Purpose;
use crate::model::{EVENTS, Model};
use crate::protocol::{BoardFrame, Request};
use crate::text::{Lang, count, fill};
use crate::unpack;
use std::rc::Rc;
use tabletop_core::base::SimTime;
use tabletop_core::lab::board::Value;
use tabletop_core::view::board::{BoardWindow, ItemId, Key, Page, Told, Unit};

/// Rows of spans that all lanes share.
const LANE_ROWS: u32 = 96;
/// Arrows of a board that is looked at: more could not be told apart.
const ARROWS: u32 = 600;
/// Rows of a table that are asked for at once.
pub const PAGE_ROWS: u32 = 200;

/// What lies under the pointer, and where in the window, CSS px.
#[derive(Clone, Debug, PartialEq)]
pub struct Pointed {
    /// The item.
    pub item: ItemId,
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
    /// What is said of it, first line first.
    pub lines: Vec<String>,
}

/// The page of a lab of boards.
#[derive(Clone, Debug)]
pub struct BoardPage {
    /// What the lab is; `None` until it has told.
    pub info: Option<Rc<LabInfo>>,
    /// Its words, in the page's language.
    pub words: Rc<Words>,
    /// State and picture, as last told.
    pub picture: Option<Rc<Picture>>,
    /// What is selected, in every view.
    pub selected: ItemId,
    /// What was said of it.
    pub explained: Option<(ItemId, Vec<Told>)>,
    /// Events up to the cursor, oldest first.
    pub events: Vec<ToldLine>,
    /// What lies under the pointer.
    pub pointed: Option<Pointed>,
    /// Arguments that were chosen, by verb and argument.
    pub chosen: Vec<((usize, usize), Value)>,
    /// A slider being dragged.
    pub dragged: Option<(String, i64)>,
    /// All knobs are shown.
    pub all_knobs: bool,
    /// Which table stands in the table view.
    pub table: usize,
    /// The part of the drawing that is wanted.
    time: (SimTime, SimTime, SimTime, u32),
    /// First row that is wanted of the table.
    first: u64,
    /// The window that was last asked for.
    asked: BoardWindow,
}

impl Default for BoardPage {
    fn default() -> Self {
        Self {
            info: None,
            words: Rc::default(),
            picture: None,
            selected: ItemId::NONE,
            explained: None,
            events: Vec::new(),
            pointed: None,
            chosen: Vec::new(),
            dragged: None,
            all_knobs: false,
            table: 0,
            time: (SimTime::ZERO, SimTime::MAX, SimTime::ZERO, 0),
            first: 0,
            asked: BoardWindow::ALL,
        }
    }
}

/// What happens on the page of a board.
#[derive(Clone, Debug)]
pub enum Do {
    /// Carries out the verb of this number with the arguments chosen.
    Verb(usize),
    /// Chooses an argument of a verb, as typed.
    Choose(usize, usize, String),
    /// A slider moves.
    Drag(String, i64),
    /// A knob is turned, as typed.
    Turn(String, String),
    /// All knobs, or the usual ones.
    AllKnobs(bool),
    /// Selects.
    Select(ItemId),
    /// The pointer came over something else.
    Point(Option<Pointed>),
    /// The drawing wants this stretch, joined below, with so many points of a curve.
    Time(SimTime, SimTime, SimTime, u32),
    /// Another table.
    Table(usize),
    /// The table was scrolled to this row.
    Row(u64),
}

impl BoardPage {
    /// Where the table view's own tables begin: behind those of the drawing.
    pub const OWN_TABLES: usize = 3;

    /// Whether there is something to see.
    pub const fn ready(&self) -> bool {
        self.picture.is_some() && self.info.is_some()
    }

    /// A field of the lab's knobs.
    pub fn knob(&self, key: &str) -> Option<&Field> {
        self.info.as_ref()?.knobs.iter().map(|knob| &knob.field).find(|field| field.key == key)
    }

    /// A knob's value at the cursor.
    pub fn value(&self, key: &str) -> Option<&Value> {
        let at = self.info.as_ref()?.knobs.iter().position(|knob| knob.field.key == key)?;
        self.picture.as_ref()?.face.knobs.get(at)
    }

    /// An argument's value: the one chosen, else where it starts.
    pub fn argument(&self, verb: usize, at: usize) -> Option<Value> {
        let chosen = self.chosen.iter().find(|chosen| chosen.0 == (verb, at)).map(|chosen| chosen.1.clone());
        chosen.or_else(|| Some(self.info.as_ref()?.verbs.get(verb)?.arguments.get(at)?.default.clone()))
    }

    /// The letter of each verb: its own initial where free, else the next of the page's.
    pub fn letters(&self) -> Vec<char> {
        const FREE: &str = "LUIOXQERGHNYVJPZ";
        let Some(info) = &self.info else { return Vec::new() };
        let mut taken = Vec::new();
        for verb in &info.verbs {
            let initial = verb.key.chars().next().map(|letter| letter.to_ascii_uppercase());
            let free = |letter: &char| FREE.contains(*letter) && !taken.contains(letter);
            let letter = initial.filter(free).or_else(|| FREE.chars().find(free)).unwrap_or(' ');
            taken.push(letter);
        }
        taken
    }
}

/// Reads a value that was typed into a field: numbers in the unit that [`shown`] writes.
pub fn typed(field: &Field, text: &str) -> Option<Value> {
    let text = text.trim();
    match &field.fits {
        Fits::Number { min, max, unit, .. } => {
            let (scale, _) = scale(*unit);
            let (negative, digits) = match text.strip_prefix(['-', '−']) {
                Some(rest) => (true, rest),
                None => (false, text),
            };
            let digits: String = digits.chars().filter(|letter| !letter.is_whitespace()).collect();
            let (whole, part) = digits.split_once('.').unwrap_or((&digits, ""));
            let part: String = part.chars().chain("000000".chars()).take(6).collect();
            let millionths =
                whole.parse::<i128>().ok()?.checked_mul(1_000_000)?.checked_add(part.parse().ok()?)?;
            let value = millionths.checked_mul(scale.into())? / 1_000_000;
            let value = i64::try_from(if negative { -value } else { value }).ok()?;
            Some(Value::Number(value.clamp(*min, *max)))
        }
        Fits::Choice(of) => of.iter().find(|key| key.as_str() == text).cloned().map(Value::Choice),
        Fits::Switch => Some(Value::Switch(matches!(text, "true" | "on" | "1"))),
        Fits::Text(max) => {
            let mut text = text.to_owned();
            while text.len() > *max as usize {
                text.pop();
            }
            Some(Value::Text(text))
        }
    }
}

/// What one of a field's units is worth, and its name.
const fn scale(unit: Unit) -> (i64, &'static str) {
    match unit {
        Unit::Bytes => (1_000_000, "MB"),
        Unit::BytesPerSecond => (1_000_000, "MB/s"),
        Unit::Micros => (1_000, "ms"),
        Unit::PerMille => (10, "%"),
        _ => (1, ""),
    }
}

/// A value as it stands in its field, and its unit.
pub fn shown(field: &Field, value: &Value) -> (String, &'static str) {
    match (value, &field.fits) {
        (Value::Number(number), Fits::Number { unit, .. }) => {
            let (scale, name) = scale(*unit);
            let sign = if *number < 0 { "-" } else { "" };
            let thousandths = u128::from(number.unsigned_abs()) * 1_000 / u128::from(scale.unsigned_abs());
            let text = crate::text::millis(u64::try_from(thousandths).unwrap_or(u64::MAX));
            ([sign, &text].concat(), name)
        }
        (Value::Number(number), _) => (number.to_string(), ""),
        (Value::Choice(key) | Value::Text(key), _) => (key.clone(), ""),
        (Value::Switch(on), _) => (on.to_string(), ""),
    }
}

/// Where a value stands between a number's ends, in `0..=1000`: by ratio where the ends are far apart.
pub fn place(min: i64, max: i64, value: i64) -> i64 {
    let span = (max - min).max(1);
    let at = value.clamp(min, max) - min;
    if span <= 64 {
        return at * 1_000 / span;
    }
    log2(at) * 1_000 / log2(span).max(1)
}

/// The value of a place.
pub fn at_place(min: i64, max: i64, step: i64, place: i64) -> i64 {
    let span = (max - min).max(1);
    let place = place.clamp(0, 1_000);
    if span <= 64 {
        return min + (place * span + 500) / 1_000;
    }
    if place == 1_000 {
        return max;
    }
    // The smallest value whose place is at least this one.
    let (mut low, mut high) = (0, span);
    while low < high {
        let middle = low + (high - low) / 2;
        if log2(middle) * 1_000 / log2(span).max(1) < place { low = middle + 1 } else { high = middle }
    }
    let step = step.max(1);
    (min + (low + step / 2) / step * step).clamp(min, max)
}

/// Binary logarithm of `value + 1`, in 1024ths, linear between powers.
fn log2(value: i64) -> i64 {
    let value = value.max(0).unsigned_abs().saturating_add(1);
    let whole = value.ilog2();
    let rest = (u128::from(value - (1 << whole)) * 1_024) >> whole;
    i64::from(whole) * 1_024 + rest as i64
}

/// Takes a frame in.
pub(crate) fn take(model: &mut Model, frame: BoardFrame, purpose: Option<Purpose>, out: &mut Vec<Effect>) {
    let BoardFrame { state, steps, continues, picture } = frame;
    let mut picture: Picture = unpack::board::picture(&picture);
    model.versus =
        picture.beside.as_mut().map_or_else(Default::default, |beside| core::mem::take(&mut beside.metrics));
    let other_run = model.state.as_ref().is_none_or(|last| last.run != state.run);
    if other_run || model.lab != state.lab {
        let (info, words) = (model.board.info.take(), Rc::clone(&model.board.words));
        model.board = BoardPage::default();
        if model.lab == state.lab {
            (model.board.info, model.board.words) = (info, words);
        }
        model.lab = state.lab;
    }
    model.frame = None;
    let events = core::mem::take(&mut picture.events);
    model.board.picture = Some(Rc::new(picture));
    if model.board.info.is_none() {
        ask_words(model, out);
    }
    take_state(model, &state, (steps, continues), purpose, out);
    say(model, |model| {
        let step = count(state.step);
        let event = events.last()?;
        Some(fill(model.text().say_step, &[&step, &model.board.words.told(event)]))
    });
}

/// Takes in what the lab says.
pub(crate) fn said(model: &mut Model, bytes: &[u8]) {
    match unpack::board::said(bytes) {
        Said::Lab(mut info) => {
            let words = core::mem::take(&mut info.words);
            model.board.words = Rc::new(Words::new(model.lang == Lang::Zh, words));
            model.board.info = Some(Rc::new(*info));
        }
        Said::Explained(item, told) => model.board.explained = Some((item, told)),
        Said::Events(events) => model.board.events = events,
    }
}

fn wish(wish: &Wish) -> Request {
    Request::Board(postcard::to_allocvec(wish).unwrap_or_default())
}

/// Asks for the words of the page's language.
pub(crate) fn ask_words(model: &mut Model, out: &mut Vec<Effect>) {
    if !crate::model::labs::is_tablet(model.lab) {
        let zh = model.lang == Lang::Zh;
        send(model, Purpose::Other, wish(&Wish::Lab { zh }), out);
    }
}

/// Asks for what the open panels show.
pub(crate) fn details(model: &mut Model, out: &mut Vec<Effect>) {
    if model.view == View::Text {
        send(model, Purpose::Detail, Request::Text, out);
    }
    if model.tab == Tab::Events {
        send(model, Purpose::Detail, Request::Events { count: EVENTS }, out);
    }
    if model.board.selected != ItemId::NONE {
        send(model, Purpose::Detail, wish(&Wish::Explain(model.board.selected)), out);
    }
}

/// Asks for the window that the view needs, where it is another one.
pub(crate) fn look(model: &mut Model, out: &mut Vec<Effect>) {
    let board = &model.board;
    let (from, until, join_below, points) = board.time;
    let whole = model.view == View::Table;
    let table = board.table.checked_sub(BoardPage::OWN_TABLES);
    let shown = board.picture.as_ref().and_then(|picture| picture.face.board.tables.get(table?));
    let page = |key: &Key| Page { table: key.clone(), first: board.first, rows: PAGE_ROWS };
    let window = BoardWindow {
        from: if whole { SimTime::ZERO } else { from },
        until: if whole { SimTime::MAX } else { until },
        join_below: if whole { SimTime::ZERO } else { join_below },
        lane_rows: if whole { 0 } else { LANE_ROWS },
        arrows: if whole { 0 } else { ARROWS },
        points,
        pages: shown.filter(|_| whole).map(|table| vec![page(&table.key)]).unwrap_or_default(),
        stretches: Vec::new(),
        rows: PAGE_ROWS,
        selected: board.selected,
    };
    if window != model.board.asked {
        model.board.asked = window.clone();
        send(model, Purpose::Other, wish(&Wish::Window(window)), out);
    }
}

/// Plays the run again with the chosen knob, beside this one.
pub(crate) fn again(model: &mut Model, out: &mut Vec<Effect>) {
    let (knob, text) = &model.again;
    let Some(field) = model.board.knob(knob) else { return };
    let Some(value) = typed(field, text) else { return };
    let words = &model.board.words;
    let (text, unit) = match &value {
        Value::Choice(key) => (words.of("choice-", key), ""),
        value => shown(field, value),
    };
    let name = [&words.of("input-", knob), " ", &text, unit].concat();
    let again = wish(&Wish::Again { name, knob: knob.clone(), value });
    model.menu = None;
    send(model, Purpose::Other, again, out);
}

fn act(model: &mut Model, what: &Wish, out: &mut Vec<Effect>) {
    if !model.can_act() {
        return;
    }
    let Some(purpose) = update::acting(model) else { return };
    send(model, purpose, wish(what), out);
}

/// What happens on the page of a board.
pub(crate) fn update(model: &mut Model, what: Do, out: &mut Vec<Effect>) {
    match what {
        Do::Verb(number) => verb(model, number, out),
        Do::Choose(verb, at, text) => {
            let field = model.board.info.as_ref().and_then(|info| info.verbs.get(verb)?.arguments.get(at));
            if let Some(value) = field.and_then(|field| typed(field, &text)) {
                model.board.chosen.retain(|chosen| chosen.0 != (verb, at));
                model.board.chosen.push(((verb, at), value));
            }
        }
        Do::Drag(key, value) => model.board.dragged = Some((key, value)),
        Do::Turn(knob, text) => {
            model.board.dragged = None;
            let Some(value) = model.board.knob(&knob).and_then(|field| typed(field, &text)) else { return };
            if model.board.value(&knob) != Some(&value) {
                act(model, &Wish::Turn { knob, value }, out);
            }
        }
        Do::AllKnobs(on) => model.board.all_knobs = on,
        Do::Select(item) => {
            model.board.selected = item;
            model.board.explained = None;
            if item != ItemId::NONE {
                model.tab = Tab::Pinned;
            }
            look(model, out);
            update::details_now(model, out);
        }
        Do::Point(pointed) => model.board.pointed = pointed,
        Do::Time(from, until, join_below, points) => {
            model.board.time = (from, until, join_below, points);
            look(model, out);
        }
        Do::Table(table) => {
            (model.board.table, model.board.first) = (table, 0);
            look(model, out);
        }
        Do::Row(row) => {
            let half = u64::from(PAGE_ROWS) / 2;
            let first = row.saturating_sub(half / 2) / half * half;
            if first != model.board.first {
                model.board.first = first;
                look(model, out);
            }
        }
    }
}

fn verb(model: &mut Model, number: usize, out: &mut Vec<Effect>) {
    model.sheet = None;
    let Some(verb) = model.board.info.as_ref().and_then(|info| info.verbs.get(number)) else { return };
    let (verb, count) = (verb.key.clone(), verb.arguments.len());
    let values = (0..count).filter_map(|at| model.board.argument(number, at)).collect();
    act(model, &Wish::Act { verb, values }, out);
}

#[cfg(test)]
mod tests {
    use super::{Field, Fits, at_place, place, shown, typed};
    use tabletop_core::lab::board::Value;
    use tabletop_core::view::board::Unit;

    #[test]
    fn a_value_goes_through_its_field_unchanged() {
        let field = |unit, max| Field {
            key: "k".into(),
            fits: Fits::Number { min: 0, max, step: 1, unit },
            default: Value::Number(1),
        };
        for (unit, value, text) in [
            (Unit::Bytes, 200_000_000, "200"),
            (Unit::Micros, 2_500, "2.5"),
            (Unit::Rows, 12_345, "12345"),
            (Unit::PerMille, 250, "25"),
        ] {
            let field = field(unit, i64::MAX);
            assert_eq!(shown(&field, &Value::Number(value)).0, text);
            assert_eq!(typed(&field, text), Some(Value::Number(value)));
        }
        assert_eq!(typed(&field(Unit::Number, 9), "40"), Some(Value::Number(9)), "at most the largest");
        assert_eq!(typed(&field(Unit::Number, 9), "x"), None);
        let choice = Field { fits: Fits::Choice(vec!["a".into()]), ..field(Unit::Text, 0) };
        assert_eq!((typed(&choice, "a"), typed(&choice, "b")), (Some(Value::Choice("a".into())), None));
    }

    #[test]
    fn a_slider_s_places_and_values_agree() {
        for value in 0..=20 {
            assert_eq!(at_place(0, 20, 1, place(0, 20, value)), value);
        }
        let (min, max) = (1, 64 << 30);
        let mut last = i64::MIN;
        for at in (0..=1_000).step_by(50) {
            let value = at_place(min, max, 1, at);
            assert!(value >= last && (min..=max).contains(&value));
            assert!(place(min, max, value) >= at, "{at}: {value}");
            assert_eq!(
                at_place(min, max, 1, place(min, max, value)),
                value,
                "{at}: a drag to where it stands"
            );
            last = value;
        }
        assert_eq!((place(min, max, min), place(min, max, max)), (0, 1_000));
    }
}

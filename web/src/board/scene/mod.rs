//! A board's lanes as shapes: spans, arrows, marks and curves against one time axis.
//!
//! ```text
//! name      |0 s          10 s          20 s
//! sender 0  |[insert----][wait][insert---]
//! thread 0  |      \[flush--]  |
//! memory    |__/‾‾\____/‾‾‾‾‾\_|__            a curve is a low lane of its own
//!                              ^ playhead
//! ```
//!
//! Pure; both the canvas and tests call [`scene`]. A span narrower than a pixel is joined with its
//! neighbours, so that ten thousand of them cost what the lane is wide.

mod legend;
mod messages;

use super::say::{Words, duration};
use crate::stage::ease::Within;
use crate::stage::ink::Ink;
use crate::stage::shape::{Area, Edge, Form, Key, Label, Mark, Scene};
use crate::stage::words::width_of;
use crate::text::count;
use tabletop_core::base::SimTime;
use tabletop_core::view::board::{Board, ItemId, Span, Tone};

/// Size of the drawing and what of it is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Width, CSS px.
    pub width: f32,
    /// Height, CSS px.
    pub height: f32,
    /// Drawing scale.
    pub u: f32,
    /// Narrow: names stand above their lanes.
    pub phone: bool,
    /// First moment seen, µs.
    pub from: f64,
    /// Last moment seen, µs.
    pub until: f64,
    /// How far down the lanes are scrolled, px.
    pub down: f32,
    /// The cursor's moment.
    pub now: SimTime,
}

impl Frame {
    /// Where the time axis begins and ends, px.
    pub fn edges(&self) -> (f32, f32) {
        let left = if self.phone { 8.0 } else { 148.0 * self.u };
        (left, (self.width - if self.phone { 8.0 } else { 16.0 * self.u }).max(left + 1.0))
    }

    /// Place of a moment, px.
    pub fn x(&self, at: SimTime) -> f32 {
        let (left, right) = self.edges();
        let share = (at.micros() as f64 - self.from) / (self.until - self.from).max(1.0);
        left + (share * f64::from(right - left)) as f32
    }

    /// Moment of a place, µs.
    pub fn at(&self, x: f32) -> f64 {
        let (left, right) = self.edges();
        self.from + f64::from((x - left) / (right - left)) * (self.until - self.from)
    }

    /// Microseconds of a pixel.
    pub fn micros_per_px(&self) -> f64 {
        let (left, right) = self.edges();
        (self.until - self.from) / f64::from(right - left)
    }
}

/// A board ready to paint, and what a pointer finds on it.
#[derive(Clone, Debug, Default)]
pub struct Drawn {
    /// Shapes in order.
    pub scene: Scene,
    /// Items, the topmost last.
    pub hits: Vec<(Area, ItemId, Hit)>,
    /// Height of all lanes, px.
    pub tall: f32,
}

/// What kind of thing lies at a place, and its index in the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// A lane's name.
    Lane(usize),
    /// A span.
    Span(usize),
    /// An arrow.
    Arrow(usize),
    /// A mark.
    Mark(usize),
}

impl Drawn {
    /// What lies at a place.
    pub fn hit(&self, x: f32, y: f32) -> Option<(ItemId, Hit)> {
        let found = self.hits.iter().rev().find(|hit| hit.0.holds(x, y))?;
        Some((found.1, found.2))
    }
}

/// Ground, edge and text of a tone.
pub const fn inks(tone: Tone) -> (Ink, Ink, Ink) {
    match tone {
        Tone::Plain => (Ink::StaleFill, Ink::Line3, Ink::Ink2),
        Tone::Fresh => (Ink::FreshFill, Ink::FreshLine, Ink::FreshInk),
        Tone::First => (Ink::CumuFill, Ink::CumuLine, Ink::CumuInk),
        Tone::Second => (Ink::BaseFill, Ink::BaseLine, Ink::BaseInk),
        Tone::Third => (Ink::AccentSoft, Ink::Query, Ink::AccentInk),
        Tone::Wait => (Ink::Stage, Ink::Line3, Ink::Ink2),
        Tone::Good => (Ink::Stage, Ink::Good, Ink::Good),
        Tone::Warn => (Ink::Stage, Ink::Warn, Ink::Warn),
        Tone::Bad => (Ink::DelFill, Ink::Bad, Ink::DelInk),
        Tone::Ghost => (Ink::Stage, Ink::Line3, Ink::Ink3),
    }
}

struct Draft<'a> {
    board: &'a Board,
    words: &'a Words,
    frame: Frame,
    selected: ItemId,
    hover: ItemId,
    out: Drawn,
    part: u16,
    /// Top and row height of each lane, by its place in the board.
    places: Vec<(f32, f32)>,
}

/// Height of the axis.
const AXIS: f32 = 24.0;
/// Height of a curve.
const CURVE: f32 = 44.0;

/// Draws a board.
pub fn scene(board: &Board, words: &Words, frame: Frame, selected: ItemId, hover: ItemId) -> Drawn {
    let scene = Scene { width: frame.width, height: frame.height, ..Scene::default() };
    let out = Drawn { scene, ..Drawn::default() };
    let mut draft = Draft { board, words, frame, selected, hover, out, part: 0, places: Vec::new() };
    draft.places();
    draft.axis();
    draft.lanes();
    draft.spans();
    draft.arrows();
    draft.marks();
    draft.names();
    draft.curves();
    draft.now();
    draft.legend();
    draft.out
}

impl Draft<'_> {
    fn add(&mut self, alpha: f32, form: Form) {
        self.part = self.part.wrapping_add(1);
        self.out.scene.add_faint(0, Key::part(Mark::Frame, 0, self.part), alpha, form);
    }

    fn line(&mut self, points: Vec<[f32; 2]>, edge: Edge) {
        self.add(1.0, Form::Line { points, edge });
    }

    fn rect(&mut self, area: Area, fill: Ink) {
        self.add(1.0, Form::Rect { area, radius: 0.0, fill: Some(fill), edge: None });
    }

    fn text(&mut self, label: Label) {
        self.add(1.0, label.form());
    }

    fn lane_index(&self, id: u32) -> Option<usize> {
        let likely = self.board.lanes.get(id as usize).filter(|lane| lane.id == id).map(|_| id as usize);
        likely.or_else(|| self.board.lanes.iter().position(|lane| lane.id == id))
    }

    /// Lanes share the height: as high as is comfortable, as low as is still seen.
    fn places(&mut self) {
        let u = self.frame.u;
        let mut rows: Vec<u32> = vec![1; self.board.lanes.len()];
        for span in &self.board.spans {
            if let Some(at) = self.lane_index(span.lane) {
                rows[at] = rows[at].max(span.row + 1);
            }
        }
        let name = if self.frame.phone { 15.0 } else { 0.0 };
        let gaps = rows.len() as f32 * (9.0 * u + name);
        let curves = self.board.curves.len() as f32 * CURVE * u;
        let room = self.frame.height - (AXIS + 26.0) * u - curves - gaps;
        let all: u32 = rows.iter().sum();
        let row = (room / all.max(1) as f32).within(7.0 * u, 24.0 * u);
        // What is left stands between the lanes.
        let spare = (room - row * all as f32) / rows.len().max(1) as f32;
        let gap = 9.0 * u + spare.within(0.0, 20.0 * u);
        let mut y = AXIS * u + 8.0 * u - self.frame.down;
        for rows in rows {
            y += name;
            self.places.push((y, row));
            y += rows as f32 * row + gap;
        }
        self.out.tall = y + self.frame.down + curves + 26.0 * u;
    }

    fn axis(&mut self) {
        const ROUND: [f64; 3] = [1.0, 2.0, 5.0];
        let (u, frame) = (self.frame.u, self.frame);
        let (left, right) = frame.edges();
        let wanted = (frame.until - frame.from) / f64::from(((right - left) / (110.0 * u)).max(1.0));
        let mut step = 1.0;
        'found: for power in 0..14 {
            for round in ROUND {
                step = round * 10_f64.powi(power);
                if step >= wanted {
                    break 'found;
                }
            }
        }
        let mut at = (frame.from / step).ceil() * step;
        let bottom = frame.height - 22.0 * u;
        while at <= frame.until {
            let time = SimTime(at.max(0.0) as u64);
            let x = frame.x(time);
            self.line(vec![[x, AXIS * u], [x, bottom]], Edge::solid(Ink::Line, 1.0));
            let text = duration(time);
            if x + width_of(&text, 10.0 * u) < right + 12.0 * u {
                self.text(Label::new(x + 3.0 * u, 15.0 * u, text, 10.0 * u, Ink::Ink3));
            }
            at += step;
        }
        self.line(vec![[left, AXIS * u], [right, AXIS * u]], Edge::solid(Ink::Line2, 1.0));
    }

    fn lanes(&mut self) {
        let (board, frame) = (self.board, self.frame);
        let (left, right) = frame.edges();
        for (y, row) in self.places.iter().copied().take(board.lanes.len()).collect::<Vec<_>>() {
            if y > frame.height || y + row < 0.0 {
                continue;
            }
            let base = y + row;
            self.line(vec![[left, base + 0.5], [right, base + 0.5]], Edge::solid(Ink::Line, 1.0));
        }
    }

    /// Above everything: on a phone they stand on what they name.
    fn names(&mut self) {
        let (u, board, frame) = (self.frame.u, self.board, self.frame);
        let (left, right) = frame.edges();
        for (at, lane) in board.lanes.iter().enumerate() {
            let (y, row) = self.places[at];
            if y > frame.height || y + row < 0.0 {
                continue;
            }
            let (_, edge, _) = inks(lane.tone);
            let name = self.words.fill(&lane.key, &lane.values);
            let indent = f32::from(lane.depth) * 10.0 * u;
            let chosen = lane.item != ItemId::NONE && lane.item == self.selected;
            let ink = if chosen { Ink::AccentInk } else { Ink::Ink2 };
            let (x, place, size) =
                if frame.phone { (8.0, y - 4.0, 11.0) } else { (indent, y + row / 2.0 + 4.0 * u, 11.5 * u) };
            let start = if frame.phone { x } else { 16.0 * u + x };
            if lane.tone != Tone::Plain {
                let dot = [start + 3.0 * u, place - 4.0 * u];
                self.add(1.0, Form::Dot { at: dot, r: 3.0 * u, fill: Some(edge), edge: None });
            }
            let shift = if lane.tone == Tone::Plain { 0.0 } else { 10.0 * u };
            let room = if frame.phone { right - start } else { left - start - 8.0 * u } - shift;
            let label = Label::new(start + shift, place, cut(name, room, size), size, ink);
            let label = if frame.phone { Label { halo: Some(Ink::Stage), ..label } } else { label };
            self.text(if chosen { label.medium() } else { label });
            if lane.item != ItemId::NONE {
                let area = Area::new(0.0, place - 14.0 * u, if frame.phone { right } else { left }, 20.0 * u);
                self.out.hits.push((area, lane.item, Hit::Lane(at)));
            }
        }
    }

    /// Spans, those of less than a pixel joined with the neighbour of the same place and tone.
    fn spans(&mut self) {
        let (board, frame) = (self.board, self.frame);
        let (left, right) = frame.edges();
        let mut joined: Option<(Area, Tone, usize)> = None;
        let mut last_lane = (u32::MAX, 0);
        for (at, span) in board.spans.iter().enumerate() {
            if last_lane.0 != span.lane {
                let Some(index) = self.lane_index(span.lane) else { continue };
                last_lane = (span.lane, index);
            }
            let (top, row) = self.places[last_lane.1];
            let x0 = frame.x(span.from).max(left);
            let x1 = frame.x(span.until.unwrap_or(frame.now)).min(right);
            if x1 < left || x0 > right || x1 < x0 {
                continue;
            }
            let y = top + span.row as f32 * row;
            if y > frame.height || y + row < 0.0 {
                continue;
            }
            let area = Area::new(x0, y, (x1 - x0).max(1.0), row);
            let special = span.id == self.selected || span.id == self.hover;
            if area.w < 2.5 && !special {
                match &mut joined {
                    Some((open, tone, _))
                        if *tone == span.tone && (open.y - y).abs() < 0.5 && x0 <= open.right() + 1.0 =>
                    {
                        open.w = (area.right() - open.x).max(open.w);
                    }
                    _ => {
                        self.band(joined.take());
                        joined = Some((area, span.tone, at));
                    }
                }
                continue;
            }
            self.span(span, at, area);
        }
        self.band(joined);
    }

    /// Spans that are too narrow to be told apart.
    fn band(&mut self, band: Option<(Area, Tone, usize)>) {
        let Some((area, tone, at)) = band else { return };
        let (_, edge, _) = inks(tone);
        let inner = Area::new(area.x, area.y + area.h * 0.15, area.w, area.h * 0.7);
        self.add(0.75, Form::Rect { area: inner, radius: 0.0, fill: Some(edge), edge: None });
        self.out.hits.push((area.grown(1.0), self.board.spans[at].id, Hit::Span(at)));
    }

    fn span(&mut self, span: &Span, at: usize, area: Area) {
        let u = self.frame.u;
        let (fill, line, ink) = inks(span.tone);
        let body = Area::new(area.x, area.y + 1.0, area.w, (area.h - 2.0).max(3.0));
        let radius = if body.w > 6.0 { 2.0 } else { 0.0 };
        let edge = match span.tone {
            Tone::Ghost => Edge::dashed(line, 1.0, 3.0, 2.0),
            _ => Edge::solid(line, 1.0),
        };
        let outline = (body.w >= 3.0).then_some(edge);
        self.add(1.0, Form::Rect { area: body, radius, fill: Some(fill), edge: outline });
        match span.tone {
            Tone::Wait | Tone::Warn => self.add(0.8, Form::Hatch { area: body, ink: line, cross: false }),
            Tone::Bad => self.add(0.8, Form::Hatch { area: body, ink: line, cross: true }),
            Tone::Plain | Tone::Ghost | Tone::Good => {}
            _ => self.rect(Area::new(body.x, body.y, body.w, 2.0_f32.min(body.h)), line),
        }
        if span.until.is_none() {
            // It goes on: the right end is open.
            self.line(
                vec![[body.right(), body.y], [body.right(), body.y + body.h]],
                Edge::dashed(Ink::Cursor, 1.5, 2.0, 2.0),
            );
        }
        if self.board.changed.contains(&span.id) {
            let y = body.y + body.h + 1.0;
            self.line(vec![[body.x, y], [body.right(), y]], Edge::solid(Ink::Cursor, 2.0));
        }
        if span.id == self.selected || span.id == self.hover {
            let ink = if span.id == self.selected { Ink::Accent } else { Ink::Ink2 };
            let edge = Some(Edge::solid(ink, 2.0));
            self.add(1.0, Form::Rect { area: body.grown(1.0), radius: 3.0, fill: None, edge });
        }
        self.out.hits.push((area, span.id, Hit::Span(at)));
        if body.w > 26.0 * u && body.h >= 11.0 * u {
            let label = self.words.label(&span.label);
            let label = match (label.is_empty(), span.count) {
                (false, _) => label,
                (true, 1) => self.words.get(&span.kind),
                (true, n) => [&self.words.get(&span.kind), " × ", &count(n.into())].concat(),
            };
            let size = 10.5 * u;
            if width_of(&label, size) <= body.w - 8.0 * u {
                let halo = matches!(span.tone, Tone::Wait | Tone::Warn | Tone::Bad).then_some(fill);
                let label = Label::new(body.x + 4.0 * u, body.y + body.h / 2.0 + 3.8 * u, label, size, ink);
                self.text(Label { halo, ..label });
            }
        }
    }

    fn curves(&mut self) {
        const INKS: [Ink; 5] = [Ink::BaseLine, Ink::CumuLine, Ink::FreshLine, Ink::Query, Ink::Bad];
        let (u, frame, board) = (self.frame.u, self.frame, self.board);
        let (left, right) = frame.edges();
        let count = board.curves.len() as f32;
        let mut top = (self.out.tall - frame.down - (count * CURVE + 26.0) * u).max(AXIS * u);
        for (at, curve) in board.curves.iter().enumerate() {
            let base = top + (CURVE - 8.0) * u;
            let shown = curve.points.iter().map(|point| point.1);
            let most = shown.max().unwrap_or(0).max(curve.limit.unwrap_or(0)).max(1);
            let height = (CURVE - 16.0) * u;
            let y = |value: i64| base - (value.max(0) as f64 / most as f64) as f32 * height;
            let ink = INKS[at % INKS.len()];
            let mut points: Vec<[f32; 2]> = Vec::with_capacity(curve.points.len() * 2);
            let mut now = None;
            for &(time, value) in &curve.points {
                let (x, y) = (frame.x(time), y(value));
                if time <= frame.now {
                    now = Some(value);
                }
                if let Some(last) = points.last().copied() {
                    if x > right {
                        if curve.steps {
                            points.push([right, last[1]]);
                        }
                        break;
                    }
                    if curve.steps {
                        points.push([x.max(left), last[1]]);
                    }
                }
                points.push([x.within(left, right), y]);
            }
            if curve.steps
                && let Some(last) = points.last().copied()
            {
                points.push([frame.x(frame.now).within(last[0], right), last[1]]);
            }
            self.line(vec![[left, base + 0.5], [right, base + 0.5]], Edge::solid(Ink::Line, 1.0));
            if let Some(limit) = curve.limit {
                self.line(vec![[left, y(limit)], [right, y(limit)]], Edge::dashed(Ink::Warn, 1.0, 3.0, 3.0));
            }
            if points.len() > 1 {
                let mut area = points.clone();
                area.push([area[area.len() - 1][0], base]);
                area.push([area[0][0], base]);
                self.add(0.12, Form::Solid { points: area, ink });
                self.line(points, Edge::solid(ink, 1.5));
            }
            let value = now.map_or_else(String::new, |value| self.words.figure(value, curve.unit));
            let size = 10.5 * u;
            let name = self.words.get(&curve.key);
            if frame.phone {
                let text = [&name, " ", &value].concat();
                self.text(Label {
                    halo: Some(Ink::Stage),
                    ..Label::new(left, base - height - 2.0, text, size, Ink::Ink2)
                });
            } else {
                let room = left - 24.0 * u;
                self.text(Label::new(16.0 * u, base - 12.0 * u, cut(name, room, size), size, Ink::Ink3));
                self.text(Label::new(16.0 * u, base + 1.0, cut(value, room, size), size, Ink::Ink).medium());
            }
            top += CURVE * u;
        }
    }

    fn now(&mut self) {
        let (u, frame) = (self.frame.u, self.frame);
        let (left, right) = frame.edges();
        let x = frame.x(frame.now);
        if x < left - 1.0 || x > right + 1.0 {
            return;
        }
        self.line(vec![[x, AXIS * u - 6.0 * u], [x, frame.height - 22.0 * u]], Edge::solid(Ink::Cursor, 1.5));
        let top = AXIS * u - 8.0 * u;
        let points = vec![[x - 5.0 * u, top], [x + 5.0 * u, top], [x, top + 7.0 * u]];
        self.add(1.0, Form::Solid { points, ink: Ink::Cursor });
    }
}

/// A text that fits into so many pixels, cut with an ellipsis.
fn cut(mut text: String, room: f32, size: f32) -> String {
    if width_of(&text, size) <= room {
        return text;
    }
    while width_of(&text, size) > room - size * 0.8 && text.pop().is_some() {}
    text.push('…');
    text
}

#[cfg(test)]
mod tests {
    use super::{Frame, Hit, scene};
    use crate::board::say::Words;
    use crate::stage::shape::{Form, Shape};
    use tabletop_core::base::SimTime;
    use tabletop_core::view::board::{Board, ItemId, Key, Lane, Span, Tone};

    fn frame() -> Frame {
        let (width, height, u) = (900.0, 500.0, 1.0);
        Frame { width, height, u, phone: false, from: 0.0, until: 1e7, down: 0.0, now: SimTime(10_000_000) }
    }

    /// Ten lanes, a thousand spans each.
    fn board() -> Board {
        let lane = |id| Lane {
            id,
            key: Key::of("lane"),
            values: Vec::new(),
            depth: 0,
            tone: Tone::Plain,
            item: ItemId(u64::from(id) + 1),
        };
        let span = |at: u64| Span {
            id: ItemId(100 + at),
            lane: (at / 1_000) as u32,
            row: 0,
            from: SimTime(at % 1_000 * 10_000),
            until: Some(SimTime(at % 1_000 * 10_000 + 8_000)),
            kind: Key::of("work"),
            tone: Tone::First,
            label: Vec::new(),
            count: 1,
        };
        Board {
            lanes: (0..10).map(lane).collect(),
            spans: (0..10_000).map(span).collect(),
            ..Board::default()
        }
    }

    #[test]
    fn ten_thousand_spans_cost_what_the_lanes_are_wide() {
        let drawn = scene(&board(), &Words::default(), frame(), ItemId::NONE, ItemId::NONE);
        assert!(drawn.scene.shapes.len() < 1_000, "{} shapes", drawn.scene.shapes.len());
        let near = Frame { from: 0.0, until: 1e6, ..frame() };
        let drawn = scene(&board(), &Words::default(), near, ItemId::NONE, ItemId::NONE);
        assert!(drawn.scene.shapes.len() < 4_000, "{} shapes", drawn.scene.shapes.len());
    }

    #[test]
    fn what_is_left_out_is_said_even_where_the_legend_has_no_room() {
        let kinds = [Tone::First, Tone::Second, Tone::Wait, Tone::Good, Tone::Bad];
        let spans = board().spans.into_iter().zip(kinds).map(|(span, tone)| Span {
            kind: Key::of("a kind of work with a long name"),
            tone,
            ..span
        });
        let board = Board { spans: spans.collect(), arrows_left_out: 2_025, ..board() };
        let said_so = Words::default().more_messages(2_025);
        for width in [390.0, 900.0, 1_400.0] {
            let narrow = Frame { width, phone: width < 400.0, ..frame() };
            let drawn = scene(&board, &Words::default(), narrow, ItemId::NONE, ItemId::NONE);
            let said = |shape: &&Shape| matches!(&shape.form, Form::Text(label) if label.text == said_so);
            assert_eq!(drawn.scene.shapes.iter().filter(said).count(), 1, "{width}");
        }
    }

    #[test]
    fn a_span_is_found_where_it_is_drawn() {
        let near = Frame { from: 0.0, until: 1e5, ..frame() };
        let drawn = scene(&board(), &Words::default(), near, ItemId::NONE, ItemId::NONE);
        let (area, item, hit) = drawn.hits.iter().find(|hit| hit.2 == Hit::Span(3)).expect("in sight");
        assert_eq!((*item, *hit), (ItemId(103), Hit::Span(3)));
        assert_eq!(
            drawn.hit(area.x + area.w / 2.0, area.y + area.h / 2.0),
            Some((ItemId(103), Hit::Span(3)))
        );
        assert!((near.x(SimTime(30_000)) - area.x).abs() < 1.0);
        assert_eq!(drawn.hit(5.0, 499.0), None);
    }
}

//! Read paths as a thread: where it went, or where it could not leave.

use super::Selection;
use super::ink::Ink;
use super::layout::{Draft, layer};
use super::shape::{Area, Edge, Form, Key, Label, Mark};
use super::words::width_of;
use tabletop_core::view::tablet::{PathStop, ReadState, ReadView};

/// Beads closer than this are left out, px.
const BEAD_APART: f32 = 7.0;

impl Draft<'_> {
    /// Draws the reads worth a thread, the front one last, and rings for waiting ones.
    #[inline(never)]
    pub(super) fn threads(&mut self) {
        let reads = self.reads.clone();
        for (back, read) in reads.iter().enumerate().rev() {
            let sink = if self.geometry.phone { 9.0 } else { 11.0 * self.u } + back as f32 * 8.0 * self.u;
            match &read.state {
                ReadState::Served { path } => self.served(read, path, self.floor - sink),
                ReadState::Failed { .. } => self.failed(read, self.floor - sink),
                ReadState::Waiting { .. } => {}
            }
        }
        self.waiting();
    }

    /// Height at which a thread runs along a row; 0 is the live one.
    fn run_y(&self, row: u32, live: f32) -> f32 {
        match row {
            0 => live,
            row => {
                let under = if self.geometry.phone { 8.0 } else { 7.0 * self.u };
                self.row_y(row.min(self.rows + 1)) + self.strip() + under
            }
        }
    }

    /// How far above the ground a stop's live rowset stands.
    fn lift(&self, stop: &PathStop) -> f32 {
        if self.shelves.is_empty() || stop.row > 0 {
            return 0.0;
        }
        let live = &self.view.live;
        let first = live.partition_point(|brick| brick.x0 < stop.x0);
        let found = live[first..].iter().take_while(|brick| brick.x0 == stop.x0);
        let at = found.take_while(|brick| brick.id != stop.rowset).count();
        self.floor - self.ground(first + at)
    }

    fn trail(&self, path: &[PathStop], live: f32) -> Vec<[f32; 2]> {
        let (left, right) = self.axis.edges();
        let mut points: Vec<[f32; 2]> = Vec::new();
        for stop in path {
            let y = self.run_y(stop.row, live - self.lift(stop));
            // Clamped, so that a thread of ten thousand stops costs what the screen shows.
            let (x0, x1) = (self.axis.x(stop.x0), self.axis.x(stop.x1));
            if x1 < left - 20.0 || x0 > right + 20.0 {
                continue;
            }
            for point in [[x0, y], [x1, y]] {
                if points.last() != Some(&point) {
                    points.push(point);
                }
            }
        }
        points
    }

    fn beads(&mut self, id: u64, points: &[[f32; 2]], ink: Ink) {
        let r = if self.geometry.phone { 3.4 } else { 3.6 * self.u };
        let (left, right) = self.axis.edges();
        let mut last = [f32::MIN; 2];
        for (part, &at) in (100_u16..).zip(points) {
            let near = (at[0] - last[0]).abs() < BEAD_APART && (at[1] - last[1]).abs() < BEAD_APART;
            if near || at[0] < left - 2.0 || at[0] > right + 2.0 {
                continue;
            }
            last = at;
            let form = Form::Dot { at, r, fill: Some(Ink::Stage), edge: Some(Edge::solid(ink, 1.75)) };
            self.scene.add(layer::BEAD, Key::part(Mark::Read, id, part), form);
        }
    }

    fn served(&mut self, read: &ReadView, path: &[PathStop], live: f32) {
        let u = self.u;
        let id = read.id.0;
        let points = self.trail(path, live);
        let Some(&end) = points.last() else { return };
        let edge = Edge::solid(Ink::Accent, 2.0);
        for pair in points.windows(2) {
            let area = Area::new(pair[0][0].min(pair[1][0]), pair[0][1].min(pair[1][1]), 0.0, 0.0);
            let (w, h) = ((pair[1][0] - pair[0][0]).abs(), (pair[1][1] - pair[0][1]).abs());
            self.scene.touch(Area { w, h, ..area }.grown(5.0), Selection::Reader(read.id));
        }
        self.beads(id, &points, Ink::Accent);
        // The flag stands left of where the thread leaves the live row, else at its end.
        let turn = points.iter().position(|p| p[1] < live - 0.5).and_then(|i| points.get(i)).copied();
        self.scene.add(layer::THREAD, Key::new(Mark::Read, id), Form::Line { points, edge });
        if self.geometry.phone {
            return;
        }
        let (anchor, level) = match turn {
            Some(at) => (at[0], at[1]),
            None => (end[0], self.run_y(1, live)),
        };
        let dash = Edge::dashed(Ink::Accent, 1.5, 3.0, 3.0);
        if turn.is_none() {
            let points = vec![[end[0], end[1]], [end[0], level + 17.0 * u]];
            self.scene.add(layer::THREAD, Key::part(Mark::Read, id, 1), Form::Line { points, edge: dash });
        } else {
            let points = vec![[end[0], end[1]], [end[0], self.floor + 17.0 * u]];
            self.scene.add(layer::THREAD, Key::part(Mark::Read, id, 1), Form::Line { points, edge: dash });
        }
        self.flag(read, anchor, level + 8.0 * u, &self.words.query_at(read.version));
    }

    fn flag(&mut self, read: &ReadView, x: f32, y: f32, text: &str) {
        let u = self.u;
        let (left, right) = self.axis.edges();
        let width = width_of(text, 11.0 * u) + 14.0 * u;
        let x = if x - width - 8.0 * u > left { x - width - 8.0 * u } else { x + 8.0 * u };
        let area = Area::new(x.min(right - width), y, width, 19.0 * u);
        let key = |part| Key::part(Mark::Read, read.id.0, part);
        let form = Form::Rect { area, radius: 4.0 * u, fill: Some(Ink::Accent), edge: None };
        self.scene.add(layer::TEXT, key(2), form);
        let label = Label::new(area.x + width / 2.0, y + 13.3 * u, text, 11.0 * u, Ink::OnAccent);
        self.text(key(3), label.middle().bold());
        self.scene.touch(area, Selection::Reader(read.id));
    }

    /// Up to the vertex it cannot leave, dotted to the wanted end, cross and code.
    fn failed(&mut self, read: &ReadView, live: f32) {
        let ReadState::Failed { code, partial, stuck_at, wanted_x, .. } = &read.state else { return };
        let u = self.u;
        let key = |part| Key::part(Mark::Read, read.id.0, part);
        let points = self.trail(partial, live);
        let stuck = [self.axis.x(stuck_at.1), points.last().map_or(live, |p| p[1])];
        self.beads(read.id.0, &points, Ink::Bad);
        if points.len() > 1 {
            let edge = Edge::solid(Ink::Bad, 2.0);
            self.scene.add(layer::THREAD, key(0), Form::Line { points, edge });
        }
        let ring = Edge::solid(Ink::Bad, 2.0);
        let r = 4.2 * u;
        self.scene.add(
            layer::BEAD,
            key(4),
            Form::Dot { at: stuck, r, fill: Some(Ink::Stage), edge: Some(ring) },
        );
        let (wanted, _) = self.column(read.version).unwrap_or((self.axis.x(*wanted_x), 0.0));
        let ghost_row = self
            .view
            .ghosts
            .iter()
            .filter(|g| g.range.contains_version(read.version) && g.row <= self.rows)
            .map(|g| g.row)
            .next_back();
        let strip = self.strip();
        let up = match ghost_row {
            Some(row) => self.row_y(row) + strip / 2.0,
            None => self.row_y(1) + strip + 12.0 * u,
        };
        let dash = Edge::dashed(Ink::Bad, 1.25, 3.0, 3.0);
        let level = self.row_y(1) + strip + 12.0 * u;
        let points = vec![stuck, [stuck[0], level], [wanted, level]];
        self.scene.add(layer::THREAD, key(1), Form::Line { points, edge: dash });
        let lane = self.floor + if self.geometry.phone { 12.0 } else { 18.0 * u };
        let points = vec![[wanted, up], [wanted, lane]];
        self.scene.add(layer::THREAD, key(5), Form::Line { points, edge: dash });
        let form = Form::Cross { at: [wanted, up], r: 4.0 * u, edge: Edge::solid(Ink::Bad, 2.0) };
        self.scene.add(layer::BEAD, key(6), form);
        let text = code_text(*code);
        let size = 11.0 * u;
        let width = width_of(&text, size);
        let x = if wanted + width + 12.0 * u < self.geometry.width {
            wanted + 9.0 * u
        } else {
            wanted - width - 9.0 * u
        };
        let mut label = Label::new(
            x,
            up.max(level) + 4.0 * u - if ghost_row.is_some() { 0.0 } else { 8.0 * u },
            text,
            size,
            Ink::Bad,
        );
        label.mono = true;
        self.text(key(7), label.bold().rimmed());
        if self.column(read.version).is_some() {
            let lane = if self.geometry.phone { self.floor + 16.0 } else { self.floor + 26.0 * u };
            let form = Form::Dot {
                at: [wanted, lane],
                r: 7.0 * u,
                fill: None,
                edge: Some(Edge::solid(Ink::Bad, 1.5)),
            };
            self.scene.add(layer::LANE, key(8), form);
        }
        let touch = Area::new(wanted - 6.0, up - 6.0, 12.0, lane - up + 12.0);
        self.scene.touch(touch, Selection::Reader(read.id));
    }

    /// Readers that hold a version and have not captured yet: a ring on the lane.
    fn waiting(&mut self) {
        const MOST: usize = 24;
        let view = self.view;
        let waiting = view.reads.iter().filter(|read| matches!(read.state, ReadState::Waiting { .. }));
        for read in waiting.take(MOST) {
            let Some((x, _)) = self.column(read.version) else { continue };
            let (left, right) = self.axis.edges();
            if x < left || x > right {
                continue;
            }
            let y = self.floor + if self.geometry.phone { 16.0 } else { 26.0 * self.u };
            let chosen = self.selected == Some(Selection::Reader(read.id));
            let edge = Edge::dashed(Ink::Accent, if chosen { 2.25 } else { 1.5 }, 3.0, 2.0);
            let form = Form::Dot { at: [x, y], r: 6.5 * self.u, fill: None, edge: Some(edge) };
            self.scene.add(layer::LANE, Key::new(Mark::Read, read.id.0), form);
            self.scene.touch(Area::new(x - 7.0, y - 7.0, 14.0, 14.0), Selection::Reader(read.id));
        }
    }
}

/// A reference's code with a proper minus.
pub(super) fn code_text(code: i32) -> String {
    [if code < 0 { "−" } else { "" }, &code.unsigned_abs().to_string()].concat()
}

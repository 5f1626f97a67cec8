//! The version graph: vertices on a line, live edges below, stale ones dashed above.

use super::Selection;
use super::ink::{Ink, ink_of, line_of};
use super::layout::{Draft, layer, megabytes, swell};
use super::shape::{Area, Edge, Form, Key, Label, Mark};
use super::words::{bracket_text, size_text, width_of};
use tabletop_core::base::sort::sort;
use tabletop_core::view::tablet::{Brick, Heat, ReadState};

impl Draft<'_> {
    /// Draws the version graph.
    pub(super) fn graph(&mut self) {
        let u = self.u;
        self.legend();
        let view = self.view;
        let (left, right) = self.axis.edges();
        let line = (self.geometry.height * 0.54).round();
        for ghost in &view.ghosts {
            let (from, to) = self.axis.visible(&ghost.members, |m| (m.1, m.2));
            let gone = self.ghosts_shown();
            for (part, member) in (0_u16..).zip(&ghost.members[from..to]).take(if gone { 200 } else { 0 }) {
                let (x0, x1) = (self.axis.x(member.1), self.axis.x(member.2));
                let form = Form::Arc {
                    x0,
                    x1,
                    y: line,
                    h: self.arc_height(x0, x1, true),
                    edge: Edge::dashed(Ink::Ink4, 1.0, 1.0, 3.0),
                };
                self.scene.add(layer::GRID, Key::part(Mark::Ghost, ghost.id.0, part), form);
            }
        }
        let mut labelled = Labels::default();
        let mut dense = [Dense::default(), Dense::default()];
        for path in &view.stale {
            if !self.axis.shows(path.x0, path.x1) {
                continue;
            }
            let (from, to) = self.axis.visible(&path.members, |b| (b.x0, b.x1));
            for brick in &path.members[from..to] {
                self.arc(brick, line, true, &mut labelled, &mut dense[1]);
            }
        }
        let (from, to) = self.axis.visible(&view.live, |b| (b.x0, b.x1));
        for brick in &view.live[from..to] {
            self.arc(brick, line, false, &mut labelled, &mut dense[0]);
        }
        let points = vec![[left, line], [self.axis.x(view.axis_units).min(right), line]];
        self.scene.add_faint(
            layer::STALE,
            Key::part(Mark::Frame, 0, 0),
            0.5,
            Form::Line { points, edge: Edge::solid(Ink::Line3, 1.0) },
        );
        self.dense_arcs(&dense[0], line + 2.0 * u, 0);
        self.dense_arcs(&dense[1], line - 11.0 * u, 1);
        self.vertices(line);
        if self.geometry.phone {
            self.point(line - 90.0, line - 5.0);
        } else {
            self.point(line - 118.0 * u, line - 5.0 * u);
        }
        self.row_name(0, line - 24.0 * u, self.words.stale(), true);
        self.row_name(1, line + 32.0 * u, self.words.live(), true);
        self.row_name(2, line + 4.0 * u, self.words.vertices(), false);
        // Axis labels as below the map.
        self.ticks();
        let y = self.floor + if self.geometry.phone { 20.0 } else { 30.0 * u };
        self.rule(1, vec![[left, y], [right, y]], Edge::solid(Ink::Line2, 1.0));
    }

    fn ghosts_shown(&self) -> bool {
        self.reads.iter().any(|read| matches!(read.state, ReadState::Failed { .. }))
    }

    fn arc_height(&self, x0: f32, x1: f32, up: bool) -> f32 {
        let (part, most) = if up { (0.86, 0.40) } else { (0.72, 0.32) };
        let h = ((x1 - x0) * part + 9.0 * self.u).min(self.geometry.height * most);
        if up { -h } else { h }
    }

    fn arc(&mut self, brick: &Brick, line: f32, stale: bool, labels: &mut Labels, dense: &mut Dense) {
        let u = self.u;
        let (x0, x1) = (self.axis.x(brick.x0), self.axis.x(brick.x1));
        if x1 - x0 < ARC_MIN || brick.count > 1 {
            dense.add(x0, x1, brick.heat);
            return;
        }
        let h = self.arc_height(x0, x1, stale);
        let picked = if stale { None } else { self.pick_ink(brick.range) };
        let hot = self.hot_ink(brick.id).or(picked);
        let weight = brick.bytes.map_or(0.0, |n| swell(megabytes(n / u64::from(brick.count.max(1)))) * 0.42);
        let ink = hot.unwrap_or(line_of(brick.heat));
        let edge = match (stale, hot.is_some()) {
            (_, true) => Edge::solid(ink, (1.8 + weight) * u),
            (true, _) => Edge::dashed(ink, 1.4 * u, 4.0, 3.0),
            (false, _) => Edge::solid(ink, (1.4 + weight) * u),
        };
        // Narrow arcs would be a smear at full weight.
        let edge = Edge { width: edge.width.min(((x1 - x0) * 0.4).max(0.75)), ..edge };
        let layer = if hot.is_some() { layer::STALE } else { layer::LIVE };
        self.scene.add(layer, Key::new(Mark::Rowset, brick.id.0), Form::Arc { x0, x1, y: line, h, edge });
        let touch =
            if stale { Area::new(x0, line + h, x1 - x0, -h) } else { Area::new(x0, line, x1 - x0, h) };
        self.scene.touch(touch, Selection::Rowset(brick.id));
        let name = bracket_text(brick.range.start, brick.range.end);
        let size = 11.0 * u;
        let full = match brick.bytes {
            Some(bytes) if !stale && x1 - x0 > 150.0 * u => [name.as_str(), " ", &size_text(bytes)].concat(),
            _ => name,
        };
        let width = width_of(&full, size);
        if (width > (x1 - x0) * 1.35 && hot.is_none()) || width > (x1 - x0) * 3.0 || brick.range.is_single() {
            return;
        }
        let x = f32::midpoint(x0, x1);
        let y = line + h * 0.94 + if stale { -7.0 * u } else { 16.0 * u };
        if labels.take(Area::new(x - width / 2.0, y - size, width, size + 2.0)) {
            let ink = if hot.is_some() {
                Ink::AccentInk
            } else if stale {
                Ink::Ink2
            } else {
                ink_of(brick.heat)
            };
            let label = Label::new(x, y, full, size, ink).middle().medium().rimmed();
            self.text(Key::part(Mark::Rowset, brick.id.0, 1), label);
        }
    }

    /// Arcs too narrow to tell apart, as bands along the line.
    fn dense_arcs(&mut self, dense: &Dense, y: f32, part: u16) {
        for (i, &(x0, x1, heat)) in (0_u64..).zip(&dense.0) {
            let area = Area::new(x0, y, (x1 - x0).max(1.0), 9.0 * self.u);
            let form = Form::Rect { area, radius: 0.0, fill: Some(line_of(heat)), edge: None };
            let alpha = if part == 0 { 0.7 } else { 0.35 };
            self.scene.add_faint(layer::LIVE, Key::part(Mark::Band, i, part + 1), alpha, form);
        }
    }

    fn vertices(&mut self, line: f32) {
        let view = self.view;
        let u = self.u;
        let mut on: Vec<i64> = Vec::new();
        for read in &self.reads {
            let path = match &read.state {
                ReadState::Served { path } => path,
                ReadState::Failed { partial, .. } => partial,
                ReadState::Waiting { .. } => continue,
            };
            on.extend(path.iter().map(|stop| stop.range.start));
            on.extend(path.last().map(|stop| stop.range.end + 1));
        }
        sort(&mut on);
        let (from, to) = self.axis.visible(&view.vertices, |v| (v.x, v.x));
        let mut last = f32::MIN;
        let mut orphans: Option<(f32, f32, usize)> = None;
        for vertex in &view.vertices[from..to] {
            let x = self.axis.x(vertex.x);
            let held = on.binary_search(&vertex.version).is_ok();
            if vertex.orphan {
                let (a, _, n) = orphans.unwrap_or((x, x, 0));
                orphans = Some((a, x, n + 1));
            }
            if x - last < 3.0 && !held {
                continue;
            }
            last = x;
            let key = Key::new(Mark::Vertex, vertex.version as u64);
            let crowded = if self.axis.scale() < 0.4 { 0.7 } else { 1.0 };
            let form = if vertex.orphan {
                Form::Cross { at: [x, line], r: 2.4 * u, edge: Edge::solid(Ink::Bad, 1.3) }
            } else {
                let (r, edge) = if held {
                    (5.0, Edge::solid(Ink::Accent, 2.2))
                } else {
                    (3.2 * crowded, Edge::solid(Ink::Ink2, 1.3))
                };
                Form::Dot { at: [x, line], r: r * u, fill: Some(Ink::Stage), edge: Some(edge) }
            };
            self.scene.add(layer::BEAD, key, form);
            self.scene.touch(Area::new(x - 4.0, line - 6.0, 8.0, 12.0), Selection::Version(vertex.version));
        }
        if let Some((x0, x1, count)) = orphans {
            let text = self.words.orphans(count);
            let half = width_of(&text, 10.5 * u) / 2.0;
            let x = f32::midpoint(x0, x1).max(self.axis.edges().0 + half + 8.0);
            let label = Label::new(x, line + 22.0 * u, text, 10.5 * u, Ink::Bad);
            self.text(Key::part(Mark::Frame, 6, 0), label.middle().rimmed());
        }
        if let Some(bad) = self.reads.iter().find(|r| matches!(r.state, ReadState::Failed { .. })).copied()
            && let ReadState::Failed { code, stuck_at, wanted_x, .. } = &bad.state
        {
            let (a, b) = (self.axis.x(stuck_at.1), self.axis.x(*wanted_x));
            let key = |part| Key::part(Mark::Read, bad.id.0, part);
            let ring = Some(Edge::solid(Ink::Bad, 2.2));
            self.scene.add(
                layer::BEAD,
                key(4),
                Form::Dot { at: [a, line], r: 5.0 * u, fill: Some(Ink::Stage), edge: ring },
            );
            let h = self.arc_height(a, b, true) * 0.5;
            self.scene.add(
                layer::THREAD,
                key(1),
                Form::Arc { x0: a, x1: b, y: line, h, edge: Edge::dashed(Ink::Bad, 1.5, 3.0, 3.0) },
            );
            self.scene.add(
                layer::BEAD,
                key(6),
                Form::Cross { at: [b, line], r: 5.0 * u, edge: Edge::solid(Ink::Bad, 2.0) },
            );
            let text = super::reads::code_text(*code);
            let mut label =
                Label::new(f32::midpoint(a, b), line + h * 0.94 - 7.0 * u, text, 11.0 * u, Ink::Bad);
            label.mono = true;
            self.text(key(7), label.middle().bold().rimmed());
        }
    }
}

/// Narrowest arc, px.
const ARC_MIN: f32 = 1.5;

/// Runs of arcs that are too narrow: left, right, hue of the first.
#[derive(Default)]
struct Dense(Vec<(f32, f32, Heat)>);

impl Dense {
    fn add(&mut self, x0: f32, x1: f32, heat: Heat) {
        match self.0.last_mut() {
            // Neighbours of two pixels share a hue; beyond that, equal ones are joined.
            Some(run) if x0 <= run.1 + 0.5 && (run.2 == heat || x1 - run.0 <= 2.0) => run.1 = run.1.max(x1),
            _ => self.0.push((x0, x1, heat)),
        }
    }
}

/// Places already taken by words.
#[derive(Default)]
struct Labels(Vec<Area>);

impl Labels {
    fn take(&mut self, area: Area) -> bool {
        let free = self.0.len() < 80
            && self.0.iter().all(|o| {
                area.x > o.right() + 4.0
                    || o.x > area.right() + 4.0
                    || area.y > o.y + o.h
                    || o.y > area.y + area.h
            });
        if free {
            self.0.push(area);
        }
        free
    }
}

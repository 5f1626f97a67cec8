//! Stale paths in rows above what replaced them, their fuses, and ghosts of swept ones.

use super::Selection;
use super::ink::Ink;
use super::layout::{Draft, layer};
use super::shape::{Area, Edge, Form, Key, Label, Look, Mark, Shape};
use super::words::{clock_text, range_text, width_of};
use tabletop_core::base::SimTime;
use tabletop_core::view::tablet::{ReadState, StalePathView};

/// Narrowest path that is drawn by itself, px.
const PATH_MIN: f32 = 2.0;

/// Below this a fuse warns.
const SOON: SimTime = SimTime::from_secs(45);

impl Draft<'_> {
    /// All rows that fit, and how many paths do not.
    #[inline(never)]
    pub(super) fn stale_rows(&mut self) {
        let view = self.view;
        let u = self.u;
        let mut above = 0;
        let mut highest = 0;
        let columns = (self.geometry.width / PATH_MIN) as usize + 2;
        let mut taken = vec![false; columns * (self.rows as usize + 1)];
        for path in &view.stale {
            if path.row > self.rows {
                above += 1;
            } else if self.axis.shows(path.x0, path.x1) {
                highest = highest.max(path.row);
                if self.axis.x(path.x1) - self.axis.x(path.x0) >= PATH_MIN {
                    self.stale_path(path);
                } else {
                    self.sliver(path, &mut taken);
                }
            }
        }
        if above > 0 {
            let x = self.axis.edges().0;
            let y = self.row_y(self.rows) - if self.geometry.phone { 40.0 } else { 27.0 * u };
            let label = Label::new(x, y, self.words.older(above), 10.5 * u, Ink::Ink3).rimmed();
            self.text(Key::part(Mark::Frame, 4, 0), label);
        }
        if self.geometry.phone {
            return;
        }
        for row in 1..=highest {
            let y = self.row_y(row);
            if row == 1 {
                self.row_name(1, y + 16.0 * u, self.words.stale(), true);
                let x = self.axis.edges().0 - 14.0 * u;
                let label = Label::new(x, y + 29.0 * u, self.words.merged_once(), 10.0 * u, Ink::Ink3);
                self.text(Key::part(Mark::Frame, 1, 2), label.right());
            } else {
                self.row_name(row as u16 + 1, y + 16.0 * u, [row.to_string().as_str(), "×"].concat(), false);
            }
        }
    }

    /// A path of a pixel: one strip per place and row, however many paths share it.
    fn sliver(&mut self, path: &StalePathView, taken: &mut [bool]) {
        let Some(first) = path.members.first() else { return };
        let columns = taken.len() / (self.rows as usize + 1);
        let column = (self.axis.x(path.x0).max(0.0) / PATH_MIN) as usize;
        let Some(slot) = taken.get_mut(path.row as usize * columns + column.min(columns - 1)) else { return };
        if std::mem::replace(slot, true) {
            return;
        }
        let area = Area::new(column as f32 * PATH_MIN, self.row_y(path.row), PATH_MIN, self.strip());
        let form = self.plain(area, first.heat, Look::Stale);
        self.scene.add_faint(layer::STALE, Key::new(Mark::Band, first.id.0), 0.8, Form::Brick(form));
        self.scene.touch(area, Selection::Path(path.id));
    }

    fn stale_path(&mut self, path: &StalePathView) {
        let y = self.row_y(path.row);
        let strip = self.strip();
        let (x0, x1) = (self.axis.x(path.x0), self.axis.x(path.x1));
        let chosen = self.selected == Some(Selection::Path(path.id));
        if x1 - x0 >= 4.0 {
            self.head(path, x0 + 1.0, x1 - 1.0, y, chosen);
        }
        let tall = if self.geometry.phone { 30.0 } else { 22.0 * self.u };
        self.scene.touch(Area::new(x0, y - tall, x1 - x0, tall), Selection::Path(path.id));
        let (from, to) = self.axis.visible(&path.members, |b| (b.x0, b.x1));
        let mut i = from;
        while i < to {
            let brick = &path.members[i];
            let (a, b) = (self.axis.x(brick.x0), self.axis.x(brick.x1));
            if b - a < 1.0 || brick.count > 1 {
                // Neighbours under a pixel become one strip of at least two.
                let mut right = b;
                let first = brick;
                i += 1;
                while i < to && right - a < 2.0 {
                    right = self.axis.x(path.members[i].x1);
                    i += 1;
                }
                let area = Area::new(a, y, (right - a).max(0.5), strip);
                let mut form = self.plain(area, first.heat, Look::Band);
                form.look = Look::Stale;
                self.scene.add_faint(layer::STALE, Key::new(Mark::Band, first.id.0), 0.8, Form::Brick(form));
                self.scene.touch(area, Selection::Rowset(first.id));
                continue;
            }
            let gap = ((b - a) * 0.15).min(1.0);
            let area = self.cut(Area::new(a + gap, y, b - a - 2.0 * gap, strip));
            let mut form = self.plain(area, brick.heat, Look::Stale);
            form.overlap = brick.overlapping && area.w >= 4.0;
            form.hot = self.hot_ink(brick.id).or(chosen.then_some(Ink::Accent));
            let text = range_text(brick.range.start, brick.range.end);
            let text = if self.geometry.phone { text.replace(['[', ']'], "") } else { text };
            let size = if self.geometry.phone { 9.5 } else { 10.5 * self.u };
            if width_of(&text, size) + 3.0 < area.w {
                form.title = text;
            }
            self.scene.add(layer::STALE, Key::new(Mark::Rowset, brick.id.0), Form::Brick(form));
            self.scene.touch(Area::new(a, y, b - a, strip), Selection::Rowset(brick.id));
            if self.view.changed.contains(&brick.id) {
                self.underline(brick.id.0, area.x, area.w, y + strip + 1.0);
            }
            i += 1;
        }
    }

    /// `#8 3:04` and the fuse that burns from right to left.
    fn head(&mut self, path: &StalePathView, x0: f32, x1: f32, y: f32, chosen: bool) {
        let u = self.u;
        let key = |part| Key::part(Mark::Path, path.id.0, part);
        let left = path.expires_at.map(|at| at.saturating_since(self.view.now));
        let soon = left.is_some_and(|left| left < SOON);
        let ink = if soon { Ink::Warn } else { Ink::Ink2 };
        let line = y - if self.geometry.phone { 6.0 } else { 5.5 * u };
        let put = |part, a: f32, b: f32, edge| Shape {
            key: key(part),
            layer: layer::STALE,
            alpha: 1.0,
            form: Form::Line { points: vec![[a, line], [b, line]], edge },
        };
        if let (Some(left), Some(expires)) = (left, path.expires_at) {
            let whole = expires.saturating_since(path.stale_since).0.max(1);
            let rest = (left.0 as f64 / whole as f64).min(1.0) as f32;
            let end = x0 + (x1 - x0) * rest;
            self.scene.shapes.push(put(0, x0, x1, Edge::solid(Ink::Line2, 2.0)));
            let burning =
                if path.time_known { Edge::solid(ink, 2.0) } else { Edge::dashed(ink, 2.0, 3.0, 2.0) };
            self.scene.shapes.push(put(1, x0, end, burning));
            let dot = Form::Dot { at: [end, line], r: 2.6 * u, fill: Some(ink), edge: None };
            self.scene.add(layer::STALE, key(2), dot);
        } else {
            self.scene.shapes.push(put(0, x0, x1, Edge::dashed(Ink::Line3, 1.0, 2.0, 2.0)));
        }
        let x0 = x0.max(self.axis.edges().0);
        let size = if self.geometry.phone { 10.0 } else { 10.5 * u };
        let base = y - if self.geometry.phone { 13.0 } else { 12.0 * u };
        let name = ["#", &path.id.0.to_string()].concat();
        let name_width = width_of(&name, size);
        if x1 - x0 < name_width {
            return;
        }
        let name_ink = if chosen { Ink::AccentInk } else { Ink::Ink };
        let after = x0 + name_width + 4.0 * u;
        self.text(key(3), Label::new(x0, base, name, size, name_ink).bold().rimmed());
        if let Some(left) = left {
            let text = [if path.time_known { "" } else { "~" }, &clock_text(left.0)].concat();
            if after + width_of(&text, size) <= x1 + 2.0 {
                let label = Label::new(after, base, text, size, ink).rimmed();
                self.text(key(4), if soon { label.bold() } else { label });
            }
        }
    }

    /// Swept paths stay as dotted ghosts while a failed read is shown.
    #[inline(never)]
    pub(super) fn ghosts(&mut self) {
        let view = self.view;
        let u = self.u;
        let failed =
            |read: &&&tabletop_core::view::tablet::ReadView| matches!(read.state, ReadState::Failed { .. });
        let Some(bad) = self.reads.iter().find(failed).copied() else { return };
        for ghost in &view.ghosts {
            // Only what the failed read had wanted: the rest of the past is not this picture.
            if !ghost.range.contains_version(bad.version)
                || ghost.row > self.rows
                || !self.axis.shows(ghost.x0, ghost.x1)
                || view.stale.iter().any(|p| p.row == ghost.row && p.x0 < ghost.x1 && ghost.x0 < p.x1)
            {
                continue;
            }
            let y = self.row_y(ghost.row);
            let key = |part| Key::part(Mark::Ghost, ghost.id.0, part);
            let (from, to) = self.axis.visible(&ghost.members, |m| (m.1, m.2));
            let mut last = f32::MIN;
            for (part, member) in (10_u16..).zip(&ghost.members[from..to]) {
                let (a, b) = (self.axis.x(member.1) + 1.0, self.axis.x(member.2) - 1.0);
                if a < last + 3.0 || part > 300 {
                    continue;
                }
                last = a;
                let area = Area::new(a + 0.5, y + 0.5, (b - a - 1.0).max(1.0), self.strip() - 1.0);
                let edge = Some(Edge::dashed(Ink::Ink4, 1.0, 1.0, 3.0));
                self.scene.add(layer::STALE, key(part), Form::Rect { area, radius: 1.0, fill: None, edge });
            }
            let (x0, x1) = (self.axis.x(ghost.x0) + 1.0, self.axis.x(ghost.x1) - 1.0);
            let points = vec![[x0, y - 5.5 * u], [x1, y - 5.5 * u]];
            let edge = Edge::dashed(Ink::Bad, 1.0, 2.0, 3.0);
            self.scene.add(layer::STALE, key(0), Form::Line { points, edge });
            let text = ["#", &ghost.id.0.to_string(), " ", &self.words.swept(&clock_text(ghost.swept_at.0))]
                .concat();
            // Too long for its own width: one line higher, clear of its neighbours' heads.
            let up = if width_of(&text, 10.5 * u) > x1 - x0 { 25.0 } else { 12.0 };
            let label = Label::new(x0, y - up * u, text, 10.5 * u, Ink::Bad);
            self.text(key(1), label.bold().rimmed());
            self.scene.touch(
                Area::new(x0, y - 22.0 * u, x1 - x0, 22.0 * u + self.strip()),
                Selection::Reader(bad.id),
            );
        }
    }
}

//! Marks around the live row: missing versions, the next pick, torn edges of folds.

use super::Selection;
use super::ease::Within;
use super::ink::{Ink, line_of};
use super::layout::{Draft, layer};
use super::shape::{Area, Edge, Form, Key, Label, Mark};
use super::words::{range_text, width_of};

impl Draft<'_> {
    /// Versions that no live rowset holds.
    #[inline(never)]
    pub(super) fn gaps(&mut self) {
        let view = self.view;
        let (from, to) = self.axis.visible(&view.missing, |m| (m.x0, m.x1));
        let mut labelled = f32::MIN;
        for gap in &view.missing[from..to] {
            let (x0, x1) = (self.axis.x(gap.x0), self.axis.x(gap.x1).max(self.axis.x(gap.x0) + 2.0));
            let h = 40.0 * self.u;
            let area = Area::new(x0 + 0.5, self.floor - h, (x1 - x0 - 1.0).max(2.0), h);
            let id = gap.range.start as u64;
            let edge = Edge::dashed(Ink::Bad, 1.5, 4.0, 3.0);
            let form = Form::Rect { area, radius: 2.0, fill: None, edge: Some(edge) };
            self.scene.add(layer::LIVE, Key::new(Mark::Missing, id), form);
            // Sparse strokes: a hatch of its own, as the other hatches mean something else.
            let mut x = area.x + 4.0;
            let mut part = 1;
            while x + 8.0 < area.right() && part < 60 {
                let points = vec![[x, area.y + h - 4.0], [x + 8.0, area.y + 4.0]];
                let edge = Edge::solid(Ink::Bad, 1.0);
                self.scene.add_faint(
                    layer::LIVE,
                    Key::part(Mark::Missing, id, part),
                    0.55,
                    Form::Line { points, edge },
                );
                x += 10.0;
                part += 1;
            }
            let text =
                [range_text(gap.range.start, gap.range.end).as_str(), " ", self.words.missing()].concat();
            let width = width_of(&text, 10.5 * self.u);
            let middle = f32::midpoint(x0, x1);
            if middle - width / 2.0 > labelled {
                labelled = middle + width / 2.0 + 4.0;
                let label = Label::new(middle, area.y - 5.0 * self.u, text, 10.5 * self.u, Ink::Bad);
                self.text(Key::part(Mark::Missing, id, 99), label.middle().bold().rimmed());
            }
            self.scene.touch(Area::new(x0, area.y, x1 - x0, h), Selection::Version(gap.range.start));
        }
    }

    /// What the next compaction takes.
    #[inline(never)]
    pub(super) fn next_pick(&mut self) {
        let Some(pick) = &self.view.pick else { return };
        let text = [self.words.next_pick(), self.words.pick(": score ", "：分数 "), &pick.score.to_string()]
            .concat();
        self.bracket((pick.x0, pick.x1), Ink::CumuLine, text);
    }

    /// A bracket under the live row, with its name in the middle or beside it.
    pub(super) fn bracket(&mut self, (x0, x1): (u32, u32), ink: Ink, text: String) {
        if self.geometry.phone || !self.axis.shows(x0, x1) {
            return;
        }
        let u = self.u;
        let (left, right) = self.axis.edges();
        let (a, b) = ((self.axis.x(x0) + 1.0).max(left - 3.0), (self.axis.x(x1) - 1.0).min(right + 3.0));
        let y = self.floor + 8.0 * u;
        let top = self.floor + 4.0 * u;
        let edge = Edge::solid(ink, 1.5);
        let size = 10.0 * u;
        let width = width_of(&text, size) + 8.0 * u;
        let middle =
            f32::midpoint(a, b).within(left + width / 2.0, (right - width / 2.0).max(left + width / 2.0));
        let label = Label::new(middle, y + 4.0 * u, text, size, ink).middle().bold().rimmed();
        let inside = width + 16.0 * u < b - a;
        let lines = if inside {
            vec![
                vec![[a, top], [a, y], [middle - width / 2.0, y]],
                vec![[middle + width / 2.0, y], [b, y], [b, top]],
            ]
        } else {
            vec![vec![[a, top], [a, y], [b, y], [b, top]]]
        };
        for (part, points) in (0_u16..).zip(lines) {
            self.scene.add(layer::LANE, Key::part(Mark::Pick, 0, part), Form::Line { points, edge });
        }
        let label = if inside {
            label
        } else if b + width < right {
            Label { x: b + 6.0 * u + (width - 8.0 * u) / 2.0, ..label }
        } else {
            Label { x: a - 6.0 * u - (width - 8.0 * u) / 2.0, ..label }
        };
        self.text(Key::part(Mark::Pick, 0, 9), label);
    }

    /// Torn edges where a brick is narrower than its versions.
    #[inline(never)]
    pub(super) fn folds(&mut self) {
        let view = self.view;
        let (from, to) = self.axis.visible(&view.folds, |f| (f.x0, f.x1));
        for fold in &view.folds[from..to] {
            let at = view.live.partition_point(|b| b.x1 < fold.x1);
            let Some(brick) = view.live.get(at).filter(|b| b.x0 <= fold.x0 && b.count == 1) else { continue };
            let wide = self.axis.x(brick.x1) - self.axis.x(brick.x0);
            if wide < if self.geometry.phone { 90.0 } else { 96.0 * self.u } {
                continue;
            }
            let h = self.live_height(brick);
            let (left, right) = (self.axis.x(fold.x0), self.axis.x(fold.x1));
            let mut x = f32::midpoint(left, right);
            let middle = f32::midpoint(self.axis.x(brick.x0), self.axis.x(brick.x1));
            if self.geometry.phone && (x - middle).abs() < 0.2 * wide {
                // On a phone the brick's name stands there.
                x = right - 0.15 * (right - left);
            }
            self.torn(
                fold.range.start as u64,
                x,
                self.ground(at) - h - 3.0,
                self.ground(at) + 3.0,
                line_of(brick.heat),
            );
        }
    }

    fn torn(&mut self, id: u64, x: f32, top: f32, bottom: f32, ink: Ink) {
        let z = 5.0 * self.u;
        let zigzag = |dx: f32| {
            let mut points = vec![[x + dx, top]];
            let mut y = top;
            while y < bottom {
                points.push([x + dx + z * 0.7, y + z]);
                points.push([x + dx, y + 2.0 * z]);
                y += 2.0 * z;
            }
            points
        };
        let edges = [
            (0.0, Edge::solid(Ink::Stage, 4.0 * self.u)),
            (-2.4 * self.u, Edge::solid(ink, 0.9)),
            (2.4 * self.u, Edge::solid(ink, 0.9)),
        ];
        for (part, (dx, edge)) in (0_u16..).zip(edges) {
            let form = Form::Line { points: zigzag(dx), edge };
            self.scene.add(layer::FOLD, Key::part(Mark::Fold, id, part), form);
        }
    }
}

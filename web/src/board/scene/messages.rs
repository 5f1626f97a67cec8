//! What goes between lanes, and moments.

use super::{AXIS, Draft, Hit, inks};
use crate::stage::ease::Within;
use crate::stage::ink::Ink;
use crate::stage::shape::{Area, Edge, Form, Label};
use crate::stage::words::width_of;
use tabletop_core::view::board::{Arrow, Mark as Moment};

impl Draft<'_> {
    pub(super) fn arrows(&mut self) {
        /// Pixels that an arrow needs to be told from its neighbour.
        const APART: f32 = 4.0;
        let board = self.board;
        let (left, right) = self.frame.edges();
        let shown = |arrow: &&Arrow| {
            let until = self.frame.x(arrow.to_at.unwrap_or(self.frame.now));
            until >= left && self.frame.x(arrow.from_at) <= right
        };
        let count = board.arrows.iter().filter(shown).count();
        // Where they stand closer they are shading, not arrows: one alone becomes fainter.
        let alpha = ((right - left) / (APART * self.frame.u * count.max(1) as f32)).within(0.06, 1.0);
        for (at, arrow) in board.arrows.iter().enumerate() {
            self.arrow(arrow, at, alpha);
        }
    }

    fn arrow(&mut self, arrow: &Arrow, at: usize, alpha: f32) {
        let (u, frame) = (self.frame.u, self.frame);
        let (Some(from), Some(to)) = (self.lane_index(arrow.from_lane), self.lane_index(arrow.to_lane))
        else {
            return;
        };
        let (left, right) = frame.edges();
        let middle = |place: (f32, f32)| place.0 + place.1 / 2.0;
        let (y0, mut y1) = (middle(self.places[from]), middle(self.places[to]));
        let x0 = frame.x(arrow.from_at);
        let mut x1 = frame.x(arrow.to_at.unwrap_or(frame.now));
        if arrow.to_at.is_none() || arrow.lost {
            y1 = f32::midpoint(y0, y1);
            x1 = if arrow.lost { x1 } else { frame.x(frame.now) };
        }
        if x1 < left || x0 > right {
            return;
        }
        let (_, line, _) = inks(arrow.tone);
        let special = arrow.id == self.selected || arrow.id == self.hover;
        let ink = if special { Ink::Accent } else { line };
        let alpha = if special || arrow.lost { 1.0 } else { alpha };
        let edge = if arrow.lost {
            Edge::dashed(ink, 1.25, 4.0, 3.0)
        } else {
            Edge::solid(ink, if special { 2.0 } else { 1.25 })
        };
        let (cut0, cut1) = (x0.within(left, right), x1.within(left, right));
        self.add(alpha, Form::Line { points: vec![[cut0, y0], [cut1, y1]], edge });
        if arrow.lost {
            self.add(1.0, Form::Cross { at: [cut1, y1], r: 4.0 * u, edge: Edge::solid(Ink::Bad, 1.75) });
        } else if arrow.to_at.is_none() {
            self.add(alpha, Form::Dot { at: [cut1, y1], r: 3.5 * u, fill: Some(ink), edge: None });
        } else if x1 <= right && (y1 - y0).abs() > 4.0 && alpha > 0.5 {
            let down = if y1 > y0 { -1.0 } else { 1.0 };
            let tip = [x1, y1];
            let points = vec![tip, [x1 - 3.0 * u, y1 + down * 6.0 * u], [x1 + 3.0 * u, y1 + down * 6.0 * u]];
            self.add(1.0, Form::Solid { points, ink });
        }
        let (x, y) = (f32::midpoint(cut0, cut1), f32::midpoint(y0, y1));
        self.out.hits.push((Area::new(x - 6.0, y - 6.0, 12.0, 12.0), arrow.id, Hit::Arrow(at)));
    }

    pub(super) fn marks(&mut self) {
        /// Pixels that a line through all lanes needs beside it.
        const APART: f32 = 18.0;
        let (u, frame, board) = (self.frame.u, self.frame, self.board);
        let (left, right) = frame.edges();
        let across = |mark: &&Moment| mark.lane.is_none() && (left..=right).contains(&frame.x(mark.at));
        let count = board.marks.iter().filter(across).count();
        let dense = count as f32 * APART * u > right - left;
        let mut written = f32::MIN;
        for (at, mark) in board.marks.iter().enumerate() {
            let x = frame.x(mark.at);
            if x < left || x > right {
                continue;
            }
            let (_, ink, _) = inks(mark.tone);
            let place = mark.lane.and_then(|lane| self.lane_index(lane)).map(|lane| self.places[lane]);
            let (y, height) = place.unwrap_or((AXIS * u, frame.height - (AXIS + 22.0) * u));
            let special = mark.id == self.selected || mark.id == self.hover;
            let edge =
                if special { Edge::solid(Ink::Accent, 2.0) } else { Edge::dashed(ink, 1.25, 3.0, 2.0) };
            if special || !dense || mark.lane.is_some() {
                self.line(vec![[x, y - 2.0], [x, y + height]], edge);
            }
            let points = vec![
                [x, y - 5.0 * u],
                [x + 3.5 * u, y - 1.5 * u],
                [x, y + 2.0 * u],
                [x - 3.5 * u, y - 1.5 * u],
            ];
            self.add(1.0, Form::Solid { points, ink });
            let text = self.words.label(&mark.label);
            if mark.lane.is_none() && !text.is_empty() && x > written {
                let width = width_of(&text, 10.0 * u);
                if x + width < right {
                    let label = Label::new(x + 6.0 * u, AXIS * u + 9.0 * u, text, 10.0 * u, Ink::Ink2);
                    self.text(Label { halo: Some(Ink::Stage), ..label });
                    written = x + width + 14.0 * u;
                }
            }
            self.out.hits.push((
                Area::new(x - 4.0, y - 6.0, 8.0, height.min(24.0 * u)),
                mark.id,
                Hit::Mark(at),
            ));
        }
    }
}

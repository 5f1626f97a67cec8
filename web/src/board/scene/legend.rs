//! What the signs of a drawing stand for.

use super::{Draft, inks};
use crate::stage::ink::Ink;
use crate::stage::shape::{Align, Area, Edge, Form, Label};
use crate::stage::words::width_of;
use tabletop_core::view::board::Tone;

/// What an entry of the legend stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Bar,
    Arrow,
    Mark,
}

impl Draft<'_> {
    /// One sample of every kind that is drawn, in the lowest line.
    pub(super) fn legend(&mut self) {
        let (u, frame, board) = (self.frame.u, self.frame, self.board);
        let (left, right) = (if frame.phone { 8.0 } else { 16.0 * self.frame.u }, frame.edges().1);
        let y = frame.height - 11.0 * u;
        self.rect(Area::new(0.0, frame.height - 21.0 * u, frame.width, 21.0 * u), Ink::Stage);
        let mut kinds: Vec<(Sign, &str, Tone)> = Vec::new();
        let spans = board.spans.iter().map(|span| (Sign::Bar, &*span.kind, span.tone));
        let arrows = board.arrows.iter().map(|arrow| (Sign::Arrow, &*arrow.kind, arrow.tone));
        let marks = board.marks.iter().map(|mark| (Sign::Mark, &*mark.kind, mark.tone));
        for kind in spans.chain(arrows).chain(marks) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        // What is not drawn is said whatever else has no room.
        let more = (board.arrows_left_out > 0).then(|| self.words.more_messages(board.arrows_left_out));
        let reserved = more.as_ref().map_or(0.0, |text| width_of(text, 10.5 * u));
        let mut x = left;
        for (sign, kind, tone) in kinds {
            let name = self.words.get(kind);
            let width = width_of(&name, 10.5 * u);
            if x + width + 30.0 * u + reserved > right {
                break;
            }
            self.sign(sign, tone, x, y);
            self.text(Label {
                align: Align::Left,
                ..Label::new(x + 19.0 * u, y + 3.5 * u, name, 10.5 * u, Ink::Ink2)
            });
            x += width + 36.0 * u;
        }
        if let Some(text) = more {
            self.text(Label::new(x, y + 3.5 * u, text, 10.5 * u, Ink::Ink3));
        }
    }

    /// What stands before a name in the legend, as it looks in the drawing.
    fn sign(&mut self, sign: Sign, tone: Tone, x: f32, y: f32) {
        let u = self.frame.u;
        let (fill, line, _) = inks(tone);
        let area = Area::new(x, y - 5.0 * u, 14.0 * u, 9.0 * u);
        match sign {
            Sign::Bar => {
                let edge = Some(Edge::solid(line, 1.0));
                self.add(1.0, Form::Rect { area, radius: 2.0, fill: Some(fill), edge });
                if matches!(tone, Tone::Wait | Tone::Warn | Tone::Bad) {
                    self.add(0.8, Form::Hatch { area, ink: line, cross: tone == Tone::Bad });
                }
            }
            Sign::Arrow => {
                let (middle, tip) = (y - 0.5 * u, x + 14.0 * u);
                self.line(vec![[x, middle], [tip, middle]], Edge::solid(line, 1.25));
                let back = tip - 5.0 * u;
                let points = vec![[tip, middle], [back, middle - 3.0 * u], [back, middle + 3.0 * u]];
                self.add(1.0, Form::Solid { points, ink: line });
            }
            Sign::Mark => {
                let (x, y, r) = (x + 8.0 * u, y - 0.5 * u, 4.0 * u);
                let points = vec![[x, y - r], [x + r, y], [x, y + r], [x - r, y]];
                self.add(1.0, Form::Solid { points, ink: line });
            }
        }
    }
}

//! The legend above a drawing.

use super::ink::{Ink, fill_of, line_of};
use super::layout::{Draft, layer};
use super::shape::{Area, BrickForm, Edge, Form, Key, Label, Look, Mark, Place};
use super::words::width_of;
use tabletop_core::view::tablet::Heat;

impl Draft<'_> {
    /// What the marks mean, in one line above the drawing.
    pub(super) fn legend(&mut self) {
        if self.geometry.phone || self.low() {
            return;
        }
        let u = self.u;
        let mut x = self.axis.edges().0 - 2.0;
        let y = 6.0 * u;
        let words = self.words;
        let end = self.geometry.width - 8.0 * u;
        let entries: [(&str, Swatch); 7] = [
            (words.loaded(), Some((Heat::Fresh, Look::Band, false))),
            (words.cumulative(), Some((Heat::Cumulative, Look::Band, false))),
            (words.base(), Some((Heat::Base, Look::Band, false))),
            (words.delete(), Some((Heat::Delete, Look::Band, false))),
            (words.overlap(), Some((Heat::Fresh, Look::Band, true))),
            (words.stale(), Some((Heat::Cumulative, Look::Stale, false))),
            (words.fuse(), None),
        ];
        for (part, (text, kind)) in (0_u16..).zip(entries) {
            let width = 19.0 * u + width_of(text, 11.0 * u);
            if x + width > end {
                break;
            }
            let key = |piece| Key::part(Mark::Frame, 2, part * 4 + piece);
            let area = Area::new(x, y, 14.0 * u, 12.0 * u);
            if let Some((heat, look, overlap)) = kind {
                // A swatch is a small brick without a cap.
                let edge = Edge::solid(line_of(heat), 1.0);
                let fill = Some(fill_of(heat));
                if look == Look::Stale || overlap || heat == Heat::Delete {
                    let look = if look == Look::Stale { look } else { Look::Live };
                    self.scene.add(layer::TEXT, key(0), Form::Brick(swatch(area, heat, look, overlap, u)));
                } else {
                    let form = Form::Rect { area: area.grown(-0.5), radius: 2.0, fill, edge: Some(edge) };
                    self.scene.add(layer::TEXT, key(0), form);
                }
            } else {
                let line = |x1: f32, ink| Form::Line {
                    points: vec![[x, y + 6.0 * u], [x1, y + 6.0 * u]],
                    edge: Edge::solid(ink, 2.0),
                };
                self.scene.add(layer::TEXT, key(0), line(x + 14.0 * u, Ink::Line2));
                self.scene.add(layer::TEXT, key(1), line(x + 8.0 * u, Ink::Ink2));
                let dot = Form::Dot {
                    at: [x + 8.0 * u, y + 6.0 * u],
                    r: 2.6 * u,
                    fill: Some(Ink::Ink2),
                    edge: None,
                };
                self.scene.add(layer::TEXT, key(2), dot);
            }
            self.text(key(3), Label::new(x + 19.0 * u, y + 10.0 * u, text, 11.0 * u, Ink::Ink3));
            x += width + 12.0 * u;
        }
    }
}

/// Hue, look and overlap of a legend's brick; `None` for the fuse.
type Swatch = Option<(Heat, Look, bool)>;

fn swatch(area: Area, heat: Heat, look: Look, overlap: bool, u: f32) -> BrickForm {
    BrickForm {
        area,
        heat,
        look,
        overlap,
        hot: None,
        title: String::new(),
        sub: String::new(),
        place: Place::Strip,
        u,
    }
}

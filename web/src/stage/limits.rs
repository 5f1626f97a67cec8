//! Two ends of the axis: what readers may ask for, and where loads are refused.

use super::ink::Ink;
use super::layout::{Draft, layer};
use super::shape::{Edge, Form, Key, Label, Mark};
use super::words::width_of;

impl Draft<'_> {
    /// Where versions end that readers may ask for, when newer ones are written already.
    pub(super) fn visible(&mut self) {
        let view = self.view;
        if view.visible < 0 || view.visible >= view.max_version {
            return;
        }
        let Some((middle, width)) = self.column(view.visible) else { return };
        let u = self.u;
        let x = (middle + width / 2.0).round() + 0.5;
        let (left, right) = self.axis.edges();
        if x < left || x > right {
            return;
        }
        let top = self.floor - self.tall - 12.0 * u;
        let edge = Edge::dashed(Ink::Ink2, 1.25, 5.0, 3.0);
        let points = vec![[x, top], [x, self.floor + 6.0 * u]];
        self.scene.add(layer::POINT, Key::part(Mark::Lane, 0, 900), Form::Line { points, edge });
        if self.geometry.phone {
            return;
        }
        let text = [self.words.visible_to(), &view.visible.to_string()].concat();
        let size = 10.5 * u;
        let label = Label::new(x - 5.0 * u, top + 4.0 * u, text.as_str(), size, Ink::Ink2).rimmed();
        let fits = x - width_of(&text, size) > left;
        self.text(
            Key::part(Mark::Lane, 0, 901),
            if fits { label.right() } else { Label { x: x + 5.0 * u, ..label } },
        );
    }

    /// A cross where the next version would stand: there are too many, loads get −235.
    pub(super) fn refused(&mut self) {
        let totals = self.view.totals;
        if totals.version_limit == 0 || totals.live <= totals.version_limit {
            return;
        }
        let u = self.u;
        let (left, right) = self.axis.edges();
        let x = self.axis.x(self.view.axis_units);
        if x < left || x > right + 1.0 {
            return;
        }
        let at = [(x + 9.0 * u).min(right - 6.0 * u), self.floor - 9.0 * u];
        let edge = Edge::solid(Ink::Bad, 2.25 * u);
        self.scene.add(layer::BEAD, Key::part(Mark::Missing, 0, 901), Form::Cross { at, r: 5.0 * u, edge });
        let text = self.words.refused(totals.live, totals.version_limit, self.geometry.phone);
        let size = 10.5 * u;
        let width = width_of(&text, size);
        let y = self.floor - 22.0 * u;
        let x = (at[0] - 4.0 * u).min(right - width).max(left);
        self.text(Key::part(Mark::Missing, 0, 902), Label::new(x, y, text, size, Ink::Bad).bold().rimmed());
    }
}

//! What a compaction would take, on the drawing: a contour around the bricks, a bracket, what stays.
//!
//! ```text
//!            .--------.
//!            |[##]    |                 contour: solid, outside of the bricks, in the kind's hue
//!   [#####]  |[##][##]|[##]             (a selection is an edge inside, in the accent)
//!            |________|
//!            cumulative: 2 rowsets      bracket;  what stays out is dotted
//! ```

use super::ink::Ink;
use super::layout::{Draft, layer};
use super::shape::{Area, Edge, Form, Key, Mark};
use super::words::{bracket_text, width_of};
use tabletop_core::base::VersionRange;
use tabletop_core::lab::tablet::Kind;
use tabletop_core::view::tablet::{Brick, PreviewView};

/// A kind, and what it would take.
pub type Preview<'a> = (Kind, &'a PreviewView);

/// Narrower bricks share a step of the contour, px.
const STEP: f32 = 4.0;
/// Bricks that get an edge of their own at most.
const EDGES_MAX: u16 = 400;
/// Runs of what stays out that are marked at most.
const STAYS_MAX: usize = 40;

/// Hue of a kind.
const fn ink_of(kind: Kind) -> Ink {
    match kind {
        Kind::Cumulative => Ink::CumuLine,
        Kind::Base => Ink::BaseLine,
        Kind::Full | Kind::Chosen => Ink::Ink,
    }
}

impl Draft<'_> {
    /// Hue of a live rowset that would go in.
    pub(super) fn pick_ink(&self, range: VersionRange) -> Option<Ink> {
        let (kind, shown) = self.preview?;
        shown.pick.as_ref().filter(|pick| pick.range.contains(range)).map(|_| ink_of(kind))
    }

    /// Draws what is looked at.
    #[inline(never)]
    pub(super) fn previewed(&mut self, kind: Kind, shown: &PreviewView) {
        self.stays(shown);
        let Some(pick) = &shown.pick else { return };
        if !self.axis.shows(pick.x0, pick.x1) {
            return;
        }
        self.contour(ink_of(kind), pick.x0, pick.x1);
        let words = self.words;
        let name = match kind {
            Kind::Cumulative => words.cumulative(),
            Kind::Base => words.base(),
            Kind::Full | Kind::Chosen => words.pick("full", "全量"),
        };
        let text = [
            name,
            words.pick(": ", "："),
            &words.rowsets(pick.inputs.len() as u64),
            " → ",
            &bracket_text(pick.range.start, pick.range.end),
        ]
        .concat();
        self.bracket((pick.x0, pick.x1), ink_of(kind), text);
    }

    /// Around the bricks that go in, and an edge for each.
    #[inline(never)]
    fn contour(&mut self, ink: Ink, x0: u32, x1: u32) {
        let u = if self.geometry.phone { 1.0 } else { self.u };
        let (left, right) = self.axis.edges();
        let view = self.view;
        let inside = |brick: &&Brick| brick.x0 >= x0 && brick.x1 <= x1;
        let mut edges = 0;
        // Steps from left to right: from, to, top.
        let mut steps: Vec<[f32; 3]> = Vec::new();
        for (at, brick) in view.live.iter().enumerate().filter(|(_, brick)| inside(brick)) {
            let (a, b) = (self.axis.x(brick.x0), self.axis.x(brick.x1));
            if b < left || a > right {
                continue;
            }
            let (a, b) = (a.max(left - 4.0), b.min(right + 4.0));
            let (high, ground) = (self.live_height(brick), self.ground(at));
            let top = ground - high;
            match steps.last_mut() {
                Some(last) if b - a < STEP && last[1] - last[0] < STEP => {
                    *last = [last[0], b, last[2].min(top)];
                }
                _ => steps.push([a, b, top]),
            }
            if b - a >= 2.0 * STEP
                && brick.count <= 1
                && edges < EDGES_MAX
                && self.hot_ink(brick.id).is_none()
            {
                let gap = ((b - a) * 0.15).min(1.0);
                let area = Area::new(a + gap, top, b - a - 2.0 * gap, high).grown(-0.75);
                let edge = Some(Edge::solid(ink, 1.5));
                let form = Form::Rect { area, radius: 2.0, fill: None, edge };
                self.scene.add(layer::FOLD, Key::part(Mark::Pick, 1, edges), form);
                edges += 1;
            }
        }
        let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return };
        let (out, bottom) = (2.5 * u, self.floor + 3.0 * u);
        let (a, b) = (first[0] - out, last[1] + out);
        let mut points = vec![[a, bottom]];
        let count = steps.len();
        for (at, [from, to, top]) in steps.into_iter().enumerate() {
            let y = top - out - 1.0;
            points.push([if at == 0 { a } else { from }, y]);
            points.push([if at + 1 == count { b } else { to }, y]);
        }
        points.extend([[b, bottom], [a, bottom], [a, bottom - 1.0]]);
        let line = |ink, width| Form::Line { points: points.clone(), edge: Edge::solid(ink, width) };
        self.scene.add_faint(layer::STALE, Key::part(Mark::Pick, 2, 0), 0.85, line(Ink::Stage, 5.0 * u));
        self.scene.add(layer::STALE, Key::part(Mark::Pick, 2, 1), line(ink, 2.25 * u));
    }

    /// What stays out: dotted under the live row.
    #[inline(never)]
    fn stays(&mut self, shown: &PreviewView) {
        if self.geometry.phone {
            return;
        }
        let u = self.u;
        let (left, right) = self.axis.edges();
        let size = 10.0 * u;
        let text = self.words.pick("stays", "不参与");
        let width = width_of(text, size) + 8.0 * u;
        for (part, stays) in (20_u16..).step_by(2).zip(shown.why.rejected.iter().take(STAYS_MAX)) {
            if !self.axis.shows(stays.x0, stays.x1) {
                continue;
            }
            let (a, b) = (self.axis.x(stays.x0).max(left) + 2.0, self.axis.x(stays.x1).min(right) - 2.0);
            let y = self.floor + 8.0 * u;
            if b - a < 3.0 {
                continue;
            }
            let edge = Edge::dashed(Ink::Ink3, 1.5, 1.5, 3.0);
            let form = Form::Line { points: vec![[a, y], [b, y]], edge };
            self.scene.add(layer::LANE, Key::part(Mark::Pick, 3, part), form);
            // Only where nothing else is written.
            if b - a > width + 60.0 * u {
                let label = super::shape::Label::new(f32::midpoint(a, b), y + 3.5 * u, text, size, Ink::Ink3);
                self.text(Key::part(Mark::Pick, 3, part + 1), label.middle().rimmed());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Preview;
    use crate::stage::axis::{Geometry, Viewport};
    use crate::stage::ink::Ink;
    use crate::stage::layout::layout;
    use crate::stage::shape::{Form, Mark, Scene};
    use crate::stage::{StageMode, sample};
    use tabletop_core::lab::Lab;
    use tabletop_core::lab::tablet::{Kind, TabletCommand, TabletLab, scenarios};
    use tabletop_core::view::tablet::{TabletView, TabletWindow};

    fn drawn(view: &TabletView, preview: Option<Preview>, phone: bool, mode: StageMode) -> Scene {
        let (width, height) = if phone { (390.0, 320.0) } else { (880.0, 540.0) };
        let geometry = Geometry { width, height, scale: 1.0, phone, zh: false };
        layout(view, &geometry, Viewport::default(), 0, None, mode, preview)
    }

    fn words(scene: &Scene) -> String {
        let text = scene.shapes.iter().filter_map(|shape| match &shape.form {
            Form::Text(label) => Some(label.text.as_str()),
            _ => None,
        });
        text.collect::<Vec<_>>().join("|")
    }

    #[test]
    fn what_goes_in_is_outlined_in_every_size_and_named() {
        let mut lab = TabletLab::new(&scenarios::scenario("empty").expect("a scenario").config, 1);
        let mut out = Vec::new();
        let load = TabletCommand::Load { rows: 9, bytes: 9 << 20, segments: 1, overlapping: false };
        for command in [&load, &load, &load, &TabletCommand::DeleteLoad, &load] {
            lab.execute(command, &mut out).expect("room");
        }
        let (view, shown) = (lab.view(&TabletWindow::ALL), lab.preview(Kind::Cumulative));
        let inputs = shown.pick.as_ref().expect("it takes something").inputs.len();
        assert_eq!(inputs, 3);
        for phone in [false, true] {
            let scene = drawn(&view, Some((Kind::Cumulative, &shown)), phone, StageMode::Map);
            let outlined = |shape: &&crate::stage::shape::Shape| {
                matches!(&shape.form, Form::Rect { edge: Some(edge), .. } if edge.ink == Ink::CumuLine)
                    && shape.key.mark == Mark::Pick
            };
            assert_eq!(scene.shapes.iter().filter(outlined).count(), inputs, "phone {phone}");
            let contour = scene.shapes.iter().any(|shape| {
                matches!(&shape.form, Form::Line { points, .. } if shape.key.mark == Mark::Pick && points.len() > 6)
            });
            assert!(contour, "phone {phone}");
            if !phone {
                assert!(words(&scene).contains("cumulative: 3 rowsets → [2-4]"), "{}", words(&scene));
                assert!(!words(&scene).contains("next pick"));
            }
        }
        assert!(words(&drawn(&view, None, false, StageMode::Map)).contains("next pick"));
        let arcs = |preview| {
            let scene = drawn(&view, preview, false, StageMode::Graph);
            let hot = |form: &Form| matches!(form, Form::Arc { edge, .. } if edge.ink == Ink::CumuLine && edge.width > 2.0);
            scene.shapes.iter().filter(|shape| hot(&shape.form)).count()
        };
        assert!(arcs(Some((Kind::Cumulative, &shown))) >= inputs);
    }

    #[test]
    fn the_ends_of_the_axis_say_what_readers_see_and_where_loads_fail() {
        let mut view = sample::steady();
        assert!(!words(&drawn(&view, None, false, StageMode::Map)).contains("readers ask"));
        view.visible = view.max_version - 3;
        let told = ["readers ask up to ", &view.visible.to_string()].concat();
        assert!(words(&drawn(&view, None, false, StageMode::Map)).contains(&told));
        view.totals.version_limit = view.totals.live - 1;
        let all = words(&drawn(&view, None, false, StageMode::Map));
        assert!(all.contains("−235: 13 versions, 12 allowed; loads are refused"), "{all}");
    }
}

//! From shapes to strokes: one routine for canvas and SVG.

use super::ink::{Ink, fill_of, ink_of, line_of};
use super::shape::{Area, BrickForm, Edge, Form, Label, Look, Place, Shape};
use tabletop_core::view::tablet::Heat;

/// What a ground is filled with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ground {
    /// A colour.
    Flat(Ink),
    /// 45° strokes: segments overlap.
    Hatch(Ink),
    /// Crossed strokes: a delete predicate.
    Weave(Ink),
}

/// Something that can draw. Opacity comes with every call.
pub trait Pen {
    /// A filled rectangle.
    fn fill(&mut self, area: Area, radius: f32, ground: Ground, alpha: f32);
    /// An outlined rectangle.
    fn outline(&mut self, area: Area, radius: f32, edge: Edge, alpha: f32);
    /// A polyline.
    fn line(&mut self, points: &[[f32; 2]], edge: Edge, alpha: f32);
    /// A filled polygon.
    fn solid(&mut self, points: &[[f32; 2]], ink: Ink, alpha: f32);
    /// A circle.
    fn dot(&mut self, at: [f32; 2], r: f32, fill: Option<Ink>, edge: Option<Edge>, alpha: f32);
    /// A cubic arc over a line with control points `1.25 * h` away.
    fn arc(&mut self, x0: f32, x1: f32, y: f32, h: f32, edge: Edge, alpha: f32);
    /// One line of text.
    fn text(&mut self, label: &Label, alpha: f32);
}

/// Draws shapes in their order.
pub fn paint(shapes: &[Shape], pen: &mut impl Pen) {
    for shape in shapes {
        if shape.alpha > 0.004 {
            form(&shape.form, shape.alpha, pen);
        }
    }
}

fn form(form: &Form, alpha: f32, pen: &mut impl Pen) {
    match form {
        Form::Brick(form) => brick(form, alpha, pen),
        Form::Rect { area, radius, fill, edge } => {
            if let Some(ink) = *fill {
                pen.fill(*area, *radius, Ground::Flat(ink), alpha);
            }
            if let Some(edge) = *edge {
                pen.outline(*area, *radius, edge, alpha);
            }
        }
        Form::Line { points, edge } => pen.line(points, *edge, alpha),
        Form::Hatch { area, ink, cross } => {
            let ground = if *cross { Ground::Weave(*ink) } else { Ground::Hatch(*ink) };
            pen.fill(*area, 0.0, ground, alpha);
        }
        Form::Solid { points, ink } => pen.solid(points, *ink, alpha),
        Form::Dot { at, r, fill, edge } => pen.dot(*at, *r, *fill, *edge, alpha),
        Form::Cross { at, r, edge } => {
            pen.line(&[[at[0] - r, at[1] - r], [at[0] + r, at[1] + r]], *edge, alpha);
            pen.line(&[[at[0] - r, at[1] + r], [at[0] + r, at[1] - r]], *edge, alpha);
        }
        Form::Arc { x0, x1, y, h, edge } => pen.arc(*x0, *x1, *y, *h, *edge, alpha),
        Form::Text(label) => pen.text(label, alpha),
    }
}

fn brick(form: &BrickForm, alpha: f32, pen: &mut impl Pen) {
    let area = form.area;
    if area.w < 0.3 || area.h < 0.5 {
        return;
    }
    let line = line_of(form.heat);
    let stale = form.look == Look::Stale;
    if form.look == Look::Band {
        // Too narrow for an edge: the edge's colour is the brick.
        pen.fill(area, 0.0, Ground::Flat(fill_of(form.heat)), alpha);
        pen.fill(Area { h: area.h.min(3.0 * form.u), ..area }, 0.0, Ground::Flat(line), alpha);
        pen.fill(area, 0.0, Ground::Flat(line), alpha * 0.35);
        return;
    }
    let radius = 2.0_f32.min(area.w / 3.0);
    match form.look {
        Look::Stale => pen.fill(area, radius, Ground::Flat(Ink::StaleFill), alpha),
        Look::Empty => {}
        _ => pen.fill(area, radius, Ground::Flat(fill_of(form.heat)), alpha),
    }
    if area.w >= 4.0 {
        if form.overlap {
            pen.fill(area, radius, Ground::Hatch(line), alpha * if stale { 0.3 } else { 0.5 });
        }
        if form.heat == Heat::Delete {
            pen.fill(area, radius, Ground::Weave(line), alpha * if stale { 0.4 } else { 0.75 });
        }
    }
    if form.look == Look::Live && area.h > 13.0 * form.u {
        let cap = Area { h: (3.0 * form.u).min(area.h), ..area };
        pen.fill(cap, 1.0_f32.min(radius), Ground::Flat(line), alpha);
    }
    let inner = area.grown(-0.5);
    match (form.hot, form.look) {
        (Some(ink), look) => {
            // A known look shows through the outline only where it must: the dotted cap.
            pen.outline(inner, radius, Edge::solid(ink, 2.0), alpha);
            if look == Look::Unknown {
                dotted_cap(area, line, form.u, alpha, pen);
            }
        }
        (None, Look::Stale) if area.w >= 3.0 => {
            pen.outline(inner, radius, Edge::dashed(line, 1.0, 3.0, 2.0), alpha * 0.85);
        }
        (None, Look::Stale) => pen.fill(area, 0.0, Ground::Flat(line), alpha * 0.5),
        (None, Look::Empty) => pen.outline(inner, radius, Edge::dashed(line, 1.0, 1.5, 2.0), alpha),
        (None, Look::Unknown) => {
            pen.outline(inner, radius, Edge::solid(line, 1.0), alpha);
            dotted_cap(area, line, form.u, alpha, pen);
        }
        (None, _) if area.w >= 2.5 => pen.outline(inner, radius, Edge::solid(line, 1.0), alpha),
        (None, _) => pen.fill(area, 0.0, Ground::Flat(line), alpha * 0.45),
    }
    words(form, alpha, pen);
}

fn dotted_cap(area: Area, ink: Ink, u: f32, alpha: f32, pen: &mut impl Pen) {
    let y = area.y - 3.0 * u;
    let edge = Edge::dashed(ink, 2.0 * u, 2.0 * u, 2.5 * u);
    pen.line(&[[area.x, y], [area.right(), y]], edge, alpha);
}

fn words(form: &BrickForm, alpha: f32, pen: &mut impl Pen) {
    let (area, u) = (form.area, form.u);
    let ink = if form.look == Look::Stale { Ink::StaleInk } else { ink_of(form.heat) };
    let middle = area.x + area.w / 2.0;
    let mut put = |text: &str, x: f32, y: f32, size: f32, weight: u16, centred: bool| {
        if text.is_empty() || y + 2.0 > area.y + area.h {
            return;
        }
        let halo = (form.look == Look::Live && (form.overlap || form.heat == Heat::Delete))
            .then(|| fill_of(form.heat));
        let label = Label { weight, halo, ..Label::new(x, y, text, size, ink) };
        pen.text(&if centred { label.middle() } else { label }, alpha);
    };
    match form.place {
        Place::Corner => {
            let x = area.x + 8.0 * u;
            if area.h < 22.0 * u && !form.title.is_empty() {
                // Too low to hold its name: it stands on top.
                let label =
                    Label::new(x, area.y - 5.0 * u, form.title.as_str(), 11.0 * u, ink).bold().rimmed();
                pen.text(&label, alpha);
                return;
            }
            put(&form.title, x, area.y + 20.0 * u, 12.5 * u, 600, false);
            put(&form.sub, x, area.y + 35.0 * u, 11.0 * u, 400, false);
        }
        Place::Top if form.title.is_empty() => {
            put(&form.sub, middle, area.y + 17.0 * u, 10.0 * u, 500, true);
        }
        Place::Top => {
            put(&form.title, middle, area.y + 19.0 * u, 11.0 * u, 600, true);
            put(&form.sub, middle, area.y + 33.0 * u, 10.0 * u, 400, true);
        }
        Place::Strip => {
            put(&form.title, middle, area.y + area.h / 2.0 + 3.8 * u, 10.5 * u, 500, true);
        }
    }
}

//! A picture is a function of (before, after, progress).
//!
//! ```text
//! cumulative   0   .08      .30  .55 .60     .85 .90  1
//! inputs       |outlined| rise, 17 ms apart |
//! output                     | grows ----------- |
//! fuse                              | is laid ------ |
//! point                                      | slides |
//! ```
//!
//! Shapes are matched by key, so a rowset that turned stale is the same shape in another place.
//! Progress 0 is `before` and 1 is `after`, exactly.

use super::ease::{both, land, leave, mix, out, part};
use super::ink::Ink;
use super::shape::{Area, BrickForm, Form, Key, Look, Mark, Scene, Shape};
use crate::protocol::Frame;
use tabletop_core::base::sort::sort_by_key;
use tabletop_core::lab::tablet::{Kind, TabletEvent};

/// Which choreography.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Story {
    /// Nothing special: what differs cross-fades.
    Fade,
    /// Something was loaded.
    Load,
    /// Rowsets were merged.
    Merge,
    /// Paths were swept.
    Sweep,
    /// A read was served.
    Read,
    /// A read failed.
    Fail,
}

/// What to show between two pictures, and for how long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Choreography.
    pub story: Story,
    /// Duration, ms.
    pub ms: f32,
}

/// More steps than this in a frame are not told one by one.
const STEPS_MAX: u64 = 8;
/// Shorter than this is not told at all, ms.
const MS_MIN: f32 = 50.0;
/// Pictures with more shapes change at once.
const SHAPES_MAX: usize = 6_000;

impl Plan {
    /// A jump in time: a cross-fade without travel.
    pub const SEEK: Self = Self { story: Story::Fade, ms: 140.0 };

    /// What a frame tells; `None` draws its end state at once.
    pub fn of(frame: &Frame, speed: f64, reduced: bool) -> Option<Self> {
        if reduced {
            return None;
        }
        if !frame.continues {
            return Some(Self::SEEK);
        }
        if frame.steps == 0 || frame.steps > STEPS_MAX {
            return None;
        }
        let plan = frame.events.iter().map(Self::of_event).fold(
            Self { story: Story::Fade, ms: 140.0 },
            |longest, next| {
                if next.ms > longest.ms { next } else { longest }
            },
        );
        let ms = plan.ms / speed.max(0.001) as f32;
        (ms >= MS_MIN).then_some(Self { ms: ms.min(plan.ms * 4.0), ..plan })
    }

    const fn of_event(event: &TabletEvent) -> Self {
        match event {
            TabletEvent::Loaded { .. } => Self { story: Story::Load, ms: 260.0 },
            TabletEvent::Compacted { kind: Kind::Base | Kind::Full, .. } => {
                Self { story: Story::Merge, ms: 700.0 }
            }
            TabletEvent::Compacted { .. } => Self { story: Story::Merge, ms: 420.0 },
            TabletEvent::PathSwept { .. } => Self { story: Story::Sweep, ms: 260.0 },
            TabletEvent::Failed { .. } => Self { story: Story::Fail, ms: 421.0 },
            TabletEvent::Served { .. } => Self { story: Story::Read, ms: 170.0 },
            _ => Self { story: Story::Fade, ms: 140.0 },
        }
    }
}

/// The picture between two others.
pub fn between(before: &[Shape], after: &Scene, story: Story, progress: f32) -> Vec<Shape> {
    if progress <= 0.0 && !before.is_empty() {
        return before.to_vec();
    }
    if progress >= 1.0 || before.len() + after.shapes.len() > SHAPES_MAX {
        return after.shapes.clone();
    }
    let old = Index::new(before);
    let new = Index::new(&after.shapes);
    let mut tween =
        Tween { p: progress, story, old_shapes: before, new_shapes: &after.shapes, old, new, count: 0 };
    let mut shapes: Vec<Shape> = Vec::with_capacity(after.shapes.len() + 32);
    let gone = before.iter().filter(|shape| tween.new.get(shape.key).is_none()).count().max(1);
    let mut rank = 0;
    for shape in before {
        if tween.new.get(shape.key).is_none() {
            tween.count = gone;
            shapes.extend(tween.leaving(shape, rank));
            rank += 1;
        }
    }
    let mut risen = 0;
    tween.count = after.shapes.iter().filter(|shape| tween.rises(shape)).count().max(1);
    for shape in &after.shapes {
        match tween.old.get(shape.key).and_then(|i| before.get(i)) {
            Some(from) => {
                let from = from.clone();
                risen += usize::from(tween.rises(shape));
                shapes.push(tween.moving(&from, shape, risen.saturating_sub(1)));
                if story == Story::Fade && from.form != shape.form {
                    shapes.push(Shape { alpha: from.alpha * (1.0 - out(progress)), ..from });
                }
            }
            None => shapes.push(tween.arriving(shape)),
        }
    }
    sort_by_key(&mut shapes, |shape| shape.layer);
    shapes
}

/// Places of shapes by their key, sorted; of several with one key the last counts.
struct Index(Vec<(Key, usize)>);

impl Index {
    fn new(shapes: &[Shape]) -> Self {
        let mut all: Vec<(Key, usize)> = shapes.iter().enumerate().map(|(i, shape)| (shape.key, i)).collect();
        sort_by_key(&mut all, |entry| entry.0);
        Self(all)
    }

    fn get(&self, key: Key) -> Option<usize> {
        let after = self.0.partition_point(|entry| entry.0 <= key);
        self.0.get(after.checked_sub(1)?).filter(|entry| entry.0 == key).map(|entry| entry.1)
    }
}

struct Tween<'a> {
    p: f32,
    story: Story,
    old_shapes: &'a [Shape],
    new_shapes: &'a [Shape],
    old: Index,
    new: Index,
    /// Shapes that move one after the other.
    count: usize,
}

impl Tween<'_> {
    /// Delay of the n-th of several, a fifth of the whole together at most.
    fn stagger(&self, rank: usize, each: f32) -> f32 {
        rank as f32 * each.min(0.2 / self.count.max(1) as f32)
    }

    /// Whether a live brick of before is a stale strip after.
    fn rises(&self, after: &Shape) -> bool {
        let Form::Brick(now) = &after.form else { return false };
        let before = self.old.get(after.key).and_then(|i| self.old_shapes.get(i));
        matches!(before.map(|b| &b.form), Some(Form::Brick(was)) if was.look != Look::Stale && now.look == Look::Stale)
    }

    fn moving(&self, before: &Shape, after: &Shape, rank: usize) -> Shape {
        let p = self.p;
        let mut shape = after.clone();
        if self.story == Story::Fade {
            if before.form != after.form {
                shape.alpha = after.alpha * out(p);
            }
            return shape;
        }
        let travel = both(p);
        match (&before.form, &mut shape.form) {
            (Form::Brick(from), Form::Brick(to)) if self.rises(after) => {
                let wait = self.stagger(rank, 0.04);
                let q = both(part(p, 0.08 + wait, 0.55 + wait));
                let area = mix_area(from.area, to.area, q);
                if q < 0.5 {
                    *to =
                        BrickForm { hot: if p < 0.1 { Some(Ink::Accent) } else { from.hot }, ..from.clone() };
                }
                to.area = area;
            }
            (Form::Brick(from), Form::Brick(to)) => to.area = mix_area(from.area, to.area, travel),
            (Form::Dot { .. } | Form::Cross { .. }, Form::Dot { .. } | Form::Cross { .. })
                if after.key.mark == Mark::Lane =>
            {
                // Dots, rings and crosses change their form at a moment, left to right.
                let at = 0.5 + 0.3 * (after.key.id % 64) as f32 / 64.0;
                if p < at {
                    shape.form = before.form.clone();
                }
            }
            (from, to) if after.key.mark == Mark::Point && self.story == Story::Merge => {
                mix_form(from, to, both(part(p, 0.78, 1.0)));
            }
            (from, to) => mix_form(from, to, travel),
        }
        shape
    }

    fn arriving(&self, after: &Shape) -> Shape {
        let p = self.p;
        let mut shape = after.clone();
        if self.story == Story::Fade {
            shape.alpha *= out(p);
            return shape;
        }
        let key = after.key;
        match (key.mark, &mut shape.form) {
            (Mark::Rowset | Mark::Band, Form::Brick(to))
                if to.look != Look::Stale && self.merged_into(to) =>
            {
                let g = out(part(p, 0.3, 0.85));
                let foot = to.area.y + to.area.h;
                to.area.h *= g;
                to.area.y = foot - to.area.h;
                if g < 0.6 {
                    to.title.clear();
                    to.sub.clear();
                }
            }
            (Mark::Rowset | Mark::Band, Form::Brick(to)) if to.look != Look::Stale => {
                to.area.y -= to.area.h * (1.0 - land(part(p, 0.0, 0.8)));
                shape.alpha *= out(part(p, 0.0, 0.25));
            }
            (Mark::Path, form) => {
                let f = out(part(p, 0.6, 0.9));
                shape.alpha *= f.min(1.0);
                lay(key, form, self.new_shapes, &self.new, f);
            }
            (Mark::Lane, Form::Dot { r, .. } | Form::Cross { r, .. }) => *r *= out(part(p, 0.75, 1.0)),
            (Mark::Read, form) => shape.alpha *= self.reading(key, form),
            (Mark::Changed, _) => shape.alpha *= out(part(p, 0.8, 1.0)),
            _ => shape.alpha *= out(part(p, 0.3, 1.0)),
        }
        shape
    }

    fn leaving(&self, before: &Shape, rank: usize) -> Option<Shape> {
        let p = self.p;
        let mut shape = before.clone();
        let key = before.key;
        let fade = match (key.mark, &mut shape.form) {
            _ if self.story == Story::Fade => 1.0 - out(p),
            (Mark::Rowset | Mark::Band, Form::Brick(brick)) if brick.look == Look::Stale => {
                let wait = self.stagger(rank, 0.1);
                let q = leave(part(p, 0.2 + wait, 0.6 + wait));
                brick.area.y -= 7.0 * brick.u * q;
                1.0 - q
            }
            (Mark::Rowset | Mark::Band, _) => 1.0 - out(part(p, 0.3, 0.6)),
            (Mark::Path, form) => {
                lay(key, form, self.old_shapes, &self.old, 1.0 - leave(part(p, 0.0, 0.2)));
                1.0 - part(p, 0.5, 0.8)
            }
            (Mark::Changed, _) => 0.0,
            (Mark::Read, _) => 1.0 - part(p, 0.0, 0.25),
            _ => 1.0 - part(p, 0.0, 0.4),
        };
        shape.alpha *= fade;
        (shape.alpha > 0.004).then_some(shape)
    }

    /// Whether strips of before rise from under this new brick.
    fn merged_into(&self, to: &BrickForm) -> bool {
        self.story == Story::Merge
            && self.old_shapes.iter().any(|shape| {
                matches!(&shape.form, Form::Brick(was)
                    if was.look != Look::Stale
                        && was.area.x >= to.area.x - 2.0
                        && was.area.right() <= to.area.right() + 2.0)
            })
    }

    /// A thread runs, stops, turns; gives the opacity.
    fn reading(&self, key: Key, form: &mut Form) -> f32 {
        let p = self.p;
        let failed = self.story == Story::Fail;
        match (key.part, form) {
            (0, Form::Line { points, edge }) => {
                run(points, both(part(p, 0.0, if failed { 0.4 } else { 0.8 })));
                if failed && p < 0.45 {
                    edge.ink = Ink::Accent;
                }
                1.0
            }
            (1, Form::Line { points, .. }) => {
                let (from, to) = if failed { (0.45, 0.75) } else { (0.7, 1.0) };
                run(points, out(part(p, from, to)));
                if p < from { 0.0 } else { 1.0 }
            }
            (4, _) => out(part(p, 0.4, 0.5)),
            (5..=8, _) => out(part(p, 0.75, 0.95)),
            (100.., _) => out(part(p, 0.1, 0.6)),
            _ => out(part(p, 0.6, 1.0)),
        }
    }
}

/// A fuse burnt or laid to a part of its length; its bead rides on the end.
fn lay(key: Key, form: &mut Form, shapes: &[Shape], index: &Index, f: f32) {
    let ground = index.get(Key { part: 0, ..key }).and_then(|i| shapes.get(i));
    let Some(Form::Line { points: ground, .. }) = ground.map(|shape| &shape.form) else { return };
    let Some(start) = ground.first().map(|point| point[0]) else { return };
    match form {
        Form::Line { points, .. } if key.part == 1 => {
            if let Some(end) = points.last_mut() {
                end[0] = mix(start, end[0], f);
            }
        }
        Form::Dot { at, .. } => at[0] = mix(start, at[0], f),
        _ => {}
    }
}

fn mix_area(a: Area, b: Area, q: f32) -> Area {
    Area::new(mix(a.x, b.x, q), mix(a.y, b.y, q), mix(a.w, b.w, q), mix(a.h, b.h, q))
}

fn mix_point(a: [f32; 2], b: [f32; 2], q: f32) -> [f32; 2] {
    [mix(a[0], b[0], q), mix(a[1], b[1], q)]
}

/// Moves `to` back towards `from` where both are of a kind.
fn mix_form(from: &Form, to: &mut Form, q: f32) {
    match (from, to) {
        (Form::Rect { area: a, .. }, Form::Rect { area: b, .. }) => *b = mix_area(*a, *b, q),
        (Form::Line { points: a, .. }, Form::Line { points: b, .. })
        | (Form::Solid { points: a, .. }, Form::Solid { points: b, .. })
            if a.len() == b.len() =>
        {
            for (a, b) in a.iter().zip(b) {
                *b = mix_point(*a, *b, q);
            }
        }
        (Form::Dot { at: a, .. }, Form::Dot { at: b, .. })
        | (Form::Cross { at: a, .. }, Form::Cross { at: b, .. }) => *b = mix_point(*a, *b, q),
        (Form::Arc { x0: a0, x1: a1, h: ah, .. }, Form::Arc { x0: b0, x1: b1, h: bh, .. }) => {
            *b0 = mix(*a0, *b0, q);
            *b1 = mix(*a1, *b1, q);
            *bh = mix(*ah, *bh, q);
        }
        (Form::Text(a), Form::Text(b)) if a.align == b.align => {
            b.x = mix(a.x, b.x, q);
            b.y = mix(a.y, b.y, q);
        }
        _ => {}
    }
}

/// Cuts a polyline to a part of its length.
fn run(points: &mut Vec<[f32; 2]>, q: f32) {
    let length = |a: &[f32; 2], b: &[f32; 2]| (b[0] - a[0]).hypot(b[1] - a[1]);
    let whole: f32 = points.windows(2).map(|w| length(&w[0], &w[1])).sum();
    let mut left = whole * q;
    for i in 1..points.len() {
        let step = length(&points[i - 1], &points[i]);
        if left < step {
            points[i] = mix_point(points[i - 1], points[i], if step > 0.0 { left / step } else { 0.0 });
            points.truncate(i + 1);
            return;
        }
        left -= step;
    }
}

#[cfg(test)]
mod tests;

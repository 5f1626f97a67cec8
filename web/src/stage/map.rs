//! The rowset map's live row: bricks, size rules, gaps, the next pick, what changed.

use super::Selection;
use super::ink::Ink;
use super::layout::{Draft, layer, megabytes};
use super::shape::{Area, BrickForm, Edge, Form, Key, Label, Look, Mark, Place};
use super::words::{bracket_text, megabytes as whole_megabytes, range_text, size_text, width_of};
use tabletop_core::view::tablet::{Brick, Heat};

/// Narrowest brick that is drawn by itself, px.
const BRICK_MIN: f32 = 1.0;
/// Width of a band of narrower ones, px.
const BAND: f32 = 2.0;

impl Draft<'_> {
    /// Draws the rowset map.
    pub(super) fn map(&mut self) {
        self.legend();
        self.size_rules();
        self.live_row();
        self.gaps();
        self.folds();
        self.stale_rows();
        self.ghosts();
        let (top, bottom) = if self.geometry.phone {
            (self.row_y(1) - 34.0, self.floor + 4.0)
        } else {
            (if self.low() { 16.0 } else { 40.0 } * self.u, self.floor + 8.0 * self.u)
        };
        self.point(top, bottom);
        self.threads();
        match self.preview {
            Some((kind, shown)) => self.previewed(kind, shown),
            None => self.next_pick(),
        }
        self.visible();
        self.refused();
        self.lane();
        self.ticks();
        let (left, right) = self.axis.edges();
        let y = self.floor + 0.5;
        let over = if self.geometry.phone { 4.0 } else { 0.0 };
        self.scene.add(
            layer::FOLD,
            Key::part(Mark::Frame, 0, 999),
            Form::Line {
                points: vec![[left - 4.0, y], [right + over, y]],
                edge: Edge::solid(Ink::Line3, 1.0),
            },
        );
        self.row_name(0, self.floor - 4.0 * self.u, self.words.live(), true);
    }

    /// Hairlines at round sizes.
    #[inline(never)]
    fn size_rules(&mut self) {
        if self.geometry.phone {
            return;
        }
        let u = self.u;
        let (left, right) = self.axis.edges();
        let largest =
            self.view.live.iter().filter_map(|b| b.bytes.map(|n| n / u64::from(b.count.max(1)))).max();
        let Some(largest) = largest.filter(|&n| n >= 1 << 10) else { return };
        let mut last = f32::MIN;
        let mut part = 10;
        let mut size = round_below(largest);
        while size >= 1 << 10 && part < 14 {
            let y = (self.floor - self.height_of(size)).round() + 0.5;
            if y - last >= 40.0 * u && self.floor - y >= 24.0 * u && megabytes(size) > 0.0 {
                self.rule(part, vec![[left, y], [right, y]], Edge::solid(Ink::Line, 1.0));
                let label = Label::new(right + 6.0, y + 3.5 * u, size_text(size), 10.0 * u, Ink::Ink3);
                self.text(Key::part(Mark::Frame, 3, part), label);
                last = y;
                part += 1;
            }
            size = decade_below(size);
        }
    }

    #[inline(never)]
    fn live_row(&mut self) {
        let view = self.view;
        // Right edges of rowsets that share versions are in no order to search in.
        let (from, to) = if self.shelves.is_empty() {
            self.axis.visible(&view.live, |b| (b.x0, b.x1))
        } else {
            (0, view.live.len())
        };
        let mut hairs = 0;
        let mut i = from;
        while i < to {
            let brick = &view.live[i];
            if !self.axis.shows(brick.x0, brick.x1) {
                i += 1;
                continue;
            }
            let (x0, x1) = (self.axis.x(brick.x0), self.axis.x(brick.x1));
            if x1 - x0 < BRICK_MIN || brick.count > 1 {
                i = self.live_band(i, to);
                continue;
            }
            if !brick.range.is_single() && x1 - x0 > 8.0 && hairs < 60 && !self.geometry.phone {
                for x in [x0, x1] {
                    let x = x.round() + 0.5;
                    let points = vec![[x, 58.0 * self.u], [x, self.floor]];
                    self.rule(100 + hairs, points, Edge::solid(Ink::Line, 1.0));
                    hairs += 1;
                }
            }
            let ground = self.ground(i);
            let form = self.live_brick(brick, x0, x1, ground);
            let area = form.area;
            self.scene.add(layer::LIVE, Key::new(Mark::Rowset, brick.id.0), Form::Brick(form));
            let high: f32 = if self.geometry.phone { 44.0 } else { 24.0 };
            // Not into the shelf above.
            let lift = (high.min(self.shelf) - area.h).max(0.0);
            let touch = Area::new(x0, area.y - lift, x1 - x0, area.h + lift);
            self.scene.touch(touch, Selection::Rowset(brick.id));
            if self.view.changed.contains(&brick.id) {
                self.underline(brick.id.0, x0 + 1.0, x1 - x0 - 2.0, ground + 2.5 * self.u);
            }
            i += 1;
        }
    }

    /// Joins neighbours into one column of the skyline; gives the first brick after it.
    #[inline(never)]
    fn live_band(&mut self, first: usize, end: usize) -> usize {
        let view = self.view;
        let left = self.axis.x(view.live[first].x0);
        let (mut right, mut high, mut heat, mut changed) = (left, 0.0_f32, Heat::Fresh, false);
        let mut i = first;
        while i < end {
            let brick = &view.live[i];
            let (x0, x1) = (self.axis.x(brick.x0), self.axis.x(brick.x1));
            let alone = x1 - x0 >= BRICK_MIN && brick.count <= 1;
            if i > first && (alone || right - left >= BAND || x0 - right > BAND) {
                break;
            }
            let h = self.live_height(brick);
            if h > high {
                (high, heat) = (h, brick.heat);
            }
            right = x1;
            changed |= view.changed.contains(&brick.id);
            i += 1;
        }
        let right = right.max(left + 0.5);
        let area = Area::new(left, self.floor - high, right - left, high);
        let id = view.live[first].id;
        let form = self.plain(area, heat, Look::Band);
        self.scene.add(layer::LIVE, Key::new(Mark::Band, id.0), Form::Brick(form));
        self.scene.touch(area, Selection::Rowset(id));
        if changed {
            self.underline(id.0, left, (right - left).max(3.0), self.floor + 2.5 * self.u);
        }
        i
    }

    pub(super) fn live_height(&self, brick: &Brick) -> f32 {
        let u = self.u;
        match brick.bytes {
            _ if brick.heat == Heat::Delete => {
                let high: f32 = if self.geometry.phone { 34.0 } else { 40.0 * u };
                high.min(self.shelf - 4.0 * u)
            }
            _ if brick.empty => 16.0 * u,
            None => (40.0 * u).min(self.shelf - 4.0 * u),
            Some(bytes) => self.height_of(bytes / u64::from(brick.count.max(1))),
        }
    }

    /// A brick without words.
    pub(super) fn plain(&self, area: Area, heat: Heat, look: Look) -> BrickForm {
        BrickForm {
            area,
            heat,
            look,
            overlap: false,
            hot: None,
            title: String::new(),
            sub: String::new(),
            place: Place::Strip,
            u: self.u,
        }
    }

    fn live_brick(&self, brick: &Brick, x0: f32, x1: f32, ground: f32) -> BrickForm {
        let u = self.u;
        let gap = ((x1 - x0) * 0.15).min(1.0);
        let h = self.live_height(brick);
        let area = self.cut(Area::new(x0 + gap, ground - h, x1 - x0 - 2.0 * gap, h));
        let look = match brick.bytes {
            _ if brick.heat == Heat::Delete => Look::Live,
            _ if brick.empty => Look::Empty,
            None => Look::Unknown,
            Some(_) => Look::Live,
        };
        let mut form = self.plain(area, brick.heat, look);
        form.overlap = brick.overlapping && area.w >= 4.0;
        form.hot = self.hot_ink(brick.id);
        let size = brick.bytes.map(size_text);
        let wide = if self.geometry.phone { 36.0 } else { 60.0 * u };
        if area.w > wide {
            if self.geometry.phone {
                form.place = Place::Top;
                form.title = range_text(brick.range.start, brick.range.end).replace(['[', ']'], "");
            } else {
                form.place = Place::Corner;
                form.title = bracket_text(brick.range.start, brick.range.end);
            }
            form.sub = match (&size, look) {
                _ if brick.heat == Heat::Delete || look == Look::Empty => String::new(),
                (None, _) => self.words.unknown_size().to_owned(),
                (Some(size), _) if self.geometry.phone => size.replace(" MB", ""),
                (Some(size), _) => size.clone(),
            };
        } else if area.w >= 14.0 * u
            && look == Look::Live
            && brick.heat != Heat::Delete
            && !self.geometry.phone
        {
            form.place = Place::Top;
            form.sub = brick
                .bytes
                .map(whole_megabytes)
                .filter(|t| width_of(t, 10.0 * u) < area.w)
                .unwrap_or_default();
        } else if look == Look::Unknown && area.w >= 9.0 {
            form.place = Place::Top;
            form.sub = String::from("?");
        }
        form
    }

    /// The red pencil.
    #[inline(never)]
    pub(super) fn underline(&mut self, id: u64, x: f32, w: f32, y: f32) {
        let area = Area::new(x, y, w.max(2.0), 2.5 * self.u);
        let form = Form::Rect { area, radius: 1.0, fill: Some(Ink::Cursor), edge: None };
        self.scene.add(layer::LANE, Key::new(Mark::Changed, id), form);
    }
}

/// The largest of 1, 2, 5 times a power of ten megabytes (kilobytes below) that is not above.
fn round_below(bytes: u64) -> u64 {
    let unit: u64 = if bytes >= 1 << 20 { 1 << 20 } else { 1 << 10 };
    let mut size = unit;
    let mut next = 0;
    while size.saturating_mul([2, 5, 10][next % 3]) <= bytes.saturating_mul([1, 2, 5][next % 3]) && next < 40
    {
        size = size / [1, 2, 5][next % 3] * [2, 5, 10][next % 3];
        next += 1;
    }
    size
}

/// The next power of ten below (of megabytes, then of kilobytes).
fn decade_below(size: u64) -> u64 {
    let mut decade: u64 = 1 << 10;
    loop {
        let next = if decade == 1000 << 10 { 1 << 20 } else { decade.saturating_mul(10) };
        let next = if next == 1000 << 10 { 1 << 20 } else { next };
        if next >= size || next <= decade {
            return if decade < size { decade } else { 0 };
        }
        decade = next;
    }
}

#[cfg(test)]
mod tests {
    use super::super::axis::{Geometry, Viewport};
    use super::super::layout::layout;
    use super::super::shape::{Area, Form};
    use super::super::{Selection, StageMode, sample};
    use super::{Brick, decade_below, round_below};
    use tabletop_core::base::{RowsetId, VersionRange};

    #[test]
    fn crossing_rowsets_are_drawn_apart_and_each_can_be_hit() {
        let mut view = sample::fresh();
        let brick = |(start, end): (u32, u32)| Brick {
            id: RowsetId(u64::from(start * 10 + end)),
            range: VersionRange::new(start.into(), end.into()),
            x0: start * 16,
            x1: (end + 1) * 16,
            bytes: (start > 2).then_some(5 << 20),
            empty: false,
            ..view.live[0].clone()
        };
        let live: Vec<Brick> = [(0, 1), (2, 3), (2, 5), (4, 7), (5, 9), (8, 8)].map(brick).to_vec();
        (view.live, view.axis_units) = (live, 160);
        for phone in [false, true] {
            let (width, height) = if phone { (390.0, 320.0) } else { (880.0, 540.0) };
            let geometry = Geometry { width, height, scale: 1.0, phone, zh: false };
            let scene = layout(&view, &geometry, Viewport::default(), 0, None, StageMode::Map, None);
            let bricks: Vec<Area> = scene
                .shapes
                .iter()
                .filter_map(|shape| match &shape.form {
                    Form::Brick(form) if form.area.w > 8.0 => Some(form.area),
                    _ => None,
                })
                .collect();
            let apart = |a: &Area, b: &Area| {
                a.right() <= b.x || b.right() <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y
            };
            for (at, one) in bricks.iter().enumerate() {
                assert!(bricks[..at].iter().all(|other| apart(one, other)), "{one:?} of {bricks:?}");
            }
            let hit = |area: &Area| scene.hit(area.x + area.w / 2.0, area.y + area.h / 2.0);
            for brick in &view.live {
                let wanted = Some(Selection::Rowset(brick.id));
                assert!(bricks.iter().any(|area| hit(area) == wanted), "{} cannot be hit", brick.range);
            }
        }
    }

    #[test]
    fn rules_stand_at_round_sizes() {
        assert_eq!(round_below(503 << 20), 500 << 20);
        assert_eq!(round_below(21 << 20), 20 << 20);
        assert_eq!(round_below(3 << 10), 2 << 10);
        assert_eq!(decade_below(500 << 20), 100 << 20);
        assert_eq!(decade_below(10 << 20), 1 << 20);
        assert_eq!(decade_below(1 << 10), 0);
    }
}

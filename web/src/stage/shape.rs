//! What a picture is made of: shapes with stable keys, and where a pointer finds what.

use super::Selection;
use super::ink::Ink;
use tabletop_core::base::sort::sort_by_key;
use tabletop_core::view::tablet::Heat;

/// What a shape stands for. Together with an id and a part it names the same thing in two pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// Ruling, row names, legend, notes: never animated.
    Frame,
    /// A rowset, by id.
    Rowset,
    /// Rowsets under a pixel, by the first one's id.
    Band,
    /// Fuse and head of a stale path, by its id.
    Path,
    /// A swept path, by its id.
    Ghost,
    /// Cumulative point.
    Point,
    /// A read, by its id.
    Read,
    /// A mark of the readable lane, by version.
    Lane,
    /// An axis label, by version.
    Tick,
    /// A torn edge, by its first version.
    Fold,
    /// Versions nobody holds, by the first one.
    Missing,
    /// The next pick.
    Pick,
    /// Red underline, by rowset id.
    Changed,
    /// A vertex, by version.
    Vertex,
    /// Overview of the axis.
    Overview,
}

/// A stable name: the same thing has the same key before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// What it stands for.
    pub mark: Mark,
    /// Whose.
    pub id: u64,
    /// Which part of it.
    pub part: u16,
}

impl Key {
    /// The whole of something.
    pub const fn new(mark: Mark, id: u64) -> Self {
        Self { mark, id, part: 0 }
    }

    /// A part of something.
    pub const fn part(mark: Mark, id: u64, part: u16) -> Self {
        Self { mark, id, part }
    }
}

/// A rectangle, px.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Area {
    /// Left.
    pub x: f32,
    /// Top.
    pub y: f32,
    /// Width.
    pub w: f32,
    /// Height.
    pub h: f32,
}

impl Area {
    /// From left, top, width, height.
    pub const fn new(x: f32, y: f32, w: f32, h: f32) -> Self {
        Self { x, y, w, h }
    }

    /// Whether a point lies inside.
    pub fn holds(&self, x: f32, y: f32) -> bool {
        x >= self.x && x <= self.x + self.w && y >= self.y && y <= self.y + self.h
    }

    /// Right edge.
    pub fn right(&self) -> f32 {
        self.x + self.w
    }

    /// Grown by `by` on all sides; negative shrinks, never below zero size.
    #[must_use]
    pub fn grown(&self, by: f32) -> Self {
        Self::new(self.x - by, self.y - by, (self.w + 2.0 * by).max(0.0), (self.h + 2.0 * by).max(0.0))
    }
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// Colour.
    pub ink: Ink,
    /// Width, px.
    pub width: f32,
    /// Dash and gap, px; zeros for a solid line.
    pub dash: [f32; 2],
}

impl Edge {
    /// Solid.
    pub const fn solid(ink: Ink, width: f32) -> Self {
        Self { ink, width, dash: [0.0, 0.0] }
    }

    /// Dashed.
    pub const fn dashed(ink: Ink, width: f32, dash: f32, gap: f32) -> Self {
        Self { ink, width, dash: [dash, gap] }
    }
}

/// Where a text starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// At x.
    #[default]
    Left,
    /// Around x.
    Middle,
    /// Before x.
    Right,
}

/// One line of text; `y` is its baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Anchor.
    pub x: f32,
    /// Baseline.
    pub y: f32,
    /// What it says.
    pub text: String,
    /// Font size, px.
    pub size: f32,
    /// Font weight.
    pub weight: u16,
    /// Anchor's place.
    pub align: Align,
    /// Colour.
    pub ink: Ink,
    /// A rim in this colour keeps it legible over lines.
    pub halo: Option<Ink>,
    /// The monospaced face.
    pub mono: bool,
}

/// Looks of a brick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Tint, edge, cap.
    Live,
    /// Grey, dashed edge.
    Stale,
    /// Dotted outline: no rows.
    Empty,
    /// Dotted cap: its size was not told.
    Unknown,
    /// A run of bricks too narrow to tell apart.
    Band,
}

/// Where a brick's words go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Versions and size in the upper left corner.
    Corner,
    /// Both centred near the top.
    Top,
    /// Centred in a strip.
    Strip,
}

/// A rowset.
#[derive(Clone, Debug, PartialEq)]
pub struct BrickForm {
    /// Where.
    pub area: Area,
    /// Hue.
    pub heat: Heat,
    /// Looks.
    pub look: Look,
    /// Segments overlap: hatched.
    pub overlap: bool,
    /// Outlined: captured or selected.
    pub hot: Option<Ink>,
    /// First words; empty for none.
    pub title: String,
    /// Second words.
    pub sub: String,
    /// Where they go.
    pub place: Place,
    /// Drawing scale.
    pub u: f32,
}

/// Geometry and paint of a shape.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    /// A rowset.
    Brick(BrickForm),
    /// A rectangle.
    Rect {
        /// Where.
        area: Area,
        /// Corner radius.
        radius: f32,
        /// Ground.
        fill: Option<Ink>,
        /// Outline.
        edge: Option<Edge>,
    },
    /// A polyline.
    Line {
        /// Its points.
        points: Vec<[f32; 2]>,
        /// How.
        edge: Edge,
    },
    /// A filled polygon.
    Solid {
        /// Its points.
        points: Vec<[f32; 2]>,
        /// Colour.
        ink: Ink,
    },
    /// A circle.
    Dot {
        /// Centre.
        at: [f32; 2],
        /// Radius.
        r: f32,
        /// Ground.
        fill: Option<Ink>,
        /// Outline.
        edge: Option<Edge>,
    },
    /// Two crossing strokes.
    Cross {
        /// Centre.
        at: [f32; 2],
        /// Half of the width.
        r: f32,
        /// How.
        edge: Edge,
    },
    /// Half of an ellipse-like curve over a line.
    Arc {
        /// From.
        x0: f32,
        /// To.
        x1: f32,
        /// The line.
        y: f32,
        /// Height of the control points; negative is upwards.
        h: f32,
        /// How.
        edge: Edge,
    },
    /// Strokes over a rectangle.
    Hatch {
        /// Where.
        area: Area,
        /// Colour.
        ink: Ink,
        /// In both directions.
        cross: bool,
    },
    /// Words.
    Text(Label),
}

/// A shape with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Its name.
    pub key: Key,
    /// Painted in this order, from 0.
    pub layer: u8,
    /// Opacity.
    pub alpha: f32,
    /// What is painted.
    pub form: Form,
}

/// Where a pointer finds something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Where.
    pub area: Area,
    /// What.
    pub what: Selection,
}

/// A picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// Width, px.
    pub width: f32,
    /// Height, px.
    pub height: f32,
    /// Shapes in painting order.
    pub shapes: Vec<Shape>,
    /// Hits; a later one lies above an earlier one.
    pub hits: Vec<Hit>,
}

impl Scene {
    /// The topmost hit at a point. Linear in the hits.
    pub fn hit(&self, x: f32, y: f32) -> Option<Selection> {
        self.hits.iter().rev().find(|hit| hit.area.holds(x, y)).map(|hit| hit.what)
    }

    /// Adds a shape.
    pub fn add(&mut self, layer: u8, key: Key, form: Form) {
        self.shapes.push(Shape { key, layer, alpha: 1.0, form });
    }

    /// Adds a shape that is not fully opaque.
    pub fn add_faint(&mut self, layer: u8, key: Key, alpha: f32, form: Form) {
        self.shapes.push(Shape { key, layer, alpha, form });
    }

    /// Adds a hit.
    pub fn touch(&mut self, area: Area, what: Selection) {
        self.hits.push(Hit { area, what });
    }

    /// Brings the shapes into painting order; those of a layer keep theirs.
    pub fn sort(&mut self) {
        sort_by_key(&mut self.shapes, |shape| shape.layer);
    }
}

impl Label {
    /// Regular text that starts at x.
    pub fn new(x: f32, y: f32, text: impl Into<String>, size: f32, ink: Ink) -> Self {
        let text = text.into();
        Self { x, y, text, size, weight: 400, align: Align::Left, ink, halo: None, mono: false }
    }

    /// Semibold.
    #[must_use]
    pub fn bold(mut self) -> Self {
        self.weight = 600;
        self
    }

    /// Medium.
    #[must_use]
    pub fn medium(mut self) -> Self {
        self.weight = 500;
        self
    }

    /// Around x.
    #[must_use]
    pub fn middle(mut self) -> Self {
        self.align = Align::Middle;
        self
    }

    /// Before x.
    #[must_use]
    pub fn right(mut self) -> Self {
        self.align = Align::Right;
        self
    }

    /// With a rim of the stage's colour.
    #[must_use]
    pub fn rimmed(mut self) -> Self {
        self.halo = Some(Ink::Stage);
        self
    }

    /// As a form.
    pub fn form(self) -> Form {
        Form::Text(self)
    }
}

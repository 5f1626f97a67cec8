//! The easings of `tokens.css` as functions.

/// Keeps a number between two others. The standard `clamp` panics with the numbers in its message,
/// and to write a fraction takes fifteen kilobytes.
pub(crate) trait Within {
    /// This, or the nearer bound; the upper one where they cross.
    fn within(self, low: Self, high: Self) -> Self;
}

impl Within for f32 {
    fn within(self, low: Self, high: Self) -> Self {
        self.max(low).min(high)
    }
}

impl Within for f64 {
    fn within(self, low: Self, high: Self) -> Self {
        self.max(low).min(high)
    }
}

/// A cubic Bézier from (0, 0) to (1, 1) with two control points.
fn bezier([x1, y1, x2, y2]: [f32; 4], x: f32) -> f32 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let curve = |p: f32, q: f32, t: f32| {
        let rest = 1.0 - t;
        3.0 * p * t * rest * rest + 3.0 * q * t * t * rest + t * t * t
    };
    let (mut low, mut high, mut t) = (0.0_f32, 1.0_f32, x);
    for _ in 0..18 {
        if curve(x1, x2, t) < x {
            low = t;
        } else {
            high = t;
        }
        t = f32::midpoint(low, high);
    }
    curve(y1, y2, t)
}

/// Arrive: `--e-out`.
pub(super) fn out(x: f32) -> f32 {
    bezier([0.2, 0.8, 0.2, 1.0], x)
}

/// Leave: `--e-in`.
pub(super) fn leave(x: f32) -> f32 {
    bezier([0.5, 0.0, 0.9, 0.4], x)
}

/// Move between places: `--e-both`.
pub(super) fn both(x: f32) -> f32 {
    bezier([0.6, 0.0, 0.2, 1.0], x)
}

/// Land, with one overshoot: `--e-drop`.
pub(super) fn land(x: f32) -> f32 {
    bezier([0.3, 1.25, 0.5, 1.0], x)
}

/// Progress inside a part of the whole, from 0 to 1.
pub(super) fn part(p: f32, from: f32, to: f32) -> f32 {
    ((p - from) / (to - from)).within(0.0, 1.0)
}

/// Between two values.
pub(super) fn mix(a: f32, b: f32, q: f32) -> f32 {
    a + (b - a) * q
}

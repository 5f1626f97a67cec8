//! The colours a drawing may use: names of design tokens, never values.

use tabletop_core::view::tablet::Heat;

macro_rules! inks {
    ($($(#[$doc:meta])* $name:ident = $token:literal,)*) => {
        /// A colour token.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Ink { $($(#[$doc])* $name,)* }

        impl Ink {
            /// All of them, by their number.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The custom property in `tokens.css`.
            pub const fn token(self) -> &'static str {
                match self { $(Self::$name => $token,)* }
            }
        }
    };
}

inks! {
    /// The drawing's ground.
    Stage = "--stage",
    /// The dock's ground.
    Panel = "--panel",
    /// Text.
    Ink = "--ink",
    /// Secondary text.
    Ink2 = "--ink-2",
    /// Captions.
    Ink3 = "--ink-3",
    /// Decoration only.
    Ink4 = "--ink-4",
    /// Hairlines.
    Line = "--line",
    /// Quiet borders.
    Line2 = "--line-2",
    /// Borders that carry meaning.
    Line3 = "--line-3",
    /// Selection and read path.
    Accent = "--accent",
    /// The same as text.
    AccentInk = "--accent-ink",
    /// The same as ground.
    AccentSoft = "--accent-soft",
    /// Text on accent.
    OnAccent = "--on-accent",
    /// Playhead, and what the last step changed.
    Cursor = "--cursor",
    /// Served.
    Good = "--good",
    /// Soon to go.
    Warn = "--warn",
    /// Not served.
    Bad = "--bad",
    /// Loaded: ground.
    FreshFill = "--fresh-fill",
    /// Loaded: edge.
    FreshLine = "--fresh-line",
    /// Loaded: text.
    FreshInk = "--fresh-ink",
    /// Cumulative: ground.
    CumuFill = "--cumu-fill",
    /// Cumulative: edge.
    CumuLine = "--cumu-line",
    /// Cumulative: text.
    CumuInk = "--cumu-ink",
    /// Base: ground.
    BaseFill = "--base-fill",
    /// Base: edge.
    BaseLine = "--base-line",
    /// Base: text.
    BaseInk = "--base-ink",
    /// Delete predicate: ground.
    DelFill = "--del-fill",
    /// Delete predicate: edge.
    DelLine = "--del-line",
    /// Delete predicate: text.
    DelInk = "--del-ink",
    /// No longer live: ground.
    StaleFill = "--stale-fill",
    /// No longer live: text.
    StaleInk = "--stale-ink",
    /// Reads on the timeline.
    Query = "--m-query",
}

/// Ground of a brick.
pub const fn fill_of(heat: Heat) -> Ink {
    match heat {
        Heat::Fresh => Ink::FreshFill,
        Heat::Cumulative => Ink::CumuFill,
        Heat::Base => Ink::BaseFill,
        Heat::Delete => Ink::DelFill,
    }
}

/// Edge, cap and hatch of a brick.
pub const fn line_of(heat: Heat) -> Ink {
    match heat {
        Heat::Fresh => Ink::FreshLine,
        Heat::Cumulative => Ink::CumuLine,
        Heat::Base => Ink::BaseLine,
        Heat::Delete => Ink::DelLine,
    }
}

/// Text on a brick.
pub const fn ink_of(heat: Heat) -> Ink {
    match heat {
        Heat::Fresh => Ink::FreshInk,
        Heat::Cumulative => Ink::CumuInk,
        Heat::Base => Ink::BaseInk,
        Heat::Delete => Ink::DelInk,
    }
}

//! Icons: strokes of 1.4 on a grid of 16. Decoration; what they stand on carries the label.

use yew::{AttrValue, Html};

macro_rules! icons {
    ($name:expr; $($key:literal => $path:literal,)*) => {
        match $name {
            $($key => concat!(
                r#"<svg class="i" viewBox="0 0 16 16" aria-hidden="true">"#, $path, "</svg>"
            ),)*
            _ => "",
        }
    };
}

/// The icon of a name; nothing for an unknown one.
pub(crate) fn icon(name: &str) -> Html {
    let svg: &'static str = icons! { name;
        "play" => r#"<path class="f" d="M4.5 2.9v10.2L13 8z"/>"#,
        "pause" => r#"<path d="M5.5 3.5v9M10.5 3.5v9" stroke-width="2"/>"#,
        "next" => r#"<path class="f" d="M4 3.6v8.8L10.6 8z"/><path d="M12 3.8v8.4" stroke-width="1.6"/>"#,
        "prev" => r#"<path class="f" d="M12 3.6v8.8L5.4 8z"/><path d="M4 3.8v8.4" stroke-width="1.6"/>"#,
        "last" => r#"<path class="f" d="M2.8 3.8v8.4L8 8zM8 3.8v8.4L13.2 8z"/>"#,
        "first" => r#"<path class="f" d="M13.2 3.8v8.4L8 8zM8 3.8v8.4L2.8 8z"/>"#,
        "chev" => r#"<path d="m4 6 4 4 4-4"/>"#,
        "right" => r#"<path d="m6 4 4 4-4 4"/>"#,
        "check" => r#"<path d="m3.5 8.5 3 3 6-7"/>"#,
        "x" => r#"<path d="m4.5 4.5 7 7m0-7-7 7"/>"#,
        "branch" => r#"<circle cx="4.5" cy="3.8" r="1.6"/><circle cx="4.5" cy="12.2" r="1.6"/><circle cx="11.5" cy="5.2" r="1.6"/><path d="M4.5 5.4v5.2M11.5 6.8c0 2.6-7 1.4-7 3.8"/>"#,
        "flag" => r#"<path d="M4 14V2.8h7.6l-2 2.7 2 2.7H4"/>"#,
        "share" => r#"<path d="M8 10V2.2M5.2 4.8 8 2l2.8 2.8M3.5 8.5v4.8h9V8.5"/>"#,
        "find" => r#"<circle cx="7" cy="7" r="4.2"/><path d="m10.2 10.2 3.3 3.3"/>"#,
        "sun" => r#"<circle cx="8" cy="8" r="2.9"/><path d="M8 1.6v1.2M8 13.2v1.2M1.6 8h1.2M13.2 8h1.2M3.5 3.5l.8.8M11.7 11.7l.8.8M3.5 12.5l.8-.8M11.7 4.3l.8-.8"/>"#,
        "moon" => r#"<path d="M13 9.6A5.6 5.6 0 0 1 6.4 3a5.6 5.6 0 1 0 6.6 6.6z"/>"#,
        "help" => r#"<circle cx="8" cy="8" r="6"/><path d="M6.3 6.4a1.8 1.8 0 1 1 2.5 1.7c-.6.3-.8.6-.8 1.2"/><circle class="f" cx="8" cy="11.4" r=".8"/>"#,
        "load" => r#"<path d="M8 2v6.4M5.4 6 8 8.6 10.6 6M2.6 9.5v3.6h10.8V9.5"/>"#,
        "erase" => r#"<path d="M6.2 12.8 2.8 9.4a1 1 0 0 1 0-1.4l5-5a1 1 0 0 1 1.4 0l3.6 3.6a1 1 0 0 1 0 1.4l-4.8 4.8zM13.4 12.8H6.2M5.4 5.4l5 5"/>"#,
        "cumu" => r#"<path d="M2.5 3.2h3v4h-3zM6.7 3.2h2.8v4H6.7zM10.7 3.2h2.8v4h-2.8zM2.5 10h11v3.2h-11z"/>"#,
        "base" => r#"<path d="M2.5 3h4.6v4H2.5zM8.5 3h5v4h-5z"/><path d="M2.5 9.6h11v4h-11z" fill="currentColor" fill-opacity=".35"/>"#,
        "full" => r#"<path d="M2.5 3.5h11v9h-11z" fill="currentColor" fill-opacity=".2"/><path d="M5.2 8h5.6M8.8 6l2 2-2 2M7.2 6l-2 2 2 2"/>"#,
        "query" => r#"<path d="M2.6 12.4h3.2V8.6H10V4.4h3.4"/><circle class="f" cx="2.6" cy="12.4" r="1.2"/><circle class="f" cx="13.4" cy="4.4" r="1.2"/>"#,
        "sweep" => r#"<path d="M10.8 2.4 8.2 7.2M4.6 7.2h6l1.6 6.2H3zM6 13.2l.5-2.6M9 13.2l-.3-2.6"/>"#,
        "restart" => r#"<path d="M12.8 8a4.8 4.8 0 1 1-1.5-3.5M12.8 2.4v2.9H9.9"/>"#,
        "import" => r#"<path d="M9.2 1.8H4v12.4h8.2V4.8zM9 2v3h3M8 7.2v4.2M6.2 9.8 8 11.6l1.8-1.8"/>"#,
        "lock" => r#"<path d="M4.2 7.2h7.6v6H4.2zM5.8 7V5.2a2.2 2.2 0 0 1 4.4 0V7"/>"#,
        "eye" => r#"<path d="M1.8 8S4 3.9 8 3.9 14.2 8 14.2 8 12 12.1 8 12.1 1.8 8 1.8 8z"/><circle cx="8" cy="8" r="1.8"/>"#,
        "warn" => r#"<path d="M8 2.4 14.2 13H1.8zM8 6.6v3.2"/><circle class="f" cx="8" cy="11.4" r=".75"/>"#,
        "info" => r#"<circle cx="8" cy="8" r="6"/><path d="M8 7.4v3.6"/><circle class="f" cx="8" cy="5.2" r=".8"/>"#,
        "gauge" => r#"<path d="M2.4 11.8a6 6 0 1 1 11.2 0M8 9.2l2.8-3.4"/><circle class="f" cx="8" cy="9.4" r="1.1"/>"#,
        "swap" => r#"<path d="M2.2 5h8.4M8.4 2.8 10.6 5 8.4 7.2M13.8 11H5.4M7.6 8.8 5.4 11l2.2 2.2"/>"#,
        "plus" => r#"<path d="M8 3.5v9M3.5 8h9"/>"#,
        "minus" => r#"<path d="M3.5 8h9"/>"#,
        "fit" => r#"<path d="M2.6 5.6v-3h3M10.4 2.6h3v3M13.4 10.4v3h-3M5.6 13.4h-3v-3"/>"#,
        "more" => r#"<circle class="f" cx="3.5" cy="8" r="1.1"/><circle class="f" cx="8" cy="8" r="1.1"/><circle class="f" cx="12.5" cy="8" r="1.1"/>"#,
        "copy" => r#"<path d="M5.6 5.6h7.6v7.6H5.6zM10.2 5.4V2.8H2.8v7.4h2.6"/>"#,
        "undo" => r#"<path d="M5.2 3 2.6 5.6l2.6 2.6M2.8 5.6h6a4 4 0 0 1 0 8H6"/>"#,
        "redo" => r#"<path d="m10.8 3 2.6 2.6-2.6 2.6M13.2 5.6h-6a4 4 0 0 0 0 8H10"/>"#,
        "disk" => r#"<ellipse cx="8" cy="4.2" rx="5" ry="1.9"/><path d="M3 4.2v7.6c0 1 2.2 1.9 5 1.9s5-.9 5-1.9V4.2M3 8c0 1 2.2 1.9 5 1.9S13 9 13 8"/>"#,
        "table" => r#"<path d="M2.4 3.4h11.2v9.2H2.4zM2.4 6.4h11.2M6 6.4v6.2"/>"#,
        "trash" => r#"<path d="M3 4.4h10M6.2 4.2V2.6h3.6v1.6M4.4 4.6l.6 8.8h6l.6-8.8M6.8 7v4M9.2 7v4"/>"#,
        "pencil" => r#"<path d="M3 13l.8-3 6.6-6.6 2.2 2.2L6 12.2zM9 4.8 11.2 7"/>"#,
    };
    Html::from_html_unchecked(AttrValue::Static(svg))
}

/// The mark of the house: a table with three bricks on it.
pub(super) fn logo() -> Html {
    Html::from_html_unchecked(AttrValue::Static(concat!(
        r#"<svg class="logo" viewBox="0 0 20 20" aria-hidden="true"><path d="M1.5 11.5h17v2.6h-17zM3.4 14.1h2v3.9h-2z"#,
        r#"M14.6 14.1h2v3.9h-2z" fill="var(--ink)"/><path d="M2.6 5.4h6.2v5.2H2.6z" fill="var(--base-line)"/>"#,
        r#"<path d="M9.6 7.4h4v3.2h-4z" fill="var(--cumu-line)"/><path d="M14.4 8.6h2.8v2h-2.8z" fill="var(--fresh-line)"/></svg>"#
    )))
}

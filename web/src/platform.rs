//! The browser: clock, frames, keys, files, clipboard, `localStorage`. The only `web_sys` of the
//! page besides the stage.

use crate::model::{Layout, keys};
use crate::store::indexed_db::js::{call, global};
use gloo::events::{EventListener, EventListenerOptions};
use gloo::file::callbacks::FileReader;
use std::cell::Cell;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    ClipboardEvent, Element, HtmlCanvasElement, HtmlDialogElement, HtmlElement, HtmlInputElement,
    HtmlSelectElement, HtmlTextAreaElement,
};
use yew::prelude::*;

/// Milliseconds of the frame clock.
pub(crate) fn now_ms() -> f64 {
    gloo::utils::window().performance().map_or(0.0, |clock| clock.now())
}

/// Calls back at the next animation frame.
pub(crate) fn next_frame(call: impl FnOnce(f64) + 'static) {
    let closure = Closure::once_into_js(call);
    gloo::utils::window().request_animation_frame(closure.unchecked_ref()).ok();
}

/// Deletes a database, now or when nobody has it open any more.
pub(crate) fn delete_database(name: &str) {
    if let Ok(factory) = global("indexedDB") {
        call(&factory, "deleteDatabase", &[&name.into()]).ok();
    }
}

/// Fetches a text that lies beside the page; asks the server whether it has changed.
pub(crate) fn fetch_text(name: &str, done: impl FnOnce(Option<String>) + 'static) {
    let how = web_sys::RequestInit::new();
    how.set_cache(web_sys::RequestCache::NoCache);
    let answer = JsFuture::from(gloo::utils::window().fetch_with_str_and_init(name, &how));
    wasm_bindgen_futures::spawn_local(async move {
        let text = async {
            let answer: web_sys::Response = answer.await.ok()?.dyn_into().ok()?;
            if !answer.ok() {
                return None;
            }
            JsFuture::from(answer.text().ok()?).await.ok()?.as_string()
        };
        done(text.await);
    });
}

/// Loads the page again.
pub(crate) fn reload() {
    gloo::utils::window().location().reload().ok();
}

/// What `localStorage` holds under a key of ours.
pub(crate) fn kept(key: &str) -> Option<String> {
    let store = gloo::utils::window().local_storage().ok()??;
    store.get_item(&["tabletop.", key].concat()).ok()?
}

/// Keeps a choice.
pub(crate) fn keep(key: &str, value: &str) {
    if let Ok(Some(store)) = gloo::utils::window().local_storage() {
        store.set_item(&["tabletop.", key].concat(), value).ok();
    }
}

/// An attribute of the root element.
pub(crate) fn root(name: &str) -> String {
    root_element().and_then(|root| root.get_attribute(name)).unwrap_or_default()
}

/// Sets one.
pub(crate) fn set_root(name: &str, value: &str) {
    if let Some(root) = root_element() {
        root.set_attribute(name, value).ok();
    }
}

fn root_element() -> Option<Element> {
    gloo::utils::document().document_element()
}

/// The element that the page is mounted into, emptied of the skeleton.
pub(crate) fn mount_point() -> Option<Element> {
    let at = gloo::utils::document().get_element_by_id("app")?;
    at.set_inner_html("");
    Some(at)
}

/// Whether a media query holds.
fn media(query: &str) -> bool {
    gloo::utils::window().match_media(query).ok().flatten().is_some_and(|list| list.matches())
}

/// What fits now.
pub(crate) fn layout() -> Layout {
    Layout {
        phone: media("(max-width: 640px)"),
        narrow: media("(max-width: 1180px)"),
        reduced_motion: media("(prefers-reduced-motion: reduce)"),
    }
}

thread_local! {
    /// Whether Shift was down at the last press of the pointer.
    static SHIFT: Cell<bool> = const { Cell::new(false) };
}

/// Whether the last press of the pointer was with Shift.
pub(crate) fn shifted() -> bool {
    SHIFT.get()
}

/// What the page hears for as long as this lives.
pub(crate) struct Ears(#[expect(dead_code, reason = "listens until dropped")] Vec<EventListener>);

/// What the page hears from the window.
pub(crate) struct Heard {
    /// A key outside of fields.
    pub(crate) key: Callback<keys::Key>,
    /// The window changed.
    pub(crate) layout: Callback<Layout>,
    /// A file came over the page, or left.
    pub(crate) dropping: Callback<bool>,
    /// Files were dropped.
    pub(crate) dropped: Callback<web_sys::File>,
}

/// Starts to listen.
pub(crate) fn listen(heard: Heard) -> Ears {
    let window = gloo::utils::window();
    let active = || EventListenerOptions::enable_prevent_default();
    let Heard { key, layout: on_layout, dropping, dropped } = heard;
    let leave = dropping.clone();
    Ears(vec![
        EventListener::new_with_options(&window, "keydown", active(), move |event| {
            if let Some(pressed) = pressed(event) {
                if keys::wanted(&pressed) {
                    event.prevent_default();
                }
                key.emit(pressed);
            }
        }),
        EventListener::new(&window, "resize", move |_| on_layout.emit(layout())),
        EventListener::new_with_options(
            &window,
            "pointerdown",
            EventListenerOptions::run_in_capture_phase(),
            |event| {
                SHIFT.set(event.dyn_ref::<web_sys::MouseEvent>().is_some_and(web_sys::MouseEvent::shift_key));
            },
        ),
        EventListener::new_with_options(&window, "dragover", active(), move |event| {
            event.prevent_default();
            dropping.emit(true);
        }),
        EventListener::new(&window, "dragleave", move |event| {
            let outside =
                event.dyn_ref::<web_sys::MouseEvent>().is_some_and(|event| event.related_target().is_none());
            if outside {
                leave.emit(false);
            }
        }),
        EventListener::new_with_options(&window, "drop", active(), move |event| {
            event.prevent_default();
            let event = event.dyn_ref::<web_sys::DragEvent>();
            let files = event.and_then(web_sys::DragEvent::data_transfer).and_then(|data| data.files());
            if let Some(file) = files.and_then(|files| files.get(0)) {
                dropped.emit(file);
            }
        }),
    ])
}

/// A key that is meant for the page: not typed into a field, not a button's own.
fn pressed(event: &Event) -> Option<keys::Key> {
    let event = event.dyn_ref::<KeyboardEvent>()?;
    if event.default_prevented() || event.is_composing() {
        return None;
    }
    let key = event.key();
    let command = event.ctrl_key() || event.meta_key();
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    if let Some(target) = target {
        let tag = target.tag_name();
        let field = matches!(tag.as_str(), "INPUT" | "TEXTAREA" | "SELECT");
        let palette = command && key.eq_ignore_ascii_case("k");
        let own = matches!(tag.as_str(), "BUTTON" | "A" | "SUMMARY") && matches!(key.as_str(), " " | "Enter");
        if (field && !palette) || own {
            return None;
        }
    }
    Some(keys::Key { key, command, shift: event.shift_key(), alt: event.alt_key() })
}

/// What stands in the field that an event came from.
pub(crate) fn value(event: &Event) -> String {
    let Some(target) = event.target() else { return String::new() };
    if let Some(input) = target.dyn_ref::<HtmlInputElement>() {
        input.value()
    } else if let Some(area) = target.dyn_ref::<HtmlTextAreaElement>() {
        area.value()
    } else {
        target.dyn_ref::<HtmlSelectElement>().map(HtmlSelectElement::value).unwrap_or_default()
    }
}

/// Shows what is chosen: a list that was used no longer follows its lines' attributes.
pub(crate) fn show_choices() {
    let Ok(lines) = gloo::utils::document().query_selector_all(".knob.pick option[selected]") else { return };
    for at in 0..lines.length() {
        let line = lines.get(at).and_then(|line| line.dyn_into::<Element>().ok());
        let list = line.as_ref().and_then(|line| line.closest("select").ok()).flatten();
        let value = line.and_then(|line| line.get_attribute("value"));
        if let (Some(list), Some(value)) =
            (list.and_then(|list| list.dyn_into::<HtmlSelectElement>().ok()), value)
            && list.value() != value
        {
            list.set_value(&value);
        }
    }
}

/// Puts a choice back to what it was.
pub(crate) fn choose(event: &Event, value: &str) {
    if let Some(select) = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok()) {
        select.set_value(value);
    }
}

/// Writes into the text field that an event came from, over what is selected; what it then holds.
pub(crate) fn write(event: &Event, text: &str) -> Option<String> {
    let area = event.target()?.dyn_into::<HtmlTextAreaElement>().ok()?;
    let (from, to) = (area.selection_start().ok()??, area.selection_end().ok()??);
    // Not `set_value`: this way the browser's own undo goes on working where it can.
    area.set_range_text_with_start_and_end_and_mode(text, from, to, "end").ok()?;
    Some(area.value())
}

/// Puts the focus into a text field, at a line and column from 1 on.
pub(crate) fn place_in(selector: &str, line: u32, column: u32) {
    let Some(area) = found::<HtmlTextAreaElement>(selector) else { return };
    let text = area.value();
    let units = |part: &str| part.encode_utf16().count() as u32;
    let before: u32 =
        text.split('\n').take(line.saturating_sub(1) as usize).map(|line| units(line) + 1).sum();
    let row = text.split('\n').nth(line.saturating_sub(1) as usize).unwrap_or_default();
    let inside: String = row.chars().take(column.saturating_sub(1) as usize).collect();
    let at = before + units(&inside);
    area.focus().ok();
    area.set_selection_range(at, at).ok();
}

/// The files picked in an input.
pub(crate) fn picked(event: &Event) -> Option<web_sys::File> {
    let input = event.target()?.dyn_into::<HtmlInputElement>().ok()?;
    let file = input.files()?.get(0);
    input.set_value("");
    file
}

/// Reads a file; the reader must live until it has been read.
pub(crate) fn read(file: web_sys::File, done: impl FnOnce(String, Vec<u8>) + 'static) -> FileReader {
    let name = file.name();
    let file = gloo::file::File::from(file);
    gloo::file::callbacks::read_as_bytes(&file, move |bytes| done(name, bytes.unwrap_or_default()))
}

/// Longer than this, UTF-16 units, a text is not put into a field: laying out 50 MB takes the browser a minute.
const FIELD_MAX: u32 = 256 << 10;
/// What the field shows of it.
const FIELD_SHOWN: u32 = 2_000;

/// Reads a text that is pasted into a field and too long for it; the field shows how it begins.
/// Nothing where it is not: the field takes it.
pub(crate) fn long_paste(event: &Event, done: impl FnOnce(Vec<u8>) + 'static) -> Option<FileReader> {
    let data = event.unchecked_ref::<ClipboardEvent>().clipboard_data()?;
    let field: HtmlTextAreaElement = event.target()?.dyn_into().ok()?;
    // As the browser's own text and bytes: a copy into our memory by characters takes a second.
    let get: js_sys::Function = js_sys::Reflect::get(&data, &"getData".into()).ok()?.dyn_into().ok()?;
    let text: js_sys::JsString = get.call1(&data, &"text/plain".into()).ok()?.dyn_into().ok()?;
    if field.read_only() {
        field.set_read_only(false);
        field.set_value("");
    }
    if text.length() <= FIELD_MAX {
        return None;
    }
    event.prevent_default();
    field.set_value(&[&String::from(text.slice(0, FIELD_SHOWN)), "\n…"].concat());
    // A part that is edited would be read as the whole.
    field.set_read_only(true);
    let blob = web_sys::Blob::new_with_str_sequence(&js_sys::Array::of1(&text)).ok()?;
    let blob = gloo::file::Blob::from(blob);
    Some(gloo::file::callbacks::read_as_bytes(&blob, move |bytes| done(bytes.unwrap_or_default())))
}

/// Copies text; tells whether the browser let it.
pub(crate) fn copy(text: String, done: Callback<bool>) {
    let clipboard = js_sys::Reflect::get(&gloo::utils::window().navigator(), &"clipboard".into());
    if clipboard.is_ok_and(|clipboard| clipboard.is_undefined()) {
        done.emit(false);
        return;
    }
    let promise = gloo::utils::window().navigator().clipboard().write_text(&text);
    wasm_bindgen_futures::spawn_local(async move {
        done.emit(JsFuture::from(promise).await.is_ok());
    });
}

/// Hands a file to the user.
pub(crate) fn download(name: &str, bytes: &[u8]) -> Option<()> {
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    let blob = web_sys::Blob::new_with_u8_array_sequence(&parts).ok()?;
    let url = web_sys::Url::create_object_url_with_blob(&blob).ok()?;
    let link =
        gloo::utils::document().create_element("a").ok()?.dyn_into::<web_sys::HtmlAnchorElement>().ok()?;
    link.set_href(&url);
    link.set_download(name);
    link.click();
    web_sys::Url::revoke_object_url(&url).ok()
}

/// Opens a dialog over everything else: the browser keeps the focus inside and gives it back.
pub(crate) fn show_modals() {
    while let Some(dialog) = found::<HtmlDialogElement>("dialog:not([open])") {
        if dialog.show_modal().is_err() {
            break;
        }
    }
}

/// Closes it.
pub(crate) fn close_modal(selector: &str) {
    if let Some(dialog) = found::<HtmlDialogElement>(selector) {
        dialog.close();
    }
}

/// Whether an event fell on a dialog itself, not on something inside.
pub(crate) fn on_dialog(event: &Event) -> bool {
    event.target().is_some_and(|target| target.has_type::<HtmlDialogElement>())
}

/// The first element that a selector finds.
fn found<T: JsCast>(selector: &str) -> Option<T> {
    gloo::utils::document().query_selector(selector).ok()??.dyn_into().ok()
}

/// The canvas that a selector finds.
pub(crate) fn canvas(selector: &str) -> Option<HtmlCanvasElement> {
    found(selector)
}

/// Puts the focus on the first element that a selector finds.
pub(crate) fn focus(selector: &str) {
    if let Some(found) = found::<HtmlElement>(selector) {
        found.focus().ok();
    }
}

/// Moves the focus among the buttons of a list, round and round.
pub(crate) fn walk(list: &str, by: i32) {
    let Some(list) = found::<Element>(list) else { return };
    let Ok(buttons) = list.query_selector_all("button:not([disabled]), input") else { return };
    let active = gloo::utils::document().active_element();
    let count = buttons.length() as i32;
    let at = (0..count).find(|at| {
        let node = buttons.get(*at as u32);
        node.as_ref() == active.as_deref()
    });
    let next = match at {
        Some(at) => (at + by).rem_euclid(count.max(1)),
        None if by < 0 => count - 1,
        None => 0,
    };
    if let Some(button) = buttons.get(next as u32).and_then(|node| node.dyn_into::<HtmlElement>().ok()) {
        button.focus().ok();
    }
}

/// How far an element is scrolled, and how high it is, px.
pub(crate) fn scrolled(selector: &str) -> (f64, f64) {
    found::<Element>(selector)
        .map_or((0.0, 600.0), |at| (f64::from(at.scroll_top()), f64::from(at.client_height())))
}

/// Scrolls an element.
pub(crate) fn scroll_to(selector: &str, top: f64) {
    if let Some(at) = found::<Element>(selector) {
        at.set_scroll_top(top as i32);
    }
}

/// Root font size over 16.
pub(crate) fn scale() -> f64 {
    if root("data-size") == "projector" { 1.25 } else { 1.0 }
}

/// Scrolls the lit line of a list into view.
pub(crate) fn reveal(selector: &str) {
    if let Some(found) = found::<Element>(selector) {
        found.scroll_into_view_with_bool(false);
    }
}

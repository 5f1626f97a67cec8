//! What outlives one drawing of the page: canvases, and where the focus and the scroll should be.

use super::{Ui, dock, menus, stage, table};
use crate::board::canvas::BoardCanvases;
use crate::board::panels as board;
use crate::model::labs::is_tablet;
use crate::model::{Menu, Model, Msg, View};
use crate::platform;
use crate::stage::{StageCanvas, TimelineStrip};
use yew::Callback;

/// Elements and what was last done to them.
#[derive(Default)]
pub(crate) struct Held {
    stage: StageCanvas,
    beside: StageCanvas,
    boards: BoardCanvases,
    strip: TimelineStrip,
    menu: Option<Menu>,
    row: Option<usize>,
    table: bool,
    dialogs: [bool; 2],
}

impl Held {
    /// Before the page is drawn anew. A dialog is closed while it still stands: only so does the
    /// browser give the focus back.
    pub(crate) fn before(&mut self, model: &Model) {
        let open = [model.dialog.is_some(), model.sheet.is_some()];
        for (at, selector) in [".dialog:not(.sheet)", ".dialog.sheet"].into_iter().enumerate() {
            if self.dialogs[at] && !open[at] {
                platform::close_modal(selector);
            }
        }
        self.dialogs = open;
    }

    /// After it was drawn.
    pub(crate) fn after(&mut self, model: &Model, send: &Callback<Msg>) {
        let ui = Ui { m: model, t: model.text(), send };
        if is_tablet(model.lab) {
            self.stage.hold(platform::canvas(".draw:not(.beside) > canvas"), || stage::props(ui, false));
            self.beside.hold(platform::canvas(".draw.beside > canvas"), || stage::props(ui, true));
            self.boards.hold([None, None], None);
        } else {
            self.stage.hold(None, || stage::props(ui, false));
            self.beside.hold(None, || stage::props(ui, true));
            let canvases = [".draw:not(.beside) > canvas", ".draw.beside > canvas"].map(platform::canvas);
            self.boards.hold(canvases, board::stage::props(ui));
        }
        self.strip.hold(platform::canvas(".strip > canvas"), || dock::props(ui));
        if self.menu != model.menu {
            if let Some(menu) = self.menu {
                platform::focus(menus::opener(menu, model.layout.phone));
            }
            if model.menu.is_some() {
                platform::walk(menus::MENU, 1);
            }
            self.menu = model.menu;
        }
        platform::show_modals();
        platform::show_choices();
        self.table(ui);
    }

    fn table(&mut self, ui: Ui) {
        if ui.m.view != View::Table || ui.m.state.is_none() {
            (self.table, self.row) = (false, None);
            return;
        }
        if !self.table {
            self.table = true;
            let (top, height) = platform::scrolled(table::GRID);
            ui.send.emit(Msg::Scrolled(top, height));
        }
        let row = if is_tablet(ui.m.lab) { table::selected(ui) } else { board::table::selected(ui) };
        if row != self.row {
            self.row = row;
            if let Some(row) = row {
                table::reveal(row);
            }
        }
    }
}

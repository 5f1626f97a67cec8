//! `cargo xtask shots`: the page's states as pictures, to be looked at.

use crate::process::say;
use crate::server::Server;
use crate::webdriver::{Browser, Launch, profile};
use crate::workspace::Workspace;
use crate::{page, tools};
use serde_json::json;
use std::fs;
use std::thread;
use std::time::Duration;

/// One picture.
struct Shot {
    name: &'static str,
    size: (u32, u32),
    /// After `#` in the address.
    fragment: &'static str,
    /// `light` or `dark`, as the system prefers.
    scheme: &'static str,
    /// `data-test` names to click, one after the other, before the picture.
    clicks: &'static [&'static str],
}

const DESK: (u32, u32) = (1440, 900);

const SHOTS: &[Shot] = &[
    Shot { name: "light", size: DESK, fragment: "", scheme: "light", clicks: &[] },
    Shot { name: "dark", size: DESK, fragment: "theme=dark", scheme: "dark", clicks: &[] },
    Shot { name: "chinese", size: DESK, fragment: "lang=zh", scheme: "light", clicks: &[] },
    Shot { name: "1024", size: (1024, 768), fragment: "", scheme: "light", clicks: &[] },
    Shot { name: "projector", size: (1920, 1080), fragment: "size=projector", scheme: "light", clicks: &[] },
    Shot { name: "phone", size: (390, 844), fragment: "", scheme: "light", clicks: &[] },
    Shot {
        name: "phone-dark-chinese",
        size: (390, 844),
        fragment: "theme=dark&lang=zh",
        scheme: "dark",
        clicks: &[],
    },
    Shot { name: "phone-do", size: (390, 844), fragment: "", scheme: "light", clicks: &["do"] },
    Shot { name: "graph", size: DESK, fragment: "", scheme: "light", clicks: &["view-graph"] },
    Shot { name: "table", size: DESK, fragment: "", scheme: "light", clicks: &["view-table"] },
    Shot { name: "text-dark", size: DESK, fragment: "theme=dark", scheme: "dark", clicks: &["view-text"] },
    Shot { name: "import", size: DESK, fragment: "", scheme: "light", clicks: &["import-open"] },
    Shot { name: "runs", size: DESK, fragment: "", scheme: "light", clicks: &["run-menu"] },
    Shot { name: "palette-dark", size: DESK, fragment: "theme=dark", scheme: "dark", clicks: &["find"] },
    Shot {
        name: "branched",
        size: DESK,
        fragment: "",
        scheme: "light",
        clicks: &["verb-load", "verb-load", "step-prev", "verb-delete"],
    },
    Shot { name: "refused", size: DESK, fragment: "lang=zh", scheme: "light", clicks: &["verb-cumulative"] },
];

/// Takes them; `--no-build` takes the page that `dist` holds.
///
/// # Errors
/// The page could not be built, opened or pictured.
pub fn main(workspace: &Workspace, arguments: &[String]) -> Result<(), String> {
    tools::chromium()?;
    tools::chinese_fonts()?;
    if !arguments.iter().any(|argument| argument == "--no-build") {
        tools::for_page(workspace)?;
        page::build(workspace)?;
    }
    let folder = workspace.root.join("shots");
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let server = Server::start(&workspace.dist, 0).map_err(|error| error.to_string())?;
    for shot in SHOTS {
        let file = folder.join(format!("{}.png", shot.name));
        let picture = take(workspace, &server, shot).map_err(|error| format!("{}: {error}", shot.name))?;
        fs::write(&file, picture).map_err(|error| error.to_string())?;
        say(file.display());
    }
    Ok(())
}

fn take(workspace: &Workspace, server: &Server, shot: &Shot) -> Result<Vec<u8>, String> {
    let profile = profile(&workspace.target, "shots");
    let browser = Browser::launch(&Launch { profile: profile.clone(), flags: Vec::new(), size: shot.size })?;
    browser.cdp(
        "Emulation.setEmulatedMedia",
        json!({ "features": [
            { "name": "prefers-color-scheme", "value": shot.scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] }),
    )?;
    browser.go(&format!("{}#{}", server.url(), shot.fragment))?;
    browser.wait(
        "return document.querySelector('[data-ready=\"true\"]') !== null",
        json!(null),
        Duration::from_secs(30),
    )?;
    for test in shot.clicks {
        browser.click(&format!("[data-test={test}]"))?;
        // Long enough for an answer of the engine and the end of every movement.
        thread::sleep(Duration::from_millis(500));
    }
    let picture = browser.screenshot()?;
    drop(browser);
    let _ = fs::remove_dir_all(profile);
    Ok(picture)
}

//! `cargo xtask shots`: the page's states as pictures, to be looked at.

use crate::process::say;
use crate::server::Server;
use crate::webdriver::{Browser, Launch, profile};
use crate::workspace::Workspace;
use crate::{page, tools};
use serde_json::json;
use std::fs;
use std::time::Duration;

/// One picture.
struct Shot {
    name: &'static str,
    size: (u32, u32),
    /// After `#` in the address.
    fragment: &'static str,
    /// `light` or `dark`, as the system prefers.
    scheme: &'static str,
}

const SHOTS: &[Shot] = &[
    Shot { name: "light", size: (1440, 900), fragment: "", scheme: "light" },
    Shot { name: "dark", size: (1440, 900), fragment: "theme=dark", scheme: "dark" },
    Shot { name: "chinese", size: (1440, 900), fragment: "lang=zh", scheme: "light" },
    Shot { name: "1024", size: (1024, 768), fragment: "", scheme: "light" },
    Shot { name: "projector", size: (1920, 1080), fragment: "size=projector", scheme: "light" },
    Shot { name: "phone", size: (390, 844), fragment: "", scheme: "light" },
    Shot { name: "phone-dark-chinese", size: (390, 844), fragment: "theme=dark&lang=zh", scheme: "dark" },
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
    let picture = browser.screenshot()?;
    drop(browser);
    let _ = fs::remove_dir_all(profile);
    Ok(picture)
}

//! The script that wasm-bindgen wrote, taught to bring the second part.

use super::write::{LINK, LOAD};

/// What stands in front of the script's own text; `LATE_URL` is replaced.
const LOADER: &str = include_str!("loader.js");
/// Where wasm-bindgen's script ends its imports.
const IMPORTS: &str = "_bg.js\": import0,";
/// Where it starts the module.
const START: &str = "wasm.__wbindgen_start();";
/// What the loader needs: all imports anew, and the exports.
const NEEDED: [&str; 2] = ["function __wbg_get_imports() {", "wasm = instance.exports;"];

/// The script of a module whose second part has the file name `late`. Imports are called by their new
/// names: the old ones carry a hash, which is unlike anything else in the script or the module.
///
/// # Errors
/// The script does not look as wasm-bindgen is known to write it.
pub(crate) fn patched(script: &str, late: &str, renamed: &[(String, String)]) -> Result<String, String> {
    for needed in [IMPORTS, START].iter().chain(&NEEDED) {
        let times = script.matches(needed).count();
        if times != 1 {
            return Err(format!(
                "`{needed}` stands in it {times} times, expected once: wasm-bindgen writes something new, \
                 and xtask/src/split/glue.rs must learn it"
            ));
        }
    }
    // Inside the function that holds `wasm`, where there is one: hoisted, so it may stand before its use.
    let loader = LOADER.replace("LATE_FILE", late);
    let script = script
        .replace(IMPORTS, &format!("{IMPORTS}\n\"{LINK}\": {{ {LOAD}: __late_now }},"))
        .replace(START, &format!("{START}\n__late_soon(0);"))
        .replace(NEEDED[0], &format!("{loader}\n{}", NEEDED[0]));
    let mut short = script;
    for (long, name) in renamed {
        if !short.contains(long.as_str()) {
            return Err(format!("the module imports `{long}`, which it does not name"));
        }
        short = short.replace(long, name);
    }
    Ok(short)
}

#[cfg(test)]
mod tests {
    use super::patched;

    const SCRIPT: &str = "let wasm;\nfunction __wbg_get_imports() {\nreturn {\n\"./a_bg.js\": import0,\n};\n}\n\
                          wasm = instance.exports;\nwasm.__wbindgen_start();\n";

    #[test]
    fn a_known_script_learns_where_the_late_part_is() {
        let text = patched(
            &SCRIPT.replace("let wasm", "let x_1; let wasm"),
            "a_late-1.wasm",
            &[("x_1".to_owned(), "i0".to_owned())],
        )
        .unwrap();
        assert!(text.contains("a_late-1.wasm") && !text.contains("LATE_FILE"));
        assert!(text.contains("\"./a_bg.js\": import0,\n\"~\": { load: __late_now },"));
        assert!(text.contains("wasm.__wbindgen_start();\n__late_soon(0);"));
    }

    #[test]
    fn an_unknown_script_is_refused_by_name() {
        let error = patched(&SCRIPT.replace("__wbindgen_start", "start"), "a", &[]).unwrap_err();
        assert!(error.contains("__wbindgen_start") && error.contains("0 times"), "{error}");
        assert!(patched(&SCRIPT.repeat(2), "a", &[]).unwrap_err().contains("2 times"));
    }
}

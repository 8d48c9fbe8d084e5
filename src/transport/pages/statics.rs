//! The files under `static/`, embedded in the program.
//!
//! Their address holds a version made from their content, so that a browser may keep them for ever;
//! imports between modules are relative, so that the version carries over.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use std::borrow::Cow;
use std::hash::{DefaultHasher, Hasher};
use std::sync::LazyLock;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = DefaultHasher::new();
    for path in Files::iter() {
        hasher.write(path.as_bytes());
        hasher.write(
            &Files::get(&path)
                .map(|file| file.metadata.sha256_hash())
                .unwrap_or_default(),
        );
    }
    format!("{:016x}", hasher.finish())
});

/// The style sheets, one per component, in the order in which they build on each other. Those of single
/// pages, of talks with strangers and of rooms come by themselves: a first chat page is light.
const SHEETS: [&str; 8] = [
    "css/colors.css",
    "css/layout.css",
    "css/controls.css",
    "css/notices.css",
    "css/list.css",
    "css/message.css",
    "css/composer.css",
    "css/dialog.css",
];

/// All of them as one answer: small files cost more in headers than they hold.
static ALL_SHEETS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let sheets = SHEETS.iter().filter_map(|path| Files::get(path));
    sheets.flat_map(|file| file.data.into_owned()).collect()
});

/// The version of all files together.
pub(super) fn version() -> &'static str {
    &VERSION
}

/// `GET /static/{version}/{path}`
pub(super) async fn file(Path((version, path)): Path<(String, String)>) -> Response {
    let (kind, content) = match (path.as_str(), Files::get(&path)) {
        ("css/all.css", _) => ("text/css".to_owned(), Cow::Borrowed(ALL_SHEETS.as_slice())),
        (_, Some(file)) => (file.metadata.mimetype().to_owned(), file.data),
        (_, None) => return StatusCode::NOT_FOUND.into_response(),
    };
    // An address of another version still answers, for pages that were open over an upgrade; but what
    // it answers is not that version, so nobody may keep it.
    let keep = if version == *VERSION {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers = [
        (header::CONTENT_TYPE, with_charset(&kind)),
        (header::CACHE_CONTROL, keep.to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, content).into_response()
}

fn with_charset(kind: &str) -> String {
    if kind.starts_with("text/") {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_owned()
    }
}

/// Whether that file is embedded.
#[cfg(test)]
pub(super) fn is_there(path: &str) -> bool {
    Files::get(path).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn text(path: &str) -> String {
        let file = Files::get(path).unwrap_or_else(|| panic!("{path} is embedded"));
        String::from_utf8(file.data.into_owned()).expect("it is text")
    }

    /// `(light, dark)` of every `--name: light-dark(#…, #…)` of the default colours in that sheet.
    fn colours(sheet: &str) -> HashMap<String, [u32; 2]> {
        let css = text(sheet);
        let defaults = css.split("@media").next().unwrap_or_default();
        defaults
            .lines()
            .filter_map(|line| {
                let (name, value) = line
                    .trim()
                    .strip_prefix("--")?
                    .split_once(": light-dark(#")?;
                let (light, dark) = value.trim_end_matches(");").split_once(", #")?;
                let parse = |hex: &str| u32::from_str_radix(hex, 16).ok();
                Some((name.to_owned(), [parse(light)?, parse(dark)?]))
            })
            .collect()
    }

    fn luminance(colour: u32) -> f64 {
        let [_, r, g, b] = colour.to_be_bytes().map(|channel| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    fn contrast(a: u32, b: u32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_pair_of_colours_that_is_read_has_contrast_in_both_themes() {
        let colours = colours("css/colors.css");
        let mut pairs: Vec<(String, &str, f64)> = Vec::new();
        let mut add = |text: &str, grounds: &[&'static str], least: f64| {
            pairs.extend(
                grounds
                    .iter()
                    .map(|ground| (text.to_owned(), *ground, least)),
            );
        };
        add(
            "ink",
            &["paper", "surface", "raised", "own", "danger-tint"],
            4.5,
        );
        add("ink-soft", &["paper", "surface", "raised"], 4.5);
        add("own-soft", &["own"], 4.5);
        add("accent", &["paper", "surface", "raised", "own"], 4.5);
        add("accent-ink", &["accent", "accent-strong"], 4.5);
        add("accent-strong", &["paper", "own"], 4.5);
        add("danger", &["paper", "raised", "danger-tint"], 4.5);
        add("caution", &["caution-tint", "caution-stripe"], 4.5);
        add("edge", &["paper", "raised"], 3.0);
        add("online", &["paper"], 3.0);
        for hue in 0..12 {
            add(&format!("name-{hue}"), &["paper", "surface", "raised"], 4.5);
        }
        for (text, ground, least) in &pairs {
            is_readable(&colours, text, ground, *least);
        }
        for hue in 0..12 {
            let (name, tint) = (
                colours[&format!("name-{hue}")],
                colours[&format!("tint-{hue}")],
            );
            assert!(
                contrast(name[0], tint[0]) >= 4.5 && contrast(name[1], tint[1]) >= 4.5,
                "hue {hue}"
            );
        }
    }

    fn is_readable(colours: &HashMap<String, [u32; 2]>, text: &str, ground: &str, least: f64) {
        for (text_colour, ground_colour) in colours[text].iter().zip(&colours[ground]) {
            let reached = contrast(*text_colour, *ground_colour);
            assert!(
                reached >= least,
                "--{text} ({text_colour:06X}) on --{ground} ({ground_colour:06X}): {reached:.2}"
            );
        }
    }

    #[test]
    fn the_colours_of_strangers_have_contrast_too() {
        let strangers = colours("css/match.css");
        assert_eq!(strangers["accent"], [0xB4_53_09, 0xFB_BF_24]);
        assert_eq!(strangers.len(), 5, "{strangers:?}");
        let mut all = colours("css/colors.css");
        all.extend(strangers);
        // On grounds other than paper, the accent draws icons and borders; words there are the strong one.
        for (text, ground, least) in [
            ("ink", "own", 4.5),
            ("own-soft", "own", 4.5),
            ("accent", "paper", 4.5),
            ("accent", "raised", 4.5),
            ("accent", "surface", 3.0),
            ("accent", "own", 3.0),
            ("accent-ink", "accent", 4.5),
            ("accent-ink", "accent-strong", 4.5),
            ("accent-strong", "paper", 4.5),
            ("accent-strong", "surface", 4.5),
            ("accent-strong", "own", 4.5),
        ] {
            is_readable(&all, text, ground, least);
        }
    }

    #[test]
    fn the_colours_of_rooms_have_contrast_too() {
        let rooms = colours("css/rooms.css");
        assert_eq!(rooms["accent"], [0x43_38_CA, 0xA5_B4_FC]);
        assert_eq!(rooms.len(), 9, "{rooms:?}");
        let mut all = colours("css/colors.css");
        all.extend(rooms);
        for (text, grounds) in [
            ("ink", &["own", "command-tint"][..]),
            ("ink-soft", &["command-tint"]),
            ("own-soft", &["own"]),
            ("accent", &["paper", "raised", "surface", "own"]),
            ("accent-ink", &["accent", "accent-strong"]),
            ("accent-strong", &["paper", "surface", "own"]),
            ("command", &["paper", "command-tint"]),
            ("joined", &["paper"]),
            ("left", &["paper"]),
        ] {
            for ground in grounds {
                is_readable(&all, text, ground, 4.5);
            }
        }
        for hue in 0..12 {
            is_readable(&all, &format!("name-{hue}"), "command-tint", 4.5);
        }
    }

    /// Of `dist/socket.io.esm.min.js` in the package that npm has under that version.
    const CLIENT: (&str, &str) = (
        "vendor/socket.io-client-4.8.4.esm.min.js",
        "771c3872e7d9bf81020615fda67ef0fd2aa61fcaf1990100714a46fa2c39f8a1",
    );

    #[test]
    fn the_script_of_others_is_the_one_that_they_published() {
        let (path, published) = CLIENT;
        let file = Files::get(path).expect("it is there");
        assert_eq!(crate::accounts::key_of(&file.data), published);
        let scripts =
            Files::iter().filter(|path| path.starts_with("vendor/") && path.ends_with(".js"));
        assert_eq!(scripts.count(), 1, "each has its line here");
    }

    #[test]
    fn every_style_sheet_is_served() {
        let alone = [
            "css/noscript.css",
            "css/front.css",
            "css/start.css",
            "css/people.css",
            "css/settings.css",
            "css/inbox.css",
            "css/match.css",
            "css/rooms.css",
            "css/directory.css",
            "css/room.css",
            "css/admin.css",
            "css/docs.css",
        ];
        for path in
            Files::iter().filter(|path| path.starts_with("css/") && !alone.contains(&path.as_ref()))
        {
            assert!(SHEETS.contains(&path.as_ref()), "{path} is in the list");
        }
        assert!(String::from_utf8_lossy(&ALL_SHEETS).contains(".composer__box"));
    }

    #[test]
    fn scripts_import_only_what_is_there_and_never_write_markup() {
        for path in Files::iter().filter(|path| path.starts_with("js/")) {
            let script = text(&path);
            for forbidden in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
            ] {
                assert!(!script.contains(forbidden), "{path} uses {forbidden}");
            }
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            for import in script
                .split(" from \"")
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
            {
                let mut parts: Vec<&str> = folder.split('/').collect();
                for part in import.split('/') {
                    match part {
                        "." => {}
                        ".." => drop(parts.pop()),
                        name => parts.push(name),
                    }
                }
                let target = parts.join("/");
                assert!(
                    Files::get(&target).is_some(),
                    "{path} imports {import}, which is {target}"
                );
            }
        }
    }
}

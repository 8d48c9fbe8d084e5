//! Reading a source just well enough to tell what it imports: names and paths, no syntax tree.

use std::fs;
use std::path::Path;

/// The parts of the transport that are modules of their own in the graph.
pub(crate) const DIALECTS: [&str; 4] = [
    "transport/pages",
    "transport/api",
    "transport/socketio",
    "transport/rooms",
];

/// A file, by its path from the top of the repository.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Every source in a folder.
pub(crate) fn read(top: &Path, folder: &str, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(top.join(folder)).expect("a folder") {
        let entry = entry.expect("an entry");
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            read(top, &path, sources);
        } else if path.ends_with(".rs") {
            let text = fs::read_to_string(entry.path()).expect("a text");
            sources.push(Source { path, text });
        }
    }
}

/// The name in the graph of what a file belongs to.
pub(crate) fn module(path: &str) -> String {
    name_of(&module_path(path)).unwrap_or_else(|| {
        let file = path.rsplit('/').next().unwrap_or_default();
        file.trim_end_matches(".rs").to_owned()
    })
}

fn module_path(path: &str) -> Vec<String> {
    let inside = path.split_once("src/").map_or(path, |(_, inside)| inside);
    let parts = inside.trim_end_matches(".rs").split('/').map(str::to_owned);
    parts
        .filter(|part| !matches!(part.as_str(), "mod" | "lib" | "main"))
        .collect()
}

fn name_of(path: &[String]) -> Option<String> {
    let top = path.first()?;
    let both = path
        .get(1)
        .map(|next| format!("{top}/{next}"))
        .unwrap_or_default();
    Some(if DIALECTS.contains(&both.as_str()) {
        both
    } else {
        top.clone()
    })
}

/// The modules that a file names, by `crate`, `self`, `super` or, in the program, by `chinwag`.
pub(crate) fn imports(source: &Source) -> Vec<String> {
    let tokens = tokens(&source.text);
    let mut here = module_path(&source.path);
    // The braces of inline modules, by how many were open before.
    let (mut open, mut inline) = (0, Vec::new());
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => open += 1,
            "}" => {
                open -= 1;
                if inline.last() == Some(&open) {
                    inline.pop();
                    here.pop();
                }
            }
            "mod" if tokens.get(at + 2).is_some_and(|next| next == "{") => {
                inline.push(open);
                here.push(tokens[at + 1].clone());
            }
            "crate" | "self" | "super" | "chinwag" if at == 0 || tokens[at - 1] != "::" => {
                follow(&tokens, at, here.clone(), &mut found);
            }
            _ => {}
        }
    }
    found.iter().filter_map(|path| name_of(path)).collect()
}

/// Follows a path, and each branch of a group in it; where it stopped.
fn follow(
    tokens: &[String],
    mut at: usize,
    mut path: Vec<String>,
    found: &mut Vec<Vec<String>>,
) -> usize {
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("crate" | "chinwag") => path.clear(),
            Some("super") => drop(path.pop()),
            Some("self") => {}
            Some("{") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    at = follow(tokens, at, path.clone(), found);
                    at += tokens[at..]
                        .iter()
                        .take_while(|token| !matches!(token.as_str(), "," | "}"))
                        .count();
                    at += usize::from(tokens.get(at).is_some_and(|token| token == ","));
                }
                return at + 1;
            }
            Some(name) => path.push(name.to_owned()),
            None => break,
        }
        at += 1;
        if tokens.get(at).is_none_or(|token| token != "::") {
            break;
        }
        at += 1;
    }
    found.push(path);
    at
}

/// Names, `::` and single signs; no comments, no literals.
pub(crate) fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let is_name = |c: &char| c.is_alphanumeric() || *c == '_';
    let starts = |at: usize, what: &str| {
        what.chars()
            .enumerate()
            .all(|(n, c)| chars.get(at + n) == Some(&c))
    };
    let (mut at, mut tokens) = (0, Vec::new());
    while let Some(c) = chars.get(at) {
        if starts(at, "//") {
            at += chars[at..].iter().take_while(|c| **c != '\n').count();
        } else if starts(at, "/*") {
            let mut depth = 0;
            while at < chars.len() {
                depth += i32::from(starts(at, "/*")) - i32::from(starts(at, "*/"));
                at += if starts(at, "/*") || starts(at, "*/") {
                    2
                } else {
                    1
                };
                if depth == 0 {
                    break;
                }
            }
        } else if *c == '"' {
            // The sign before a raw one was taken for a name, with its hashes as signs.
            let hashes = tokens
                .iter()
                .rev()
                .take_while(|token: &&String| *token == "#")
                .count();
            let raw = tokens.len() > hashes
                && matches!(tokens[tokens.len() - hashes - 1].as_str(), "r" | "br");
            let end = if raw {
                format!("\"{}", "#".repeat(hashes))
            } else {
                "\"".into()
            };
            at += 1;
            while at < chars.len() && !starts(at, &end) {
                at += if !raw && chars[at] == '\\' { 2 } else { 1 };
            }
            at += end.len();
        } else if *c == '\'' {
            // A letter in quotes is skipped, with its escape; a lifetime only loses its sign.
            let escaped = chars.get(at + 1) == Some(&'\\');
            if escaped {
                at += 3;
                at += chars[at.min(chars.len())..]
                    .iter()
                    .take_while(|c| **c != '\'')
                    .count()
                    + 1;
            } else if chars.get(at + 2) == Some(&'\'') {
                at += 3;
            } else {
                at += 1 + chars[at + 1..].iter().take_while(|c| is_name(c)).count();
            }
        } else if is_name(c) {
            let name: String = chars[at..].iter().take_while(|c| is_name(c)).collect();
            at += name.chars().count();
            tokens.push(name);
        } else if starts(at, "::") {
            at += 2;
            tokens.push("::".into());
        } else {
            at += 1;
            if !c.is_whitespace() {
                tokens.push(c.to_string());
            }
        }
    }
    tokens
}

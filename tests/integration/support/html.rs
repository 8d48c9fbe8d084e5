//! Reading pages as a test needs it: what stands between two marks, and which ids the forms hold.

/// What stands between `before` and the next `after`, wherever that is.
pub(crate) fn between<'a>(html: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = html.split_once(before)?;
    Some(rest.split_once(after)?.0)
}

/// The value of a hidden field.
pub(crate) fn hidden(html: &str, name: &str) -> Option<String> {
    between(html, &format!(r#"name="{name}" value=""#), "\"").map(Into::into)
}

/// The numbers between two parts of an address: `/contacts/7/rename` holds 7.
pub(crate) fn ids_in(html: &str, before: &str, after: &str) -> Vec<i64> {
    let parts = html.split(before).skip(1);
    parts
        .filter_map(|part| part.split_once(after)?.0.parse().ok())
        .collect()
}

/// What is said at the top of the page, or beside a field.
pub(crate) fn notices(html: &str) -> String {
    let flash = between(html, "class=\"flash", "</div>").unwrap_or_default();
    let field = between(html, "class=\"field__error", "</p>").unwrap_or_default();
    format!("{flash}{field}").replace("&#39;", "'")
}

/// One tag with its attributes, as a browser reads it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
}

/// Every opening tag of a page.
pub(crate) fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        rest = after;
        if after.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let tag;
            (tag, rest) = read_tag(after);
            tags.push(tag);
        }
    }
    tags
}

fn read_tag(text: &str) -> (Tag, &str) {
    let end = |c: char| c.is_whitespace() || c == '>' || c == '/' || c == '=';
    let (name, mut rest) = text.split_at(text.find(end).unwrap_or(text.len()));
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/' || c == '=');
        if rest.is_empty() || rest.starts_with('>') {
            let name = name.to_lowercase();
            return (Tag { name, attributes }, rest);
        }
        let key;
        (key, rest) = rest.split_at(rest.find(end).unwrap_or(rest.len()));
        let mut value = "";
        if let Some(after) = rest.trim_start().strip_prefix('=') {
            let after = after.trim_start();
            let (open, close) = match after.chars().next() {
                Some(quote @ ('"' | '\'')) => (1, after[1..].find(quote).map(|at| at + 1)),
                _ => (0, after.find(|c: char| c.is_whitespace() || c == '>')),
            };
            let close = close.unwrap_or(after.len());
            value = &after[open..close];
            rest = &after[(close + open).min(after.len())..];
        }
        attributes.push((key.to_lowercase(), value.to_owned()));
    }
}

/// A text as it stands in a page.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '"' | '&' | '\'' | '<' | '>' => escaped.push_str(&format!("&#{};", c as u32)),
            other => escaped.push(other),
        }
    }
    escaped
}

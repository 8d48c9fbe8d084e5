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

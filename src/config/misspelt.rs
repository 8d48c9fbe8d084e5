//! Variables that look like settings and are none. One that is misspelt would be passed over in silence.

const SAMPLE: &str = include_str!("../../config.env.sample");

/// Beginnings that are those of settings, and of nothing else that is likely to be there.
const FAMILIES: [&str; 8] = [
    "LIMIT_",
    "MAIL_",
    "MATCH_",
    "METRICS_",
    "PASSWORD_",
    "SMS_",
    "TRUSTED_",
    "TWILIO_",
];

/// What there is to say of names in the process's environment that look as if they were meant to be settings.
#[must_use]
pub fn misspelt() -> Vec<String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    names
        .filter(|name| is_misspelt(name))
        .map(|name| format!("{name}: no setting has this name; config.env.sample lists them all"))
        .collect()
}

fn is_misspelt(name: &str) -> bool {
    let is_setting = |line: &str| {
        let named = line
            .strip_prefix('#')
            .and_then(|line| line.strip_prefix(name));
        named.is_some_and(|rest| rest.starts_with('='))
    };
    FAMILIES.iter().any(|family| name.starts_with(family)) && !SAMPLE.lines().any(is_setting)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_a_setting_and_is_none_is_misspelt() {
        for name in ["LIMIT_SMS_HOURR", "LIMIT_SMS", "TWILIO_SID", "MAIL_"] {
            assert!(is_misspelt(name), "{name}");
        }
        for name in ["LIMIT_SMS_HOUR", "MAIL_FROM", "LIMITS", "MAIL", "PATH"] {
            assert!(!is_misspelt(name), "{name}");
        }
    }
}

use super::*;
use proptest::prelude::*;

fn read(settings: &[(&str, &str)]) -> Result<Config, String> {
    Config::read(|name| {
        settings
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).to_owned())
    })
    .map_err(|error| error.to_string())
}

const SECRET: (&str, &str) = ("SECRET_KEY", "0123456789abcdef0123456789abcdef");

#[test]
fn s2_01_with_nothing_set_it_is_a_development_server_on_this_machine_at_port_8000() {
    let config = read(&[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8000");
    assert_eq!(config.origin(), "http://localhost:8000");
    assert!(config.is_development());
    assert!(!config.is_secure());
    assert!(matches!(config.sms, SmsConfig::Inbox { file: None, .. }));
    assert_eq!(config.sms_countries, [config.default_country]);
    assert!(config.limits.enforced);
}

#[test]
fn a_public_address_makes_it_a_production_server_which_wants_a_secret_and_a_provider() {
    let public = ("PUBLIC_URL", "https://chat.example.org");
    assert_eq!(
        read(&[public]).unwrap_err(),
        "SECRET_KEY is not set; expected at least 32 random characters, such as `openssl rand -hex 32` prints"
    );
    assert!(
        read(&[public, SECRET])
            .unwrap_err()
            .starts_with("TWILIO_ACCOUNT_SID is not set")
    );
    let twilio = [
        public,
        SECRET,
        ("TWILIO_ACCOUNT_SID", "AC1"),
        ("TWILIO_AUTH_TOKEN", "t"),
        ("TWILIO_PHONE_NUMBER", "+15005550006"),
    ];
    let config = read(&twilio).unwrap();
    assert!(!config.is_development() && config.is_secure());
    assert!(matches!(config.sms, SmsConfig::Twilio(_)));
}

#[test]
fn the_inbox_the_file_and_lifted_limits_are_impossible_in_production() {
    let production = ("MODE", "production");
    for (name, value) in [
        ("SMS_BACKEND", "inbox"),
        ("SMS_FILE", "/tmp/sms"),
        ("LIMITS", "off"),
    ] {
        let settings = [
            production,
            SECRET,
            ("TWILIO_ACCOUNT_SID", "AC1"),
            ("TWILIO_AUTH_TOKEN", "t"),
            ("TWILIO_PHONE_NUMBER", "+15005550006"),
            (name, value),
        ];
        let error = read(&settings).unwrap_err();
        assert!(
            error.starts_with(&format!("{name} is \"{value}\"; expected")),
            "{error}"
        );
    }
}

#[test]
fn development_is_not_shown_to_the_network_by_accident() {
    assert!(
        read(&[("HOST", "0.0.0.0")])
            .unwrap_err()
            .starts_with("HOST is \"0.0.0.0\"; expected")
    );
    assert!(read(&[("HOST", "0.0.0.0"), ("MODE", "development")]).is_ok());
}

#[test]
fn every_wrong_value_is_refused_by_name_and_secrets_are_masked() {
    for (name, value) in [
        ("HOST", "localhost"),
        ("PORT", "80000"),
        ("PUBLIC_URL", "chat.example.org"),
        ("PUBLIC_URL", "https://chat.example.org/path"),
        ("DATABASE_URL", "mysql://x"),
        ("MODE", "test"),
        ("SMS_BACKEND", "pigeon"),
        ("DEFAULT_COUNTRY", "XX"),
        ("SMS_COUNTRIES", "US,Narnia"),
        ("TRUSTED_PROXIES", "everybody"),
        ("LIMITS", "some"),
        ("LIMIT_SMS_DAY", "-1"),
        ("LIMIT_EVENTS_BURST", "0"),
        ("LOG_FORMAT", "xml"),
        ("PASSWORD_COST", "3"),
    ] {
        let error = read(&[(name, value)]).unwrap_err();
        assert!(
            error.starts_with(&format!("{name} is \"{value}\"; expected")),
            "{error}"
        );
        assert_eq!(error.lines().count(), 1);
    }
}

#[test]
fn no_secret_is_shown_when_it_is_wrong() {
    for name in [
        "SECRET_KEY",
        "FLASK_SECRET_KEY",
        "TWILIO_AUTH_TOKEN",
        "MAIL_PASSWORD",
    ] {
        let get = |_: &str| Some("short".to_owned());
        let error = Reader::new(&get).wrong(name, "more").to_string();
        assert_eq!(error, format!("{name} is ***; expected more"));
    }
}

#[test]
fn the_port_moves_the_public_address_along() {
    assert_eq!(
        read(&[("PORT", "9001")]).unwrap().origin(),
        "http://localhost:9001"
    );
}

#[test]
fn an_empty_value_is_none() {
    assert!(read(&[("SMS_BACKEND", ""), ("PORT", " ")]).is_ok());
}

#[test]
fn the_sample_names_every_setting() {
    let sample = include_str!("../../config.env.sample");
    let source = concat!(include_str!("mod.rs"), include_str!("limits.rs"));
    let mut names: Vec<&str> = source
        .split('"')
        .filter(|text| {
            text.len() > 2
                && text.contains(|c: char| c == '_' || c.is_ascii_uppercase())
                && text
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b == b'_' || b.is_ascii_digit())
        })
        .filter(|text| text.bytes().any(|b| b.is_ascii_uppercase()))
        .collect();
    names.sort_unstable();
    names.dedup();
    assert!(
        names.len() > 30,
        "the settings were not found in the source: {names:?}"
    );
    for name in names {
        assert!(
            sample.contains(&format!("#{name}=")),
            "config.env.sample lacks {name}"
        );
    }
}

#[test]
fn ended_matches_are_kept_for_an_hour_at_least() {
    let refused = read(&[("MATCH_RETENTION_HOURS", "0")]).unwrap_err();
    assert!(refused.contains("MATCH_RETENTION_HOURS"), "{refused}");
    let config = read(&[("MATCH_RETENTION_HOURS", "1")]).unwrap();
    assert_eq!(config.matching.kept_for, Duration::from_secs(3_600));
}

#[test]
fn s4_02_mail_goes_where_the_settings_say_and_to_no_inbox_in_production() {
    assert!(matches!(read(&[]).unwrap().mail, MailConfig::Inbox { .. }));
    let smtp = |settings: &[(&str, &str)]| match read(settings).unwrap().mail {
        MailConfig::Smtp(server) => server,
        other => panic!("no server: {other:?}"),
    };
    let server = smtp(&[
        ("MAIL_SERVER", "mail.example.org"),
        ("MAIL_USERNAME", "chat@example.org"),
        ("MAIL_PASSWORD", "secret"),
    ]);
    assert_eq!(server.port, 587);
    assert_eq!(server.from.to_string(), "chat@example.org");
    assert!(!format!("{server:?}").contains("secret"));
    assert_eq!(
        smtp(&[("MAIL_SERVER", "m"), ("MAIL_ENCRYPTION", "tls")]).port,
        465
    );
    for (settings, word) in [
        (vec![("MAIL_BACKEND", "smtp")], "MAIL_SERVER"),
        (
            vec![("MAIL_SERVER", "m"), ("MAIL_USERNAME", "u")],
            "MAIL_PASSWORD",
        ),
        (vec![("MAIL_FROM", "nobody")], "MAIL_FROM"),
        (vec![("MAIL_BACKEND", "pigeon")], "MAIL_BACKEND"),
        (vec![("PASSWORD_COST", "3")], "PASSWORD_COST"),
    ] {
        assert!(read(&settings).unwrap_err().starts_with(word), "{word}");
    }
    let production = [
        ("MODE", "production"),
        SECRET,
        ("TWILIO_ACCOUNT_SID", "AC1"),
        ("TWILIO_AUTH_TOKEN", "t"),
        ("TWILIO_PHONE_NUMBER", "+15005550006"),
    ];
    assert!(matches!(read(&production).unwrap().mail, MailConfig::Off));
    for refused in [
        ("MAIL_BACKEND", "inbox"),
        ("MAIL_FILE", "/tmp/m"),
        ("PASSWORD_COST", "9"),
    ] {
        let settings = [&production[..], &[refused]].concat();
        assert!(read(&settings).unwrap_err().starts_with(refused.0));
    }
}

proptest! {
    #[test]
    fn no_setting_is_too_odd(
        lines in prop::collection::vec(
            ("MODE|PORT|HOST|PUBLIC_URL|DATABASE_URL|SECRET_KEY|TRUSTED_PROXIES|SMS_BACKEND|TWILIO_AUTH_TOKEN|MAIL_SERVER|MAIL_PASSWORD|LOG",
             "development|production|off|(https?|sqlite)://[a-z0-9./@:]{0,12}|[0-9./:,]{0,12}|\\PC{0,20}"),
            0..8
        )
    ) {
        let lines: Vec<_> = lines.iter().map(|(name, value)| format!("{name}={value}")).collect();
        promises(&lines.join("\n"));
    }
}

//! What the settings are, and which of them do not go together.

use super::Finding;
use crate::config::{Config, MailConfig, Mode, SmsConfig};
use crate::server::RESERVED_FILES;
use crate::sms::TwilioAccount;
use ipnet::IpNet;

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    vec![
        mode(config),
        address(config),
        proxies(config),
        limits(config),
        open_files(config),
        sms(&config.sms),
        mail(&config.mail),
        secret(config),
    ]
}

fn mode(config: &Config) -> Finding {
    match config.mode {
        Mode::Production => Finding::ok("MODE: production"),
        Mode::Development if config.is_local() => Finding::ok(
            "MODE: development, for this machine alone; set PUBLIC_URL to let people in",
        ),
        Mode::Development => Finding::fail(
            "MODE: development, where others can come: everybody reads every code; set MODE=production",
        ),
    }
}

fn address(config: &Config) -> Finding {
    let (url, listen) = (config.origin(), config.listen);
    let here = format!("PUBLIC_URL: {url}, listening on {listen}");
    if !config.is_secure() && !config.is_local() {
        return Finding::fail(format!(
            "{here}: passwords and messages travel in the clear; put a proxy with TLS before it and say https"
        ));
    }
    if config.is_secure() && !listen.ip().is_loopback() {
        return Finding::warn(format!(
            "{here}: who reaches that address directly has no TLS; HOST=127.0.0.1 if the proxy is on this machine"
        ));
    }
    Finding::ok(here)
}

/// Whose `X-Forwarded-For` is believed.
fn proxies(config: &Config) -> Finding {
    let proxies = &config.trusted_proxies;
    let names: Vec<_> = proxies.iter().map(ToString::to_string).collect();
    let names = names.join(", ");
    if let Some(wide) = proxies.iter().find(|net| is_wide(net)) {
        return Finding::fail(format!(
            "TRUSTED_PROXIES: {wide} is most of the world: anybody there can pretend to be anywhere; name the proxy"
        ));
    }
    match (proxies.is_empty(), config.is_secure()) {
        (true, true) => Finding::warn(
            "TRUSTED_PROXIES: none, with https before it: everybody seems to come from the proxy and shares one limit; \
             name it, such as 127.0.0.1",
        ),
        (false, false) => Finding::warn(format!(
            "TRUSTED_PROXIES: {names}, without https: if no proxy is there, anybody there can pretend to be anywhere"
        )),
        (true, false) => Finding::ok("TRUSTED_PROXIES: none"),
        (false, true) => Finding::ok(format!("TRUSTED_PROXIES: {names}")),
    }
}

fn is_wide(net: &IpNet) -> bool {
    match net {
        IpNet::V4(net) => net.prefix_len() < 8,
        IpNet::V6(net) => net.prefix_len() < 16,
    }
}

fn limits(config: &Config) -> Finding {
    if config.limits.enforced {
        Finding::ok("LIMITS: on")
    } else {
        Finding::warn("LIMITS: off, for load tests alone")
    }
}

fn open_files(config: &Config) -> Finding {
    let wanted = config.limits.connections as u64 + RESERVED_FILES;
    let Ok((_, most)) = rlimit::Resource::NOFILE.get() else {
        return Finding::warn("open files: the system does not say how many there may be");
    };
    if most < wanted {
        return Finding::warn(format!(
            "open files: {most} at most, and LIMIT_CONNECTIONS wants {wanted}: the rest has to wait; \
             set LimitNOFILE={wanted} in the unit (ulimit -n), or a smaller limit"
        ));
    }
    Finding::ok(format!("open files: {most} at most, {wanted} wanted"))
}

fn sms(sms: &SmsConfig) -> Finding {
    match sms {
        SmsConfig::Inbox { .. } => Finding::ok("SMS: into the development inbox"),
        SmsConfig::Twilio(account) => twilio(account),
    }
}

fn twilio(account: &TwilioAccount) -> Finding {
    let is_sid = account.sid.len() == 34
        && account.sid.starts_with("AC")
        && account.sid[2..].chars().all(|c| c.is_ascii_hexdigit());
    if !is_sid {
        return Finding::warn(
            "SMS: TWILIO_ACCOUNT_SID is not AC and 32 hexadecimal digits; copy it from the console",
        );
    }
    if !account.from.starts_with('+') {
        return Finding::warn(
            "SMS: TWILIO_PHONE_NUMBER does not begin with +; write it with its country",
        );
    }
    let host = account.api_base.host_str().unwrap_or_default();
    Finding::ok(format!(
        "SMS: by {host}, all settings are there (--online asks whether they are right)"
    ))
}

fn mail(mail: &MailConfig) -> Finding {
    match mail {
        MailConfig::Off => Finding::warn(
            "mail: off: who forgets a password and has no number cannot come back; set MAIL_SERVER",
        ),
        MailConfig::Inbox { .. } => Finding::ok("mail: into the development inbox"),
        MailConfig::Smtp(server) => {
            Finding::ok(format!("mail: by {}:{}", server.host, server.port))
        }
    }
}

fn secret(config: &Config) -> Finding {
    match &config.secret_key {
        Some(_) => Finding::ok("SECRET_KEY: set"),
        None => Finding::ok("SECRET_KEY: made here, and kept beside the database"),
    }
}

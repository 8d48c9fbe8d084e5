//! Settings, from the environment or from a file `.env` in the working directory.
//!
//! Where the log is written is said by the environment alone: a folder that came from elsewhere, with a `.env` in it,
//! must not choose a file of the person for that.

use chinwag_client::ServerAddress;
use std::collections::HashMap;
use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// Where nobody says otherwise.
const DEFAULT_SERVER: &str = "http://localhost:8000";

/// What was set, by names old and new.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    file: HashMap<String, String>,
    /// In tests: instead of the environment.
    environment: Option<HashMap<String, String>>,
}

impl Settings {
    /// Reads `.env`, if there is one.
    pub(crate) fn load() -> Result<Self, String> {
        let text = read_if_there(Path::new(".env"))?;
        Ok(Self {
            file: read_env_file(&text),
            environment: None,
        })
    }

    #[cfg(test)]
    pub(crate) fn of(pairs: &[(&str, &str)], file: &str) -> Self {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self {
            file: read_env_file(file),
            environment: Some(pairs.collect()),
        }
    }

    /// The server: as given with the program's name, else as set, else as used last, else on this machine.
    pub(crate) fn server(
        &self,
        given: Option<&str>,
        last: Option<&str>,
    ) -> Result<ServerAddress, String> {
        let (name, value) = match given {
            Some(given) => ("--server", given.to_owned()),
            None => self
                .find(&["CHINWAG_SERVER", "CCHAT_SERVER"])?
                .unwrap_or_else(|| ("the server", last.unwrap_or(DEFAULT_SERVER).to_owned())),
        };
        let shown = crate::text::line(&value);
        value.parse().map_err(|why| {
            format!("{name} is '{shown}', which is no address of a server: {why}. Write it like https://chat.example.org or localhost:8000.")
        })
    }

    /// The file with the remembered sign-in.
    pub(crate) fn credentials(&self, given: Option<&Path>) -> Result<PathBuf, String> {
        let path = match (given, self.find(&["CHINWAG_CONFIG", "CCHAT_CONFIG"])?) {
            (Some(given), _) => given.to_owned(),
            (None, Some((_, path))) => path.into(),
            (None, None) => self.home("XDG_CONFIG_HOME", ".config")?.join("chinwag"),
        };
        // A folder is meant to hold the file.
        let is_folder = path.is_dir() || path.file_name().is_some_and(|name| name == "chinwag");
        Ok(if is_folder {
            path.join("terminal.json")
        } else {
            path
        })
    }

    /// The log.
    pub(crate) fn log(&self, given: Option<&Path>) -> Result<PathBuf, String> {
        const NAME: &str = "CHINWAG_LOG";
        if let Some(given) = given {
            return Ok(given.to_owned());
        }
        if let Some(set) = self.environment(NAME) {
            not_empty(NAME, set.to_string_lossy().into_owned())?;
            return Ok(set.into());
        }
        if self.file.contains_key(NAME) {
            return Err(format!(
                "{NAME} stands in .env, where it is not looked for. Set it in the environment."
            ));
        }
        Ok(self
            .home("XDG_STATE_HOME", ".local/state")?
            .join("chinwag/terminal.log"))
    }

    /// How a mention is announced, if somebody has said so.
    pub(crate) fn notify(&self) -> Result<Option<String>, String> {
        Ok(self.find(&["CHINWAG_NOTIFY"])?.map(|(_, value)| value))
    }

    fn home(&self, variable: &str, folder: &str) -> Result<PathBuf, String> {
        if let Some(home) = self
            .environment(variable)
            .filter(|home| Path::new(home).is_absolute())
        {
            return Ok(home.into());
        }
        let home = self.environment("HOME").filter(|home| !home.is_empty());
        home.map(|home| PathBuf::from(home).join(folder))
            .ok_or_else(|| {
                "HOME is not set: name a file with CHINWAG_CONFIG, and one with CHINWAG_LOG.".into()
            })
    }

    /// The first of these that is set, with its name. One that is set to nothing is a mistake, and said to be one.
    fn find(&self, names: &[&'static str]) -> Result<Option<(&'static str, String)>, String> {
        for name in names {
            let set = match self.environment(name) {
                Some(value) => Some(value.into_string().map_err(|_| {
                    format!("{name} is not written in UTF-8. Give it another value, or unset it.")
                })?),
                None => self.file.get(*name).cloned(),
            };
            if let Some(value) = set {
                return Ok(Some((name, not_empty(name, value)?)));
            }
        }
        Ok(None)
    }

    fn environment(&self, name: &str) -> Option<OsString> {
        match &self.environment {
            Some(environment) => environment.get(name).map(OsString::from),
            None => env::var_os(name),
        }
    }
}

fn not_empty(name: &str, value: String) -> Result<String, String> {
    match value.trim() {
        "" => Err(format!(
            "{name} is set, but empty. Give it a value, or unset it."
        )),
        _ => Ok(value),
    }
}

/// One that is there and cannot be read holds settings that somebody means.
fn read_if_there(path: &Path) -> Result<String, String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
    }
}

/// `NAME=value` by line; `#` begins a comment; quotes around a value are left out, and so is `export`.
fn read_env_file(text: &str) -> HashMap<String, String> {
    let mut settings = HashMap::new();
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
    {
        let line = line.strip_prefix("export ").unwrap_or(line);
        if let Some((name, value)) = line.split_once('=') {
            let value = value.trim();
            let quoted = ['"', '\'']
                .iter()
                .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
            settings.insert(name.trim().to_owned(), quoted.unwrap_or(value).to_owned());
        }
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s0_14_settings_come_from_the_environment_and_from_a_file() {
        let file =
            "# mine\nexport CHINWAG_SERVER=\"https://file.example.org\"\nCHINWAG_CONFIG = /tmp/x\n";
        let settings = Settings::of(&[("CHINWAG_SERVER", "https://chat.example.org")], file);
        assert_eq!(
            settings.server(None, None).expect("set").origin(),
            "https://chat.example.org"
        );
        assert_eq!(
            settings.credentials(None).expect("set"),
            Path::new("/tmp/x")
        );
        let settings = Settings::of(&[], file);
        assert_eq!(
            settings.server(None, None).expect("set").origin(),
            "https://file.example.org"
        );
        let old = Settings::of(
            &[
                ("CCHAT_SERVER", "localhost:8123"),
                ("CCHAT_CONFIG", "/tmp/y"),
            ],
            "",
        );
        assert_eq!(
            old.server(None, None).expect("set").origin(),
            "http://localhost:8123"
        );
        assert_eq!(old.credentials(None).expect("set"), Path::new("/tmp/y"));
    }

    #[test]
    fn s0_15_a_setting_that_is_empty_or_no_address_is_named() {
        for (name, value) in [
            ("CHINWAG_SERVER", ""),
            ("CHINWAG_SERVER", "ftp://x"),
            ("CCHAT_SERVER", " "),
        ] {
            let wrong = Settings::of(&[(name, value)], "")
                .server(None, None)
                .expect_err("wrong");
            assert!(wrong.starts_with(name), "{wrong}");
        }
        let wrong = Settings::of(&[("CHINWAG_CONFIG", "")], "")
            .credentials(None)
            .expect_err("wrong");
        assert!(
            wrong.starts_with("CHINWAG_CONFIG is set, but empty"),
            "{wrong}"
        );
        assert!(Settings::of(&[], "").server(Some("a b"), None).is_err());
        assert!(Settings::of(&[], "").credentials(None).is_err());
    }

    #[test]
    fn a_folder_does_not_choose_where_the_log_is_written() {
        let settings = Settings::of(&[("HOME", "/home/ana")], "CHINWAG_LOG=/home/ana/mail.mbox");
        let wrong = settings.log(None).expect_err("refused");
        assert!(wrong.starts_with("CHINWAG_LOG stands in .env"), "{wrong}");
        let settings = Settings::of(&[("HOME", "/home/ana")], "HOME=/elsewhere\n");
        let log = settings.log(None).expect("a file");
        assert!(log.starts_with("/home/ana"));
    }

    #[test]
    fn s0_15_a_file_of_settings_that_cannot_be_read_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(".env");
        assert_eq!(read_if_there(&file), Ok(String::new()));
        std::fs::write(&file, b"CHINWAG_SERVER=\xe9").expect("written");
        let wrong = read_if_there(&file).expect_err("no UTF-8");
        assert!(wrong.contains(".env cannot be read"), "{wrong}");
    }

    #[test]
    fn nothing_has_to_be_set() {
        let settings = Settings::of(&[("HOME", "/home/ana")], "");
        assert_eq!(
            settings.server(None, None).expect("a server").origin(),
            "http://localhost:8000"
        );
        let last = settings.server(None, Some("https://chat.example.org"));
        assert_eq!(last.expect("a server").origin(), "https://chat.example.org");
        let file = settings.credentials(None).expect("a file");
        assert_eq!(file, Path::new("/home/ana/.config/chinwag/terminal.json"));
        let log = settings.log(None).expect("a file");
        assert_eq!(
            log,
            Path::new("/home/ana/.local/state/chinwag/terminal.log")
        );
    }
}

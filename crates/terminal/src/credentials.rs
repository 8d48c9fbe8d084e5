//! The remembered sign-ins: a token per server, in a file that only its owner can read.

use chinwag_client::{ServerAddress, SignedIn};
use serde::{Deserialize, Serialize};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The file and what it holds.
#[derive(Debug)]
pub(crate) struct Credentials {
    path: PathBuf,
    kept: Kept,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    /// The one that was signed in to last is the first.
    accounts: Vec<Account>,
}

/// One remembered sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) server: String,
    pub(crate) username: String,
    /// Can be revoked under *Settings* in the browser.
    pub(crate) token: String,
    pub(crate) phone: String,
}

impl Credentials {
    /// Reads the file. None is no error; one that is not ours is.
    pub(crate) fn load(path: PathBuf) -> Result<Self, String> {
        let kept = read(&path)?;
        Ok(Self { path, kept })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the person has signed in last.
    pub(crate) fn last_server(&self) -> Option<&str> {
        self.kept
            .accounts
            .first()
            .map(|account| account.server.as_str())
    }

    pub(crate) fn find(&self, server: &ServerAddress) -> Option<&Account> {
        let origin = server.origin();
        self.kept
            .accounts
            .iter()
            .find(|account| account.server == origin)
    }

    /// Remembers a sign-in, instead of an earlier one at the same server.
    pub(crate) fn remember(
        &mut self,
        server: &ServerAddress,
        signed_in: &SignedIn,
        phone: &str,
    ) -> Result<(), String> {
        let origin = server.origin();
        // Another copy may have signed in meanwhile, at another server.
        self.kept = read(&self.path)?;
        self.kept
            .accounts
            .retain(|account| account.server != origin);
        let account = Account {
            server: origin,
            username: signed_in.username.clone(),
            token: signed_in.token.clone(),
            phone: phone.to_owned(),
        };
        self.kept.accounts.insert(0, account);
        self.save()
    }

    /// Whether there was one to forget.
    pub(crate) fn forget(&mut self, server: &ServerAddress) -> Result<bool, String> {
        self.kept = read(&self.path)?;
        let (origin, before) = (server.origin(), self.kept.accounts.len());
        self.kept
            .accounts
            .retain(|account| account.server != origin);
        if self.kept.accounts.len() == before {
            return Ok(false);
        }
        self.save().map(|()| true)
    }

    /// Beside the file first, so that a full disk leaves the old one whole, and with nobody else's right to read it
    /// from the first byte on.
    fn save(&self) -> Result<(), String> {
        let text = serde_json::to_vec_pretty(&self.kept).expect("names and texts are plain JSON");
        self.write(&text)
            .map_err(|error| format!("{} cannot be written: {error}", self.path.display()))
    }

    fn write(&self, text: &[u8]) -> io::Result<()> {
        if let Some(folder) = self
            .path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            fs::create_dir_all(folder)?;
        }
        let mut new = self.path.clone().into_os_string();
        new.push(format!(".{}", std::process::id()));
        let new = PathBuf::from(new);
        let written = write_new(&new, text).and_then(|()| fs::rename(&new, &self.path));
        if written.is_err() {
            let _ = fs::remove_file(&new);
        }
        written
    }
}

fn read(path: &Path) -> Result<Kept, String> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Kept::default()),
        Err(error) => return Err(format!("{} cannot be read: {error}", path.display())),
    };
    let kept = serde_json::from_slice(&text).map_err(|error| {
        format!(
            "{} does not hold what was saved there ({error}). Remove it to sign in anew.",
            path.display()
        )
    })?;
    // It may have come here by a copy. Where it cannot be closed, it is no worse than before.
    #[cfg(unix)]
    let _ = fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600));
    Ok(kept)
}

/// A file that is ours from its first byte on, whatever lay in its place.
fn write_new(path: &Path, text: &[u8]) -> io::Result<()> {
    let _ = fs::remove_file(path);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed_in(username: &str) -> SignedIn {
        SignedIn {
            token: format!("chinwag_{username}"),
            user_id: 1,
            username: username.into(),
        }
    }

    #[test]
    fn s0_10_a_sign_in_is_remembered_in_a_file_that_nobody_else_can_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deeper/terminal.json");
        let [here, there] = ["localhost:8000", "https://chat.example.org"]
            .map(|one| one.parse().expect("an address"));
        let mut credentials = Credentials::load(path.clone()).expect("none yet");
        assert!(credentials.find(&here).is_none());
        credentials
            .remember(&here, &signed_in("ana"), "+12015550123")
            .expect("saved");
        credentials
            .remember(&there, &signed_in("anna"), "+12015550123")
            .expect("saved");
        credentials
            .remember(&here, &signed_in("ana2"), "+12015550123")
            .expect("saved");

        let credentials = Credentials::load(path.clone()).expect("what was saved");
        assert_eq!(credentials.find(&here).expect("kept").token, "chinwag_ana2");
        assert_eq!(credentials.find(&there).expect("kept").username, "anna");
        assert_eq!(credentials.last_server(), Some("http://localhost:8000"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).expect("a file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(
            fs::read_dir(path.parent().expect("a folder"))
                .expect("a folder")
                .count(),
            1
        );
    }

    #[test]
    fn s0_42_a_sign_in_of_another_copy_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("terminal.json");
        let mut copies = [0, 1].map(|_| Credentials::load(path.clone()).expect("none yet"));
        for (copy, server) in copies.iter_mut().zip(["localhost:8000", "localhost:8001"]) {
            let server = server.parse().expect("an address");
            copy.remember(&server, &signed_in("ana"), "")
                .expect("saved");
        }
        let kept = Credentials::load(path).expect("what was saved");
        assert_eq!(kept.kept.accounts.len(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_it_whatever_lay_there_before() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("terminal.json");
        let left = folder
            .path()
            .join(format!("terminal.json.{}", std::process::id()));
        let elsewhere = folder.path().join("elsewhere");
        symlink(&elsewhere, &left).expect("a link");
        let mut credentials = Credentials::load(path.clone()).expect("none yet");
        let here = "localhost:8000".parse().expect("an address");
        credentials
            .remember(&here, &signed_in("ana"), "")
            .expect("saved");
        assert!(!elsewhere.exists());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("opened");
        Credentials::load(path.clone()).expect("what was saved");
        let mode = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_sign_in_can_be_forgotten_and_a_strange_file_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("terminal.json");
        let here = "localhost:8000".parse().expect("an address");
        let mut credentials = Credentials::load(path.clone()).expect("none yet");
        credentials
            .remember(&here, &signed_in("ana"), "")
            .expect("saved");
        assert_eq!(credentials.forget(&here), Ok(true));
        assert_eq!(credentials.forget(&here), Ok(false));
        fs::write(&path, "SERVER=x").expect("written");
        assert!(
            Credentials::load(path.clone())
                .expect_err("strange")
                .contains("Remove it")
        );
        assert_eq!(fs::read_to_string(&path).expect("left alone"), "SERVER=x");
    }
}

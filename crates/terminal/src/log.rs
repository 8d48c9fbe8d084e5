//! The log: a file, since the screen belongs to the person. It holds nothing personal.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Mutex;
use tracing::level_filters::LevelFilter;

/// One that has grown beyond this is put aside at the next start, and is written no further until then.
const LONGEST: u64 = 1024 * 1024;
/// The first line of a log of ours. Without it a file belongs to somebody else, and is left as it is.
const HEAD: &str = "chinwag-terminal log\n";

/// From here on, what happens is written there. Without a place for it the program works as well.
pub(crate) fn begin(path: &Path) {
    if let Ok(log) = Log::open(path) {
        tracing_subscriber::fmt()
            .with_max_level(LevelFilter::INFO)
            .with_ansi(false)
            .with_writer(Mutex::new(log))
            .init();
    }
}

#[derive(Debug)]
struct Log {
    file: File,
    length: u64,
}

impl Log {
    fn open(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let is_ours = is_ours(path)?;
        if is_ours && fs::metadata(path)?.len() > LONGEST {
            let mut old = path.to_owned().into_os_string();
            old.push(".old");
            fs::rename(path, old)?;
        }
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        if file.metadata()?.len() == 0 {
            file.write_all(HEAD.as_bytes())?;
        }
        let length = file.metadata()?.len();
        Ok(Self { file, length })
    }
}

/// Whether it is a log of ours, or nothing yet. What is somebody else's is an error.
fn is_ours(path: &Path) -> io::Result<bool> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let mut head = Vec::new();
    file.take(HEAD.len() as u64).read_to_end(&mut head)?;
    match head.as_slice() {
        [] => Ok(false),
        head if head == HEAD.as_bytes() => Ok(true),
        _ => Err(io::ErrorKind::AlreadyExists.into()),
    }
}

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // A server that sends nonsense must not fill the disk.
        if self.length > LONGEST {
            return Ok(line.len());
        }
        self.length += line.len() as u64;
        self.file.write_all(line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_somebody_else_is_left_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("mail.mbox");
        let mail = "From bo\n".repeat(300_000);
        fs::write(&path, &mail).expect("written");
        assert!(Log::open(&path).is_err());
        assert_eq!(fs::read_to_string(&path).expect("read"), mail);
    }

    #[test]
    fn a_long_log_is_put_aside_and_grows_no_further_meanwhile() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deeper/terminal.log");
        let mut log = Log::open(&path).expect("a log");
        let kilobyte = [b'x'; 1024];
        for _ in 0..3 * 1024 {
            log.write_all(&kilobyte).expect("taken");
        }
        let length = fs::metadata(&path).expect("a file").len();
        assert!((LONGEST..=LONGEST + 2 * 1024).contains(&length), "{length}");
        Log::open(&path).expect("a log");
        assert_eq!(fs::read_to_string(&path).expect("read"), HEAD);
        let old = folder.path().join("deeper/terminal.log.old");
        assert_eq!(fs::metadata(old).expect("kept").len(), length);
    }
}

//! Memory sticks: what the system has mounted where it puts what people plug in.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Where the kernel lists what is mounted: see `proc_pid_mounts(5)`.
const MOUNTS: &str = "/proc/self/mounts";
/// Most of that list that is read, in bytes.
const MAX_MOUNTS_BYTES: u64 = 1 << 20;
/// Most sticks at once.
const MAX_STICKS: usize = 16;

/// A stick that is plugged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stick {
    /// Its folder.
    pub folder: PathBuf,
    /// How its folder is called: mostly what people named it.
    pub name: String,
    /// Whether it is mounted to be written.
    pub writable: bool,
}

/// The sticks that are mounted below these folders, by name.
///
/// # Errors
/// When the system does not say what is mounted.
pub fn plugged(under: &[PathBuf]) -> io::Result<Vec<Stick>> {
    let mut mounts = String::new();
    File::open(MOUNTS)?
        .take(MAX_MOUNTS_BYTES)
        .read_to_string(&mut mounts)?;
    Ok(listed(&mounts, under))
}

fn listed(mounts: &str, under: &[PathBuf]) -> Vec<Stick> {
    let mut sticks: Vec<Stick> = mounts
        .lines()
        .filter_map(stick)
        .filter(|stick| under.iter().any(|place| is_below(&stick.folder, place)))
        .take(MAX_STICKS)
        .collect();
    sticks.sort_by(|a, b| a.name.cmp(&b.name));
    sticks
}

fn is_below(folder: &Path, place: &Path) -> bool {
    folder != place && folder.starts_with(place)
}

/// `device folder type options 0 0`
fn stick(line: &str) -> Option<Stick> {
    let mut words = line.split(' ');
    let folder = PathBuf::from(unescaped(words.nth(1)?));
    let options = words.nth(1)?;
    Some(Stick {
        name: folder.file_name()?.to_string_lossy().into_owned(),
        writable: options.split(',').any(|option| option == "rw"),
        folder,
    })
}

/// What would part the words of a line stands in it as `\` and three octal digits.
fn unescaped(word: &str) -> String {
    let mut parts = word.split('\\');
    let mut out = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let code = part
            .get(..3)
            .and_then(|code| u8::from_str_radix(code, 8).ok());
        match (code, part.get(3..)) {
            (Some(meant), Some(rest)) => {
                out.push(meant);
                out.extend_from_slice(rest.as_bytes());
            }
            _ => {
                out.push(b'\\');
                out.extend_from_slice(part.as_bytes());
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_plugged_in_is_told_from_what_the_system_mounts() {
        let mounts = r"proc /proc proc rw,nosuid 0 0
/dev/nvme0n1p2 / ext4 rw,relatime 0 0
/dev/sdb1 /media/ana/PEN\040DA\040ANA vfat rw,nosuid,flush 0 0
/dev/sdc1 /media/ana/s\303\263\040ler exfat ro,nosuid 0 0
tmpfs /media tmpfs rw 0 0
/dev/sdd1 /mediateca/x vfat rw 0 0
/dev/sde1 /run/media/ana/\134o/ ext4 rw 0 0
nonsense
a /media/x
";
        let under = ["/media", "/run/media"].map(PathBuf::from);
        let found = listed(mounts, &under);
        let told: Vec<_> = found
            .iter()
            .map(|s| (s.name.as_str(), s.writable))
            .collect();
        assert_eq!(
            told,
            [("PEN DA ANA", true), ("\\o", true), ("só ler", false)]
        );
        assert_eq!(found[0].folder, Path::new("/media/ana/PEN DA ANA"));
        assert!(listed(&mounts.repeat(100), &under).len() <= MAX_STICKS);
    }

    #[test]
    fn the_systems_own_list_can_be_read() {
        let everything = plugged(&[PathBuf::from("/")]).unwrap();
        assert!(
            everything
                .iter()
                .any(|mount| mount.folder == Path::new("/proc"))
        );
    }
}

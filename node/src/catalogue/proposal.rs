//! Files of a catalogue that somebody sends to the hub: bounded, named, numbered, packed.

use std::io::{Cursor, Read};

use anyhow::{Context, ensure};
use vereda_sync::catalogue::source::{HEAD, SERVICES, STANDARDS, TRANSLATIONS};
use vereda_sync::catalogue::{MAX_CATALOGUE_BYTES, Source};

use super::MAX_FILES;

/// Longest name of a file within a catalogue, in characters.
pub const MAX_NAME_CHARS: usize = 120;
/// Entries of a `.zip` that are looked at: a folder of a catalogue and what else lies in it.
const MAX_ENTRIES: usize = 2 * MAX_FILES;
/// Packed, texts may take so much at most once they are unpacked: every character of them escaped.
const MAX_PACKED_BYTES: usize = 6 * MAX_CATALOGUE_BYTES + MAX_FILES * 4 * MAX_NAME_CHARS + 64;

/// Why files are no catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// All of it together is larger than any catalogue.
    TooLarge,
    /// There are more files than in any catalogue.
    TooMany,
    /// This file is no text.
    NoText(String),
    /// There is no `catalogue.toml` in it.
    NoHead,
    /// It cannot be unpacked.
    NoZip,
}

/// The files of a catalogue out of what somebody sent: a folder, with its name in front or without, or one `.zip` of it.
/// What lies beside them is left out.
///
/// # Errors
/// Why there is no catalogue in it.
pub fn taken(sent: Vec<(String, Vec<u8>)>) -> Result<Vec<Source>, Wrong> {
    let sent = match sent.as_slice() {
        [(name, bytes)] if name.to_lowercase().ends_with(".zip") => unpacked(bytes)?,
        _ => sent,
    };
    let sent: Vec<(String, Vec<u8>)> = sent
        .into_iter()
        .map(|(name, bytes)| (name.replace('\\', "/"), bytes))
        .collect();
    // The head that is nearest to the top: a copy of another catalogue may lie in a folder further down.
    let heads = sent
        .iter()
        .filter_map(|(name, _)| name.strip_suffix(HEAD))
        .filter(|front| front.is_empty() || front.ends_with('/'));
    let front = heads.min_by_key(|front| front.len()).ok_or(Wrong::NoHead)?;
    let front = front.to_owned();
    let mut files = Vec::new();
    let mut all_bytes = 0;
    for (name, bytes) in sent {
        let Some(name) = name.strip_prefix(&front).filter(|name| is_named(name)) else {
            continue;
        };
        all_bytes += bytes.len();
        if all_bytes > MAX_CATALOGUE_BYTES {
            return Err(Wrong::TooLarge);
        }
        let text = String::from_utf8(bytes).map_err(|_| Wrong::NoText(name.to_owned()))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
        files.push(Source {
            name: name.to_owned(),
            text,
        });
        if files.len() > MAX_FILES {
            return Err(Wrong::TooMany);
        }
    }
    let place = |name: &str| match name {
        HEAD => 0,
        STANDARDS => 1,
        _ if name.starts_with(SERVICES) => 2,
        _ => 3,
    };
    files.sort_by(|a, b| (place(&a.name), &a.name).cmp(&(place(&b.name), &b.name)));
    files.dedup_by(|a, b| a.name == b.name);
    Ok(files)
}

/// Whether a catalogue has a file of that name.
#[must_use]
pub fn is_named(name: &str) -> bool {
    let within = |folder: &str| {
        let file = name.strip_prefix(folder);
        let file = file.and_then(|file| file.strip_suffix(".toml"));
        file.is_some_and(|file| !file.is_empty() && !file.starts_with('.') && !file.contains('/'))
    };
    name.chars().count() <= MAX_NAME_CHARS
        && !name.chars().any(char::is_control)
        && (name == HEAD || name == STANDARDS || within(SERVICES) || within(TRANSLATIONS))
}

fn unpacked(zip: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Wrong> {
    let mut zip = zip::ZipArchive::new(Cursor::new(zip)).map_err(|_| Wrong::NoZip)?;
    if zip.len() > MAX_ENTRIES {
        return Err(Wrong::TooMany);
    }
    let mut out = Vec::new();
    let mut room = MAX_CATALOGUE_BYTES as u64;
    for nth in 0..zip.len() {
        let entry = zip.by_index(nth).map_err(|_| Wrong::NoZip)?;
        let name = entry.name().map_err(|_| Wrong::NoZip)?.into_owned();
        if !entry.is_file() || !name.ends_with(".toml") {
            continue;
        }
        let mut bytes = Vec::new();
        let read = entry.take(room + 1).read_to_end(&mut bytes);
        let read = read.map_err(|_| Wrong::NoZip)? as u64;
        room = room.checked_sub(read).ok_or(Wrong::TooLarge)?;
        out.push((name, bytes));
    }
    Ok(out)
}

/// The same files under that number: which one an edition gets is the hub's to say.
pub fn number(files: &mut [Source], edition: u32) {
    let Some(head) = files.iter_mut().find(|file| file.name == HEAD) else {
        return;
    };
    let is_number = |line: &str| {
        let rest = line.trim_start().strip_prefix("edition");
        rest.is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    // Only before the first table: elsewhere `edition` is something else, and wrong there.
    let lines: Vec<&str> = head.text.split_inclusive('\n').collect();
    let top = lines
        .iter()
        .position(|line| line.trim_start().starts_with('['))
        .unwrap_or(lines.len());
    let Some(at) = lines[..top].iter().position(|line| is_number(line)) else {
        return;
    };
    let number = format!("edition = {edition}\n");
    let mut text = lines[..at].concat();
    text.push_str(&number);
    text.push_str(&lines[at + 1..].concat());
    head.text = text;
}

/// The files as the store keeps them.
///
/// # Errors
/// When they cannot be packed, which there is no reason for.
pub fn pack(files: &[Source]) -> anyhow::Result<Vec<u8>> {
    let pairs: Vec<(&str, &str)> = files
        .iter()
        .map(|file| (file.name.as_str(), file.text.as_str()))
        .collect();
    Ok(zstd::bulk::compress(&serde_json::to_vec(&pairs)?, 3)?)
}

/// What [`pack`] packed.
///
/// # Errors
/// When it is nothing of the kind.
pub fn unpack(packed: &[u8]) -> anyhow::Result<Vec<Source>> {
    let json = zstd::bulk::decompress(packed, MAX_PACKED_BYTES).context("kept files")?;
    let pairs: Vec<(String, String)> = serde_json::from_slice(&json).context("kept files")?;
    ensure!(pairs.len() <= MAX_FILES, "more files than any catalogue");
    Ok(pairs
        .into_iter()
        .map(|(name, text)| Source { name, text })
        .collect())
}

/// The files as a `.zip`, to be taken home.
///
/// # Errors
/// When it cannot be written, which there is no reason for.
pub fn zipped(files: &[Source]) -> anyhow::Result<Vec<u8>> {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let deflated = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    for file in files {
        zip.start_file(&file.name, deflated)?;
        zip.write_all(file.text.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sent(names: &[&str]) -> Vec<(String, Vec<u8>)> {
        let file = |name: &&str| ((*name).to_owned(), b"edition = 1\n".to_vec());
        names.iter().map(file).collect()
    }

    fn names(sent: Vec<(String, Vec<u8>)>) -> Vec<String> {
        taken(sent).unwrap().into_iter().map(|f| f.name).collect()
    }

    #[test]
    fn a_folder_is_taken_with_its_name_or_without_and_what_lies_beside_is_left() {
        let expected = ["catalogue.toml", "services/a.toml", "languages/en.toml"];
        for front in ["", "catalogo/", "x\\y\\"] {
            let all = [
                "languages/en.toml",
                "services/a.toml",
                "catalogue.toml",
                "services/.b.toml",
                "services/c.toml~",
                "notes.txt",
                "old/catalogue.toml",
            ];
            let all: Vec<String> = all.iter().map(|name| format!("{front}{name}")).collect();
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            assert_eq!(names(sent(&all)), expected, "{front}");
        }
        assert_eq!(taken(sent(&["services/a.toml"])), Err(Wrong::NoHead));
        assert_eq!(taken(vec![]), Err(Wrong::NoHead));
    }

    #[test]
    fn a_zip_is_a_folder_and_one_that_explodes_is_none() {
        let files = taken(sent(&["catalogue.toml", "services/a.toml"])).unwrap();
        let zip = zipped(&files).unwrap();
        assert_eq!(taken(vec![("c.ZIP".to_owned(), zip.clone())]), Ok(files));
        for cut in 0..zip.len() {
            let _ = taken(vec![("c.zip".to_owned(), zip[..cut].to_vec())]);
        }
        let zeros = Source {
            name: HEAD.to_owned(),
            text: " ".repeat(MAX_CATALOGUE_BYTES + 1),
        };
        let bomb = zipped(&[zeros]).unwrap();
        assert!(bomb.len() < 100_000);
        assert_eq!(
            taken(vec![("c.zip".to_owned(), bomb)]),
            Err(Wrong::TooLarge)
        );
        let no_text = vec![(HEAD.to_owned(), vec![0xff, 0xfe])];
        assert_eq!(taken(no_text), Err(Wrong::NoText(HEAD.to_owned())));
    }

    #[test]
    fn the_number_is_put_in_its_line_and_nowhere_else() {
        let mut files = vec![Source {
            name: HEAD.to_owned(),
            text: "# edition = 1\n edition=3 # three\nvalid_from = 'x'\n[[agency]]\nedition = 9\n"
                .to_owned(),
        }];
        number(&mut files, 8);
        assert_eq!(
            files[0].text,
            "# edition = 1\nedition = 8\nvalid_from = 'x'\n[[agency]]\nedition = 9\n"
        );
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_taken_or_refused(names in prop::collection::vec("[a-z./\\\\]{0,24}(catalogue.toml)?", 0..6), bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let sent = names.into_iter().map(|name| (name, bytes.clone())).collect();
            if let Ok(files) = taken(sent) {
                prop_assert!(files.iter().all(|file| is_named(&file.name)));
                prop_assert_eq!(unpack(&pack(&files).unwrap()).unwrap(), files);
            }
        }
    }
}

//! What the files of a store hold, byte by byte, without asking the database: what was deleted
//! lies on in free pages, in the gaps of pages, and in the log that runs ahead, until it is
//! written over.
//!
//! SQLCipher 4 with a raw key: pages of 4096 bytes, of which the last 80 are the vector of AES-256-CBC and
//! a code over the page; the first 16 of the file are a salt in place of SQLite's own mark.

use std::collections::BTreeSet;
use std::path::Path;

use aes::Aes256;
use aho_corasick::AhoCorasick;
use anyhow::{Context, anyhow, ensure};
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};

const PAGE: usize = 4096;
/// At the end of each page: the vector, then the code.
const RESERVED: usize = 80;
const SALT: usize = 16;
/// Of the log, before its first frame, and of each frame before its page.
const LOG_HEAD: usize = 32;
const FRAME_HEAD: usize = 24;

/// All pages of a store that nobody writes to now, as they lie on the disk: those of the
/// database, then those of its log, newest or not. Free ones too.
///
/// # Errors
/// What the disk says; when the key is not that of the store.
pub fn pages(store: &Path, key_file: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let key = std::fs::read_to_string(key_file).with_context(|| key_file.display().to_string())?;
    let key = bytes_of(key.trim()).context("a store key is 64 hexadecimal digits")?;
    let file = std::fs::read(store).with_context(|| store.display().to_string())?;
    let mut plain = Vec::with_capacity(file.len() / PAGE);
    for (count, page) in file.chunks_exact(PAGE).enumerate() {
        plain.push(decrypted(page, &key, count == 0)?);
    }
    let first = plain.first().context("an empty store")?;
    // Its page size and the bytes it keeps free at the end of each, as SQLite's header has them.
    ensure!(
        first[SALT..SALT + 2] == [0x10, 0] && usize::from(first[SALT + 4]) == RESERVED,
        "the key is not that of {}",
        store.display()
    );
    let mut log = store.as_os_str().to_owned();
    log.push("-wal");
    // Without a log nothing ran ahead.
    let log = std::fs::read(&log).unwrap_or_default();
    let frames = log.get(LOG_HEAD..).unwrap_or_default();
    for frame in frames.chunks_exact(FRAME_HEAD + PAGE) {
        let (head, page) = frame.split_at(FRAME_HEAD);
        plain.push(decrypted(page, &key, head.starts_with(&[0, 0, 0, 1]))?);
    }
    Ok(plain)
}

/// Which of the pages hold each of these, in the same order. What goes over the edge of a page
/// is not found.
///
/// # Errors
/// When there are too many to be looked for at once.
pub fn holding(pages: &[Vec<u8>], planted: &[&str]) -> anyhow::Result<Vec<Vec<usize>>> {
    let sought = AhoCorasick::new(planted)?;
    let mut holding = vec![vec![]; planted.len()];
    for (number, page) in pages.iter().enumerate() {
        let found = sought.find_overlapping_iter(page);
        let found: BTreeSet<usize> = found.map(|it| it.pattern().as_usize()).collect();
        for which in found {
            holding[which].push(number);
        }
    }
    Ok(holding)
}

fn decrypted(page: &[u8], key: &[u8; 32], first: bool) -> anyhow::Result<Vec<u8>> {
    let (body, reserved) = page.split_at(PAGE - RESERVED);
    let vector: [u8; 16] = reserved[..16].try_into()?;
    let clear = if first { SALT } else { 0 };
    let mut plain = body.to_vec();
    cbc::Decryptor::<Aes256>::new(key.into(), &vector.into())
        .decrypt_padded::<NoPadding>(&mut plain[clear..])
        .map_err(|why| anyhow!("a page: {why}"))?;
    Ok(plain)
}

fn bytes_of(hex: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    (hex.len() == 64 && hex.is_ascii()).then_some(())?;
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(key)
}

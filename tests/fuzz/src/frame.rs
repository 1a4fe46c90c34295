//! What a frame unpacks to: its two parts, plain, which the target compresses.

use vereda_sync::exchange::frame;

use crate::invented::morning;

/// Both sides have the same words.
const DICTIONARY: &[u8] = include_bytes!("../../../sync/src/exchange/columns/dictionary.txt");
const DIGEST_BYTES: usize = 8;
const ENCODING: u8 = 2;
/// Frames of zstd travel without it.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const MAX_PLAIN_BYTES: usize = 8 << 20;

/// The input is the structure's length (two bytes), structure, numbers, digest.
pub fn case(input: &[u8]) {
    let Some((length, rest)) = input.split_first_chunk::<2>() else {
        return;
    };
    let length = usize::from(u16::from_be_bytes(*length));
    let Some((structure, rest)) = rest.split_at_checked(length) else {
        return;
    };
    let Some((numbers, digest)) = rest.split_last_chunk::<DIGEST_BYTES>() else {
        return;
    };
    let mut packed = vec![ENCODING];
    let mut words = zstd::bulk::Compressor::with_dictionary(1, DICTIONARY).unwrap();
    let structure = words.compress(structure).unwrap();
    let structure = structure.strip_prefix(&MAGIC).unwrap();
    let mut left = structure.len();
    while left >= 0x80 {
        packed.push(left.to_le_bytes()[0] | 0x80);
        left >>= 7;
    }
    packed.push(left.to_le_bytes()[0]);
    packed.extend(structure);
    // The numbers as they are.
    packed.push(0);
    packed.extend(numbers);
    packed.extend(digest);
    crate::packed::case(&packed);
}

/// The parts of honest frames.
pub fn seeds() -> Vec<Vec<u8>> {
    let all = morning(4);
    [&all[..1], &all[..3], &all[..], &all[5..], &all[20..]]
        .map(|entries| parts(&frame::pack(entries).unwrap()))
        .to_vec()
}

fn parts(packed: &[u8]) -> Vec<u8> {
    let (mut length, mut at) = (0, 1);
    for shift in (0..).step_by(7) {
        length |= usize::from(packed[at] & 0x7f) << shift;
        at += 1;
        if packed[at - 1] & 0x80 == 0 {
            break;
        }
    }
    let (structure, rest) = packed[at..].split_at(length);
    let (numbers, digest) = rest.split_at(rest.len() - DIGEST_BYTES);
    let mut words = zstd::bulk::Decompressor::with_dictionary(DICTIONARY).unwrap();
    let structure = [&MAGIC, structure].concat();
    let structure = words.decompress(&structure, MAX_PLAIN_BYTES).unwrap();
    let numbers = match numbers.split_first() {
        Some((1, packed)) => {
            zstd::bulk::decompress(&[&MAGIC, packed].concat(), MAX_PLAIN_BYTES).unwrap()
        }
        plain => plain.map(|(_, plain)| plain.to_vec()).unwrap_or_default(),
    };
    let length = u16::try_from(structure.len()).unwrap().to_be_bytes();
    [&length[..], &structure, &numbers, digest].concat()
}

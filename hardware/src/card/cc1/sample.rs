//! A good EF02 of an invented person, for the tests of this crate.

/// Writes `value` into a field and pads the rest with NUL.
pub(crate) fn put(file: &mut [u8], offset: usize, length: usize, value: &[u8]) {
    file[offset..offset + length].fill(0);
    file[offset..offset + value.len()].copy_from_slice(value);
}

/// An invented woman with an obviously invented number.
pub(crate) fn ef02() -> Vec<u8> {
    let mut file = vec![0; 15_500];
    let fields: [(usize, usize, &str); 17] = [
        (154, 28, "00000000 0 ZZ4"),
        (230, 20, "28 02 2021"),
        (310, 20, "28 02 2031"),
        (330, 120, "d'Assunção Peixeiro"),
        (450, 120, "Conceição de Jesus"),
        (570, 2, "F"),
        (572, 6, "PRT"),
        (578, 20, "29 02 1948"),
        (598, 8, "1,58"),
        (606, 18, "00000000"),
        (624, 120, "Encarnação"),
        (744, 120, "Maria do Rosário"),
        (864, 120, "Peixeiro"),
        (984, 120, "João Baptista"),
        (1104, 18, "299900001"),
        (1122, 22, "19999900001"),
        (1144, 18, "999900001"),
    ];
    for (offset, length, value) in fields {
        put(&mut file, offset, length, value.as_bytes());
    }
    put(
        &mut file,
        1583,
        12,
        &[0, 0, 0, 0x0C, b'j', b'P', b' ', b' ', 13, 10, 0x87, 10],
    );
    file
}

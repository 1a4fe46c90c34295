//! Each target for a short while; under `cargo xtask fuzz` for as long as asked for.

use vereda_fuzz::{TARGETS, Target, corpus};

/// All of the corpus, in bytes.
const MAX_CORPUS_BYTES: usize = 200_000;

fn target(name: &str) -> &'static Target {
    TARGETS
        .iter()
        .find(|t| t.name == name)
        .expect("no such target")
}

#[cfg(not(fuzzing_libfuzzer))]
macro_rules! fuzz {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            let target = target(stringify!($name));
            vereda_fuzz::mutate::run(target, target.cases);
        }
    )*};
}

#[cfg(fuzzing_libfuzzer)]
macro_rules! fuzz {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            let target = target(stringify!($name));
            // libFuzzer begins from a folder: the first of its arguments.
            let arguments = std::env::var("BOLERO_LIBFUZZER_ARGS").unwrap_or_default();
            let folder = std::path::PathBuf::from(arguments.split(' ').next().unwrap_or("."));
            for (n, seed) in (target.seeds)().iter().enumerate() {
                std::fs::write(folder.join(format!("seed-{n}")), seed).expect("the corpus' folder");
            }
            bolero::check!().for_each(|input: &[u8]| (target.case)(input));
        }
    )*};
}

fuzz! { copy message wire packed frame change frontier seal catalogue condition config card typed }

#[test]
fn the_corpus_is_small_and_belongs_to_targets() {
    let all: usize = TARGETS
        .iter()
        .flat_map(|t| corpus::of(t.name))
        .map(|(_, bytes)| bytes.len())
        .sum();
    assert!(all <= MAX_CORPUS_BYTES, "{all} bytes");
    let folder = corpus::folder("");
    let known = |name: &str| TARGETS.iter().any(|t| t.name == name);
    for entry in std::fs::read_dir(folder).expect("the corpus") {
        let name = entry.expect("a folder").file_name();
        assert!(known(&name.to_string_lossy()), "{name:?} is no target");
    }
}

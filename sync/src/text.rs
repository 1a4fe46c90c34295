//! Folding of Portuguese text for matching. Diacritics and particles matter
//! when a name is shown, never when it is compared.

/// Lower-cases, strips diacritics and turns everything that is not a letter or
/// digit into single spaces: `"  D'Assunção-Peixeiro "` → `"d assuncao peixeiro"`.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match base_letter(c) {
            Some(s) => out.push_str(s),
            None if c.is_alphanumeric() => out.push(c),
            None if is_combining(c) => {}
            None if !out.is_empty() && !out.ends_with(' ') => out.push(' '),
            None => {}
        }
    }
    if out.ends_with(' ') {
        out.pop();
    }
    out
}

/// The folded words of a name without its particles (de, da, do, dos, das, e).
#[must_use]
pub fn name_words(name: &str) -> Vec<String> {
    fold(name)
        .split(' ')
        .filter(|w| !w.is_empty() && !matches!(*w, "de" | "da" | "do" | "dos" | "das" | "d" | "e"))
        .map(str::to_owned)
        .collect()
}

fn is_combining(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

fn base_letter(c: char) -> Option<&'static str> {
    Some(match c {
        'á' | 'à' | 'â' | 'ã' | 'ä' | 'å' | 'ā' => "a",
        'é' | 'è' | 'ê' | 'ë' | 'ē' => "e",
        'í' | 'ì' | 'î' | 'ï' => "i",
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' | 'ø' => "o",
        'ú' | 'ù' | 'û' | 'ü' => "u",
        'ç' => "c",
        'ñ' => "n",
        'ý' | 'ÿ' => "y",
        'æ' => "ae",
        'œ' => "oe",
        'ß' => "ss",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_forgets_accents_case_and_punctuation() {
        for (from, to) in [
            ("Cartão Europeu", "cartao europeu"),
            ("  D'Assunção-Peixeiro ", "d assuncao peixeiro"),
            ("João", "joao"),
            ("Joa\u{303}o", "joao"),
            ("", ""),
            ("---", ""),
        ] {
            assert_eq!(fold(from), to);
        }
    }

    #[test]
    fn particles_do_not_count_in_names() {
        assert_eq!(
            name_words("Maria do Rosário e Silva"),
            ["maria", "rosario", "silva"]
        );
    }
}

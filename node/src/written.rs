//! What somebody writes in a box of its own: a reason, a question, an answer.

use vereda_web::desk::port::DeskError;

/// It, trimmed.
///
/// # Errors
/// [`DeskError::NotNow`] when it has more than so many characters.
pub(crate) fn fits(typed: &str, most: usize) -> Result<&str, DeskError> {
    let typed = typed.trim();
    match typed.chars().count() {
        n if n > most => Err(DeskError::NotNow(format!(
            "É longo de mais: cabem {most} caracteres; escreveu {n}. Escreva o essencial."
        ))),
        _ => Ok(typed),
    }
}

/// It, trimmed, where something has to stand.
///
/// # Errors
/// [`DeskError::NotNow`] with these words when there is nothing, and as [`fits`].
pub(crate) fn needed<'a>(typed: &'a str, most: usize, missing: &str) -> Result<&'a str, DeskError> {
    match fits(typed, most)? {
        "" => Err(DeskError::NotNow(missing.into())),
        typed => Ok(typed),
    }
}

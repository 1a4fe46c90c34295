//! Voice notes: recorded beside the photographs, played where they are read.

use maud::{Markup, html};
use vereda_sync::catalogue::Field;
use vereda_sync::record::voice::{MAX_BYTES, MAX_SECONDS};

use crate::desk::port::{Attachment, FormField};
use crate::words::{self, time};

/// Where one is recorded: with a script by a button; a file is the way without.
pub(crate) fn recorder(form: &str, field: &FormField, remove_form: &str) -> Markup {
    let f = &field.field;
    let (id, upload) = (format!("voz-{}", f.id), upload_form(f));
    let to = format!("/anexos/{form}/{}/voz", f.id);
    html! {
        div.voice role="group" aria-labelledby=(format!("t-{id}")) {
            p.label id=(format!("t-{id}")) { "Nota de voz" span.optional { " (se houver)" } }
            p.hint { "Quem tem as mãos ocupadas descreve em voz alta: até " (length(MAX_SECONDS)) " minutos." }
            div.input-line data-voice hidden {
                button type="button" data-record data-upload=(to) data-upload-field=(f.id)
                    data-most-seconds=(MAX_SECONDS) data-most-bytes=(MAX_BYTES) { "Gravar nota de voz" }
                span.recording hidden { span.lamp aria-hidden="true" {} " A gravar " span role="timer" data-timer { "0:00" } " de " (length(MAX_SECONDS)) }
            }
            p.said data-voice-said role="status" {}
            label for=(id) { "Juntar uma gravação que já existe" }
            div.input-line {
                input id=(id) type="file" name="ficheiro" accept="audio/*" capture="user" form=(upload)
                    data-upload=(to) data-upload-field=(f.id);
                button type="submit" form=(upload) data-without-script { "Juntar a gravação" }
            }
            div data-notes {
                @if notes(&field.attachments).next().is_some() {
                    ul.voice-notes {
                        @for (i, note) in notes(&field.attachments).enumerate() {
                            li { (played(i + 1, note))
                                button.quiet type="submit" form=(remove_form) name="blob" value=(note.blob)
                                    aria-label=(format!("Tirar a nota de voz {}", i + 1)) { "Tirar" }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The form that the file belongs to.
pub(crate) fn upload_form(f: &Field) -> String {
    format!("juntar-voz-{}", f.id)
}

/// The voice notes among what is attached.
pub(crate) fn notes(attachments: &[Attachment]) -> impl Iterator<Item = &Attachment> {
    attachments.iter().filter(|a| a.spoken.is_some())
}

/// The voice notes among what is attached, to be listened to.
pub(crate) fn list(attachments: &[Attachment]) -> Markup {
    html! {
        @if notes(attachments).next().is_some() {
            ul.voice-notes {
                @for (i, note) in notes(attachments).enumerate() { li { (played(i + 1, note)) } }
            }
        }
    }
}

/// One of them: nothing is fetched before somebody wants to hear it.
fn played(number: usize, note: &Attachment) -> Markup {
    let spoken = note.spoken.as_ref();
    html! {
        p { strong { "Nota de voz " (number) }
            @if let Some(seconds) = spoken.and_then(|s| s.seconds) { ", " (length(seconds)) }
            br; span.detail {
                (words::size(note.bytes)) ", " (time::to_the_second(note.taken))
                @if let Some(by) = spoken.map(|s| &s.by).filter(|by| !by.is_empty()) { ", " (by) }
            }
        }
        @if note.here {
            audio controls preload="none" src=(format!("/anexo/{}", note.blob)) aria-label=(format!("Nota de voz {number}")) {}
        } @else { p.detail { "Ainda por chegar" } }
    }
}

/// Minutes and seconds.
fn length(seconds: u32) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_note_is_played_only_where_it_is() {
        let mut all = samples::attachments();
        let shown = list(&all).into_string();
        assert!(
            shown.contains("<audio controls preload=\"none\""),
            "{shown}"
        );
        assert!(
            shown.contains("1:13") && shown.contains("Ana Martins"),
            "{shown}"
        );
        all.iter_mut().for_each(|a| a.here = false);
        let shown = list(&all).into_string();
        assert!(
            !shown.contains("<audio") && shown.contains("Ainda por chegar"),
            "{shown}"
        );
        assert_eq!(list(&[]).into_string(), "");
    }
}

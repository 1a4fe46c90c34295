//! One field of a form: question, help, what was typed, how it is known.

use std::sync::LazyLock;

use maud::{Markup, html};
use serde_json::Value;
use vereda_sync::catalogue::{Choice, Field, Kind, Words};

use crate::desk::port::{Attachment, Form, FormField};
use crate::desk::reveal;
use crate::desk::voice;
use crate::words::{self, time};

/// Prefix of the names of catalogue fields in posted forms.
pub(crate) const NAME_PREFIX: &str = "f.";

/// The same of fields with several choices: each that is ticked sends its own.
pub(crate) const MANY_PREFIX: &str = "fs.";

/// A field with the error to say at it, if any.
pub(crate) fn field(form: &Form, field: &FormField, error: Option<&str>) -> Markup {
    let when = field.field.when.as_ref();
    let when = when.map(|w| reveal::condition(form, w));
    alone(&form.id, field, when, error)
}

/// A field of a form without steps. `when` is the condition as the page's script looks at it.
pub(crate) fn alone(
    form: &str,
    field: &FormField,
    when: Option<Value>,
    error: Option<&str>,
) -> Markup {
    let f = &field.field;
    let class = if error.is_some() {
        "field wrong"
    } else {
        "field"
    };
    html! {
        div class=(class) id=(format!("campo-{}", f.id)) data-field-id=(f.id) data-kind=(kind_name(f.kind))
            data-when=[when] hidden[!field.shown] {
            @if f.private {
                // A control that is not to be used sends nothing, and gets no key.
                fieldset data-open=(f.id) hidden[field.hidden] disabled[field.hidden] { (control(form, field, error)) }
                (hidden_from_desk(field, error))
            } @else { (control(form, field, error)) }
            p.marks {
                span.mark data-mark=(f.id) {
                    @if let Some(provenance) = field.provenance { (words::provenance(provenance)) }
                }
                span.saved data-saved=(f.id) {
                    @if let Some(saved) = field.saved { "guardado " (time::to_the_second(saved)) }
                }
            }
            div data-elsewhere=(f.id) hidden {}
        }
    }
}

fn control(form: &str, field: &FormField, error: Option<&str>) -> Markup {
    match field.field.kind {
        Kind::Choice | Kind::YesNo => choice(field, error),
        Kind::Choices => choices(field, error),
        Kind::Consent => consent(field, error),
        Kind::Photos => photos(form, field, error),
        _ => line(field, error),
    }
}

/// What stands for a private answer that the citizen wrote, wherever a mediator reads.
pub(crate) fn masked() -> Markup {
    html! { span.masked { span aria-hidden="true" { "•••••• " } "preenchido pelo cidadão" } }
}

/// What stands instead of the control while the answer is the citizen's own.
fn hidden_from_desk(field: &FormField, error: Option<&str>) -> Markup {
    let f = &field.field;
    html! {
        div.private data-private=(f.id) hidden[!field.hidden] {
            p.label { (question(f)) }
            @if field.hidden && error.is_some() {
                p.error { "O que o cidadão escreveu aqui ainda não está certo. Deixe-o escrever outra vez, ou escreva por ele." }
            }
            p.value { (masked()) }
            details {
                summary { "Escrever eu" span.hidden { ": " (f.label.pt()) } }
                p { "O que o cidadão escreveu apaga-se, sem ser mostrado. Pergunte-lhe primeiro." }
                button type="submit" form=(take_form(f)) { "Apagar e escrever eu" span.hidden { ": " (f.label.pt()) } }
            }
        }
    }
}

/// The forms of those buttons: beside the step's own, as those of photographs.
pub(crate) fn private_forms(
    form: &str,
    step: &str,
    fields: &[FormField],
    guard: &Markup,
) -> Markup {
    html! {
        @for f in fields.iter().map(|f| &f.field).filter(|f| f.private) {
            form hidden id=(take_form(f)) method="post" action=(format!("/formulario/{form}/{step}/assumir")) data-once {
                (guard) input type="hidden" name="campo" value=(f.id);
            }
        }
    }
}

fn take_form(f: &Field) -> String {
    format!("assumir-{}", f.id)
}

fn question(f: &Field) -> Markup {
    html! {
        (f.label.pt())
        @if !f.required { span.optional { " (se houver)" } }
    }
}

fn hint_and_error(f: &Field, error: Option<&str>) -> Markup {
    html! {
        @if !f.hint.pt().is_empty() { p.hint id=(format!("ajuda-{}", f.id)) { (f.hint.pt()) } }
        p.error id=(format!("erro-{}", f.id)) hidden[error.is_none()] {
            span.hidden { "Erro: " } span data-error=(f.id) { (error.unwrap_or_default()) }
        }
    }
}

fn described_by(f: &Field) -> String {
    let error = format!("erro-{}", f.id);
    if f.hint.pt().is_empty() {
        error
    } else {
        format!("ajuda-{} {error}", f.id)
    }
}

fn line(field: &FormField, error: Option<&str>) -> Markup {
    let f = &field.field;
    let id = format!("f-{}", f.id);
    let name = format!("{NAME_PREFIX}{}", f.id);
    let value = if f.kind == Kind::Date {
        words::typed(f, &field.value, "pt")
    } else {
        field.value.clone()
    };
    let invalid = error.map(|_| "true");
    let (kind, mode, width) = shape(f.kind);
    html! {
        label for=(id) { (question(f)) }
        (hint_and_error(f, error))
        @if f.kind == Kind::LongText {
            textarea id=(id) name=(name) rows="5" aria-describedby=(described_by(f)) aria-invalid=[invalid]
                data-draft=(f.id) autocomplete="off" lang="pt" { (value) }
        } @else {
            div.input-line {
                input class=(width) id=(id) type=(kind) inputmode=[mode] name=(name) value=(value)
                    aria-describedby=(described_by(f)) aria-invalid=[invalid] data-draft=(f.id)
                    autocomplete="off" spellcheck="false";
                @if f.kind == Kind::Money { span.unit aria-hidden="true" { "€" } }
                @if f.kind == Kind::Position {
                    // Needs the script: shown by it.
                    button type="button" data-position=(f.id) hidden { "Usar a posição deste computador" }
                }
            }
        }
    }
}

static YES_NO: LazyLock<[Choice; 2]> = LazyLock::new(|| {
    [("yes", "Sim"), ("no", "Não")].map(|(id, label)| Choice {
        id: id.into(),
        label: Words::from([("pt", label)]),
    })
});

/// What can be chosen, one of it.
pub(crate) fn options(field: &Field) -> &[Choice] {
    match field.kind {
        Kind::YesNo => &*YES_NO,
        _ => &field.options,
    }
}

fn choice(field: &FormField, error: Option<&str>) -> Markup {
    let f = &field.field;
    html! {
        fieldset aria-describedby=(described_by(f)) {
            legend { (question(f)) }
            (hint_and_error(f, error))
            div.options {
                @for (i, option) in options(f).iter().enumerate() {
                    // The first carries the field's id, so that the summary's link lands on it.
                    @let id = if i == 0 { format!("f-{}", f.id) } else { format!("f-{}-{i}", f.id) };
                    label.tile for=(id) {
                        input type="radio" id=(id) name=(format!("{NAME_PREFIX}{}", f.id)) value=(option.id)
                            checked[field.value == option.id] data-draft=(f.id);
                        span { (option.label.pt()) }
                    }
                }
            }
        }
    }
}

fn choices(field: &FormField, error: Option<&str>) -> Markup {
    let f = &field.field;
    let name = format!("{MANY_PREFIX}{}", f.id);
    html! {
        fieldset aria-describedby=(described_by(f)) {
            legend { (question(f)) }
            (hint_and_error(f, error))
            // Unticked boxes send nothing: this says "none".
            input type="hidden" name=(name) value="";
            div.options {
                @for (i, option) in f.options.iter().enumerate() {
                    @let id = if i == 0 { format!("f-{}", f.id) } else { format!("f-{}-{i}", f.id) };
                    label.tile for=(id) {
                        input type="checkbox" id=(id) name=(name) value=(option.id) data-many
                            checked[field.value.split(' ').any(|v| v == option.id)] data-draft=(f.id);
                        span { (option.label.pt()) }
                    }
                }
            }
        }
    }
}

fn consent(field: &FormField, error: Option<&str>) -> Markup {
    let f = &field.field;
    let id = format!("f-{}", f.id);
    html! {
        (hint_and_error(f, error))
        // An unticked box sends nothing: this says "not agreed".
        input type="hidden" name=(format!("{NAME_PREFIX}{}", f.id)) value="";
        label.tile for=(id) {
            input type="checkbox" id=(id) name=(format!("{NAME_PREFIX}{}", f.id)) value="yes"
                checked[field.value == "yes"] aria-describedby=(described_by(f))
                aria-invalid=[error.map(|_| "true")] data-draft=(f.id);
            span { (question(f)) }
        }
    }
}

fn photos(form: &str, field: &FormField, error: Option<&str>) -> Markup {
    let f = &field.field;
    let id = format!("f-{}", f.id);
    let upload = upload_form(f);
    html! {
        label for=(id) { (question(f)) }
        (hint_and_error(f, error))
        @if f.at_least > 0 {
            p.hint data-count { "Pelo menos " (words::count(u64::from(f.at_least), "fotografia", "fotografias")) ". Tem "
                (photographs(&field.attachments).count()) "." }
        }
        div.input-line {
            input id=(id) type="file" name="ficheiro" accept="image/*" capture="environment" multiple form=(upload)
                aria-describedby=(described_by(f)) data-upload=(format!("/anexos/{form}/{}", f.id)) data-upload-field=(f.id);
            button type="submit" form=(upload) data-without-script { "Juntar" }
        }
        label.tile.where hidden for=(format!("onde-{}", f.id)) {
            input id=(format!("onde-{}", f.id)) type="checkbox" data-where;
            span { "Juntar onde se está às fotografias tiradas agora" br; span.detail data-where-said aria-live="polite" { "O navegador pede licença; sem ela, a fotografia guarda-se na mesma." } }
        }
        div.uploads data-uploads=(f.id) aria-live="polite" {}
        @if photographs(&field.attachments).next().is_some() {
            ul.thumbs {
                @for (i, attachment) in photographs(&field.attachments).enumerate() { (thumb(f, i + 1, attachment)) }
            }
        }
        @if f.spoken { (voice::recorder(form, field, &remove_form(f))) }
    }
}

/// What is attached, without the voice notes.
pub(crate) fn photographs(attachments: &[Attachment]) -> impl Iterator<Item = &Attachment> {
    attachments.iter().filter(|a| a.spoken.is_none())
}

fn thumb(f: &Field, number: usize, attachment: &Attachment) -> Markup {
    html! {
        li {
            a href=(format!("/anexo/{}", attachment.blob)) target="_blank" {
                img src=(format!("/anexo/{}", attachment.blob)) alt=(format!("Fotografia {number}")) loading="lazy";
            }
            p { (attachment.name) br; span.detail { (words::size(attachment.bytes)) ", " (time::to_the_second(attachment.taken)) } br; (crate::shot::line(attachment.shot.as_ref(), attachment.seen)) }
            button.quiet type="submit" form=(remove_form(f)) name="blob" value=(attachment.blob)
                aria-label=(format!("Tirar {}", attachment.name)) { "Tirar" }
        }
    }
}

/// The forms that the photographs' controls belong to. They stand before the
/// step's own form: forms do not nest, and the token must come first.
pub(crate) fn photo_forms(form: &str, step: &str, fields: &[FormField], guard: &Markup) -> Markup {
    html! {
        @for f in fields.iter().map(|f| &f.field).filter(|f| f.kind == Kind::Photos) {
            form hidden id=(upload_form(f)) method="post" enctype="multipart/form-data" action=(format!("/anexos/{form}/{}", f.id)) {
                (guard) input type="hidden" name="passo" value=(step);
            }
            @if f.spoken {
                form hidden id=(voice::upload_form(f)) method="post" enctype="multipart/form-data" action=(format!("/anexos/{form}/{}/voz", f.id)) {
                    (guard) input type="hidden" name="passo" value=(step);
                }
            }
            form hidden id=(remove_form(f)) method="post" action=(format!("/anexos/{form}/{}/tirar", f.id)) {
                (guard) input type="hidden" name="passo" value=(step);
            }
        }
    }
}

/// The same where controls are only looked at: they belong to forms that send nothing.
pub(crate) fn idle_forms(fields: &[Field]) -> Markup {
    html! {
        @for f in fields.iter().filter(|f| f.kind == Kind::Photos) {
            form hidden id=(upload_form(f)) {}
            @if f.spoken { form hidden id=(voice::upload_form(f)) {} }
        }
    }
}

fn upload_form(f: &Field) -> String {
    format!("juntar-{}", f.id)
}

fn remove_form(f: &Field) -> String {
    format!("tirar-{}", f.id)
}

/// Input type, keyboard, width that fits the data.
pub(crate) fn shape(kind: Kind) -> (&'static str, Option<&'static str>, &'static str) {
    match kind {
        Kind::Nif | Kind::Sns | Kind::Nic => ("text", Some("numeric"), "w-12"),
        Kind::Niss => ("text", Some("numeric"), "w-14"),
        Kind::DocumentNumber => ("text", None, "w-18"),
        Kind::Date => ("text", Some("numeric"), "w-12"),
        Kind::Number => ("text", Some("numeric"), "w-10"),
        Kind::PostalCode => ("text", None, "w-14"),
        Kind::Money => ("text", Some("decimal"), "w-10"),
        Kind::Phone => ("tel", None, "w-18"),
        Kind::Iban => ("text", None, "w-34"),
        Kind::Email => ("email", None, "w-34"),
        Kind::Position => ("text", None, "w-28"),
        _ => ("text", None, "w-full"),
    }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Choice | Kind::YesNo => "choice",
        Kind::Choices => "choices",
        Kind::Consent => "consent",
        Kind::Photos => "photos",
        Kind::LongText => "long-text",
        _ => "line",
    }
}

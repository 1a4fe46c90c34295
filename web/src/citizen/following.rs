//! A form as the citizen follows it, each field a region of its own.

use fluent_bundle::FluentArgs;
use maud::{Markup, html};
use vereda_sync::catalogue::Field;

use crate::citizen::page::{Region, both, cost, said, with_portuguese};
use crate::citizen::port::{Following, Screen};
use crate::citizen::value;
use crate::citizen::writing;
use crate::layout;
use crate::texts::Texts;

pub(crate) fn regions(
    t: Texts,
    screen: &Screen,
    following: &Following,
    guard: &str,
) -> Vec<Region> {
    let mut out = vec![Region::new("passo", heading(t, following))];
    out.extend(following.fields.iter().map(|f| {
        let typing = following.typing.as_deref() == Some(&f.field.id);
        let content = match &f.input {
            Some(input) => writing::question(t, &f.field, &f.value, input),
            None => question(t, &f.field, &f.value, typing, screen.revealed),
        };
        Region::new(format!("campo-{}", f.field.id), content)
    }));
    let masked = following
        .fields
        .iter()
        .any(|f| f.field.kind.is_masked() && !f.value.is_empty());
    out.push(Region::new(
        "numeros",
        if masked {
            reveal(t, screen.revealed, guard)
        } else {
            html! {}
        },
    ));
    if following.writes {
        out.push(Region::new(
            "escrever",
            writing::buttons(t, following, guard),
        ));
    }
    out.push(Region::new("rodape", foot(t, screen, following)));
    out
}

fn heading(t: Texts, following: &Following) -> Markup {
    let mut args = FluentArgs::new();
    args.set("number", following.step_number);
    args.set("total", following.steps);
    html! {
        p.label {
            @if let Some(citizen) = &following.citizen { bdi { (citizen) } " · " }
            (said(t, &following.title)) " · " span.step-of { (t.say_with("step-of", &args)) }
        }
        h1 { (with_portuguese(t, &following.step)) }
        @if following.writes { p.lead { (both(t, "write-title")) } }
    }
}

fn question(t: Texts, field: &Field, value: &str, typing: bool, revealed: bool) -> Markup {
    let shown = value::typed(t, field, value, revealed);
    html! {
        div.asked.(if typing { "typing" } else { "still" }) {
            p.question id=(format!("p-{}", field.id)) { (with_portuguese(t, &field.label)) }
            p.value data-field=(field.id) aria-labelledby=(format!("p-{}", field.id)) { (shown) }
            @if shown.0.is_empty() { p.not-yet { (t.say("not-yet")) } }
        }
    }
}

/// The button that shows masked numbers, or hides them again.
pub(crate) fn reveal(t: Texts, revealed: bool, guard: &str) -> Markup {
    html! {
        form.reveal method="post" action="/cidadao/mostrar" {
            (layout::guard(guard))
            @if revealed {
                button type="submit" name="mostrar" value="nao" { (t.say("hide-numbers")) }
            } @else {
                button type="submit" name="mostrar" value="sim" { (t.say("show-numbers")) }
            }
        }
    }
}

fn foot(t: Texts, screen: &Screen, following: &Following) -> Markup {
    // A list of nothing is none.
    let (next, privacy) = (
        following.next.get(t.lang()),
        following.privacy.get(t.lang()),
    );
    if following.fee_cents.is_none() && next.is_empty() && privacy.is_empty() {
        return html! {};
    }
    html! {
        dl.foot {
            @if let Some(cents) = following.fee_cents {
                div { dt { (both(t, "cost")) } dd { (cost(t, cents, following.exempt.as_ref())) } }
                div { dt { (both(t, "how-final")) } dd {
                    (t.say(match (screen.training, screen.offline) {
                        (true, _) => "life-training",
                        (false, true) => "final-offline",
                        (false, false) => "final-draft",
                    }))
                } }
            }
            @if !next.is_empty() {
                div { dt { (both(t, "next")) } dd { (said(t, &following.next)) } }
            }
            @if !privacy.is_empty() {
                div { dt { (both(t, "privacy")) } dd { (said(t, &following.privacy)) } }
            }
        }
    }
}

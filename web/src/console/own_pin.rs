//! Whoever signs in at the console chooses their PIN.

use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Response};

use super::{ConsoleState, PLACE};
use crate::console::port::{Console, Role};
use crate::desk::Fault;
use crate::gate::{Gate, get, read_form, redirect_with_cookie};
use crate::layout::CONSOLE;
use crate::own_pin::{OwnPinPage, Typed, Whose};

fn ask(console: &dyn Console) -> Vec<String> {
    console.holders(&[Role::Administrator])
}

pub(super) async fn show(
    State(state): State<ConsoleState>,
    Query(whose): Query<Whose>,
) -> Response {
    let loaded = state.call(|console| Ok((console.operators(), ask(console))));
    let (people, ask) = loaded.await.unwrap_or_default();
    OwnPinPage {
        place: PLACE,
        people: &people,
        chosen: Some(&whose.pessoa),
        is_first: false,
        refusal: None,
        ask: &ask,
    }
    .response(&CONSOLE)
}

pub(super) async fn change(State(state): State<ConsoleState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let fields = match read_form(parts, body).await {
        Ok(fields) => fields,
        Err(refusal) => return refusal,
    };
    let typed = Typed::of(&fields);
    let chosen = typed.person.clone();
    let outcome = state.call(move |console| {
        let pins = typed.pins();
        let changed = pins.and_then(|pins| console.change_pin("", &typed.person, pins));
        Ok((changed, console.operators(), ask(console)))
    });
    match outcome.await {
        Ok((Ok(token), ..)) => {
            let cookie = state.door().cookie(ConsoleState::COOKIE, &token);
            redirect_with_cookie("/", &cookie)
        }
        Ok((Err(refusal), people, ask)) => OwnPinPage {
            place: PLACE,
            people: &people,
            chosen: Some(&chosen),
            is_first: !get(&fields, "primeiro").is_empty(),
            refusal: Some(&refusal),
            ask: &ask,
        }
        .response(&CONSOLE),
        Err(error) => Fault::from(error).into_response(),
    }
}

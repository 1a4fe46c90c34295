//! What reveals a field, as the script of the page looks at it: only what the page itself
//! does not know is decided here. The node decides again when the step is sent.

use serde_json::{Value, json};
use vereda_sync::catalogue::{Values, When};
use vereda_sync::day::Date;

use crate::desk::port::Form;

/// Everything that the form's conditions can look at: what stands on the page, and on other steps.
pub(crate) struct Known<'f>(pub(crate) &'f Form);

impl Values for Known<'_> {
    fn value(&self, field: &str) -> Option<&str> {
        let here = self.0.fields.iter().find(|f| f.field.id == field);
        here.map(|f| f.value.as_str())
            .or_else(|| self.0.elsewhere.get(field).map(String::as_str))
    }
}

/// The condition, with what other steps answered already decided.
pub(crate) fn condition(form: &Form, when: &When) -> Value {
    let each = |list: &[When]| list.iter().map(|w| condition(form, w)).collect::<Vec<_>>();
    if !when.all.is_empty() {
        return json!({ "all": each(&when.all) });
    }
    if !when.any.is_empty() {
        return json!({ "any": each(&when.any) });
    }
    if form.fields.iter().all(|f| f.field.id != when.field) {
        return Value::Bool(when.holds(&Known(form), &form.today));
    }
    let mut said = serde_json::to_value(when).unwrap_or_default();
    let today = Date::parse(&form.today);
    for (name, day) in [("since", when.since), ("until", when.until)] {
        if let Some((day, today)) = day.zip(today) {
            said[name] = day.date(today).to_string().into();
        }
    }
    said
}

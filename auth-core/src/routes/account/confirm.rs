//! The pages that mailed links open on which one click changes an account.

use crate::http::{AuthResponse, Fields, RoutePath};
use crate::page::{ConfirmPage, Confirmation, Form};
use crate::text::Text;

use crate::routes::exchange::{Exchange, Failure};

/// The page with the button that uses a link: title, lead and button in these words. It uses nothing up.
pub(super) fn asking(
    exchange: &Exchange,
    what: Confirmation,
    route: RoutePath,
    words: [Text; 3],
) -> Result<AuthResponse, Failure> {
    let fields = Fields::query(&exchange.request)?;
    let (style, token) = (exchange.style(), fields.required("token")?);
    let [title, sentence, button] = words.map(|text| style.texts().say(&text).into_owned());
    let page = ConfirmPage {
        what,
        form: Form::to(style.path(route)).with("token", token),
        title: &title,
        sentence: &sentence,
        button: &button,
        way_back: None,
    };
    Ok(style.page(200, &page))
}

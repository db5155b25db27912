//! The texts: every sentence that a person reads on a page or in an error reply, each under a key.
//!
//! A feature names a [`Text`], with what is put into it by name; in which words it is said is known where the reply is made, by the
//! application's [`Languages`] and what the visitor asks for. English is `en.ftl`, Korean `ko.ftl`, in the form of
//! [Project Fluent](https://projectfluent.org/): another language is another file of the same keys. An application changes texts by
//! [`AuthBuilder::texts`](crate::AuthBuilder::texts), and adds a language by [`AuthBuilder::texts_in`](crate::AuthBuilder::texts_in).
//!
//! It stands at the bottom, beside the error type that carries sentences. What is for an operator or a programmer (wrong settings,
//! the log, OAuth's `error_description`, which RFC 6749 section 5.2 keeps in ASCII) stands where it arises, in English.

mod key;
mod languages;
#[cfg(test)]
mod tests;
mod texts;

pub(crate) use self::key::Text;
pub(crate) use self::languages::{Language, Languages};
pub(crate) use self::texts::{ENGLISH, Texts};

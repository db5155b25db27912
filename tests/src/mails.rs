//! The mails of an app under test: they are delivered when a scenario looks for them.

use auth_core::mail::Mail;

use crate::app::TestApp;

/// Whom the mails come from.
pub(crate) const MAIL_FROM: &str = "accounts@demo.example";

impl TestApp {
    /// All that was sent to an address.
    pub fn mails_to(&self, address: &str) -> Vec<Mail> {
        self.deliver();
        self.mailer.sent_to(address)
    }

    /// How many mails were sent to anybody.
    pub fn mail_count(&self) -> usize {
        self.deliver();
        self.mailer.sent().len()
    }

    /// The token of the link in the last mail to an address.
    pub fn mailed_token(&self, address: &str) -> String {
        let mail = self.mails_to(address).pop().unwrap_or_else(|| panic!("no mail to {address}"));
        let (_, rest) =
            mail.text().split_once("?token=").unwrap_or_else(|| panic!("no link: {}", mail.text()));
        rest.split_whitespace().next().unwrap_or_default().to_owned()
    }

    fn deliver(&self) {
        self.block_on(self.auth.deliver_mail()).unwrap_or_else(|error| panic!("{error:?}"));
    }
}

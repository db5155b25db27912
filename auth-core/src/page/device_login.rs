//! The page on which the code of a device is typed, and its owner asked.

use std::borrow::Cow;

use askama::Template;

use crate::text::Text;

use super::form::written;
use super::frame::Frame;
use super::{Form, Page, Pages};

/// What the page shows on which somebody lets a device in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DevicePage<'a> {
    /// The form: it takes `user_code` until that is there, and then `decision`, `allow` or `deny`.
    pub form: Form,
    /// What is wrong with the code that was typed.
    pub error: Option<&'a str>,
    /// Who asks, once the code is there.
    pub asker: Option<DeviceAsker<'a>>,
}

/// Who asks by a device's code, and for what.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeviceAsker<'a> {
    /// What the application on the device is called.
    pub client: &'a str,
    /// The code that the device has to show too.
    pub user_code: &'a str,
    /// For what it asks, each in words.
    pub scopes: &'a [Cow<'a, str>],
}

#[derive(Template)]
#[template(path = "device.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a DevicePage<'a>,
    title: Cow<'a, str>,
    lead: Cow<'a, str>,
}

impl<'a> DevicePage<'a> {
    pub(crate) fn typing(form: Form, error: Option<&'a str>) -> Self {
        Self { form, error, asker: None }
    }

    pub(crate) fn asking(
        form: Form,
        (client, user_code): (&'a str, &'a str),
        scopes: &'a [Cow<'a, str>],
    ) -> Self {
        Self { form, error: None, asker: Some(DeviceAsker { client, user_code, scopes }) }
    }
}

impl Page for DevicePage<'_> {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.device(self)
    }

    fn ours(&self, frame: Frame<'_>) -> String {
        let client = self.asker.as_ref().map(|asker| asker.client.to_owned());
        let (title, lead) = match client {
            None => (Text::DeviceTitle, Text::DeviceLead),
            Some(client) => (Text::DeviceAskTitle { client: client.clone() }, Text::DeviceAskLead { client }),
        };
        let (title, lead) = (frame.say(title), frame.say(lead));
        written(&Ours { frame, page: self, title, lead })
    }

    fn forms(&self) -> Vec<&Form> {
        vec![&self.form]
    }
}

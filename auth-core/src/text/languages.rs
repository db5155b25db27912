//! The languages that an application speaks, and which of them a visitor is answered in.

use super::Texts;

/// The languages that an application speaks: the first is for whoever asks for none of them.
#[derive(Debug)]
pub(crate) struct Languages {
    spoken: Vec<Texts>,
}

/// One of them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Language(usize);

impl Languages {
    /// The languages that come with this crate.
    pub(crate) fn ours() -> Self {
        Self { spoken: vec![Texts::english(), Texts::korean()] }
    }

    /// Ours, changed and added to by `words`, each with the tag of its language (RFC 5646); of all of them those of `order`, if one is
    /// given.
    ///
    /// # Errors
    /// What is wrong with the words, or with a tag.
    pub(crate) fn new(order: Option<&[String]>, words: &[(String, String)]) -> Result<Self, String> {
        let mut known = Self::ours();
        for (tag, words) in words {
            known = known.with(tag, words).map_err(|wrong| format!("{tag}: {wrong}"))?;
        }
        known.spoken.iter().for_each(Texts::note_missing);
        match order {
            Some(order) => known.ordered(order),
            None => Ok(known),
        }
    }

    fn with(mut self, tag: &str, words: &str) -> Result<Self, String> {
        let at = self.spoken.iter().position(|texts| texts.language().eq_ignore_ascii_case(tag));
        let held = match at {
            Some(at) => self.spoken.remove(at),
            None => Texts::another(tag)?,
        };
        self.spoken.insert(at.unwrap_or(self.spoken.len()), held.changed(words)?);
        Ok(self)
    }

    fn ordered(mut self, order: &[String]) -> Result<Self, String> {
        let mut spoken = Vec::new();
        for tag in order {
            let at = self.spoken.iter().position(|texts| texts.language().eq_ignore_ascii_case(tag));
            let at = at.ok_or_else(|| format!("there are none in `{tag}`: give them by `texts_in`"))?;
            spoken.push(self.spoken.remove(at));
        }
        if spoken.is_empty() {
            return Err("no language is left: name one at least".to_owned());
        }
        Ok(Self { spoken })
    }

    pub(crate) fn texts(&self, language: Language) -> &Texts {
        // No other `Languages` hands out those of an application.
        self.spoken.get(language.0).unwrap_or(&self.spoken[0])
    }

    /// Every language, in their order.
    pub(crate) fn all(&self) -> impl ExactSizeIterator<Item = (Language, &Texts)> {
        self.spoken.iter().enumerate().map(|(at, texts)| (Language(at), texts))
    }

    /// The language of this tag, letter by letter but for case.
    pub(crate) fn tagged(&self, tag: &str) -> Option<Language> {
        let mut all = self.all();
        all.find(|(_, texts)| texts.language().eq_ignore_ascii_case(tag)).map(|(language, _)| language)
    }

    /// The language for somebody who asks for these, the dearest first; by look-up (RFC 4647 section 3.4): `ko-KR` finds `ko`. A language
    /// that is there only in a kind of it (`pt-BR`) answers the whole of it too (`pt`). `None`
    /// where none is found, and where any other would do as well (`*`): a page in the first language is better than none (RFC 9110
    /// section 12.5.4), and yet nobody asked for it.
    pub(crate) fn for_ranges<'a>(&self, ranges: impl IntoIterator<Item = &'a str>) -> Option<Language> {
        ranges.into_iter().take_while(|range| *range != "*").find_map(|range| self.looked_up(range))
    }

    fn looked_up(&self, range: &str) -> Option<Language> {
        let mut shorter = Some(range);
        while let Some(range) = shorter {
            if let Some(language) = self.tagged(range) {
                return Some(language);
            }
            shorter = range.rsplit_once('-').map(|(rest, _)| without_singleton(rest));
        }
        let is_kind_of_it = |texts: &Texts| {
            let start = texts.language().get(..range.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(range))
                && texts.language().as_bytes().get(range.len()) == Some(&b'-')
        };
        self.all().find(|(_, texts)| is_kind_of_it(texts)).map(|(language, _)| language)
    }
}

/// A subtag of one letter begins something that went with what was cut off.
fn without_singleton(range: &str) -> &str {
    match range.rsplit_once('-') {
        Some((rest, last)) if last.len() == 1 => rest,
        _ => range,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn languages(tags: &[&str]) -> Languages {
        let words: Vec<_> = tags.iter().map(|tag| ((*tag).to_owned(), String::new())).collect();
        let order: Vec<_> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        Languages::new(Some(&order), &words).expect("good tags")
    }

    fn chosen(languages: &Languages, ranges: &[&str]) -> String {
        languages
            .texts(languages.for_ranges(ranges.iter().copied()).unwrap_or_default())
            .language()
            .to_owned()
    }

    #[test]
    fn a_visitor_is_answered_in_the_language_they_ask_for_first() {
        let spoken = languages(&["en", "ko", "pt-BR", "zh-Hant"]);
        for (ranges, language) in [
            (&["ko"][..], "ko"),
            (&["KO-kr"], "ko"),
            (&["ko-Kore-KR-u-co-search"], "ko"),
            (&["fr", "ko"], "ko"),
            (&["en-GB", "ko"], "en"),
            (&["pt"], "pt-BR"),
            (&["pt-PT", "ko"], "ko"),
            (&["zh-Hant-TW"], "zh-Hant"),
            (&["*", "ko"], "en"),
            (&["kor"], "en"),
            (&["k"], "en"),
            (&["", "-", "--", "ko-"], "ko"),
            (&[], "en"),
        ] {
            assert_eq!(chosen(&spoken, ranges), language, "{ranges:?}");
        }
    }

    #[test]
    fn the_first_language_is_for_whoever_asks_for_none() {
        assert_eq!(chosen(&languages(&["ko", "en"]), &["fr"]), "ko");
        assert_eq!(chosen(&languages(&["de"]), &["ko"]), "de");
    }

    #[test]
    fn languages_that_cannot_be_spoken_are_refused() {
        let none = [String::from("nl")];
        assert!(Languages::new(Some(&none), &[]).unwrap_err().contains("there are none in `nl`"));
        assert!(Languages::new(Some(&[]), &[]).unwrap_err().contains("no language is left"));
        let twice = ["en", "EN"].map(str::to_owned);
        assert!(Languages::new(Some(&twice), &[]).is_err());
        for (tag, words) in
            [("not a tag", ""), ("x\"y", ""), ("", ""), ("de", "login-titel = x"), ("ko", "x")]
        {
            assert!(Languages::new(None, &[(tag.to_owned(), words.to_owned())]).is_err(), "{tag}");
        }
    }

    #[test]
    fn what_another_language_has_no_words_for_is_said_in_english() {
        use crate::text::Text;
        let words = [("de".to_owned(), "login-title = Anmelden".to_owned())];
        let languages = Languages::new(None, &words).expect("good words");
        let german = languages.texts(languages.tagged("de").expect("it was added"));
        assert_eq!(german.say(&Text::LoginTitle), "Anmelden");
        assert_eq!(german.say(&Text::LoginPassword), "Password");
        assert_eq!(languages.all().len(), 3);
    }
}

//! The core's header lines in the types of a framework.

/// Writes `header_name` and `header_value` of an adapter over the module `header` of its generation of the `http` crate, of which there
/// are two. What nearly every guarded request has to do with is made at compile time.
#[doc(hidden)]
#[macro_export]
macro_rules! __header_words {
    ($($header:ident)::+) => {
        /// A name as a header's.
        pub(crate) fn header_name(name: &'static str) -> $($header)::+::HeaderName {
            use $($header)::+ as header;
            match name {
                "authorization" => header::AUTHORIZATION,
                "cache-control" => header::CACHE_CONTROL,
                "cookie" => header::COOKIE,
                "vary" => header::VARY,
                other => header::HeaderName::from_static(other),
            }
        }

        /// A text as a header's value, if it can be one.
        fn header_value(text: std::borrow::Cow<'static, str>) -> Option<$($header)::+::HeaderValue> {
            use $($header)::+::HeaderValue;
            const VARY: HeaderValue = HeaderValue::from_static($crate::adapter::VARY);
            const NO_STORE: HeaderValue = HeaderValue::from_static($crate::adapter::NO_STORE);
            match &*text {
                $crate::adapter::VARY => Some(VARY),
                $crate::adapter::NO_STORE => Some(NO_STORE),
                _ => HeaderValue::try_from(text.into_owned()).ok(),
            }
        }
    };
}

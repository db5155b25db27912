use super::*;

#[test]
fn debug_reads_like_a_sentence_with_its_causes() {
    let cause = || StoreError::unavailable("unable to open database file");
    assert_eq!(format!("{:?}", cause()), "the store cannot answer: unable to open database file");
    let cases = [
        (Error::new(ErrorKind::Unavailable), "This cannot be answered now, try again soon"),
        (
            Error::from(cause()),
            "This cannot be answered now, try again soon: the store cannot answer: unable to open database file",
        ),
        (
            Error::configuration("AUTH_PROVIDERS: providers.toml")
                .with_source("line 3\n  |\n3 | id = \u{1b}[31m1"),
            "AUTH_PROVIDERS: providers.toml: line 3 | 3 | id = [31m1",
        ),
        (Error::configuration("one thing").with_source("one thing"), "one thing"),
    ];
    for (error, sentence) in cases {
        assert_eq!(format!("{error:?}"), sentence);
        assert_eq!(format!("{error:#?}"), sentence);
    }
}

#[test]
fn what_is_for_the_operator_is_no_detail() {
    for kind in [ErrorKind::Configuration, ErrorKind::Internal] {
        let error = Error::new(kind).with_detail("the tokens are not kept: switch `keep_tokens` on");
        assert_eq!((error.detail(), error.client_text()), (None, "Something went wrong here"));
        assert!(error.to_string().contains("keep_tokens"));
    }
    let error = Error::invalid_request("the body is no JSON");
    assert_eq!((error.detail(), error.client_text()), (Some("the body is no JSON"), "the body is no JSON"));
}

#[test]
fn an_error_that_several_wait_for_is_the_same_for_each() {
    let error = Error::configuration("`work` is not there").with_retry_after(Duration::from_secs(3));
    let copy = Error::shared(Arc::new(error));
    assert_eq!((copy.kind(), copy.retry_after()), (ErrorKind::Configuration, Some(Duration::from_secs(3))));
    assert_eq!(format!("{copy:?}"), "`work` is not there");
}

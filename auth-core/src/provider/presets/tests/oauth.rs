//! The answers of APIs in their documented form, and what is made of them.

use super::super::UserinfoMethod;
use super::*;

pub(super) fn discord() -> Value {
    json!({
        "id": "80351110224678912", "username": "nelly", "discriminator": "0", "global_name": "Nelly",
        "avatar": "8342729096ea3675442027381ff50dfe", "verified": true, "email": "nelly@discord.com", "flags": 64,
        "mfa_enabled": true, "locale": "en-US",
    })
}

#[test]
fn discord_says_whether_the_address_is_verified() {
    let names = [Some("nelly"), Some("Nelly"), None];
    let id = "80351110224678912";
    assert_profile(read("discord", &[discord()]), id, Some(("nelly@discord.com", true)), names);
    let unverified = with(discord(), "/verified", json!(false));
    assert_profile(read("discord", &[unverified]), id, Some(("nelly@discord.com", false)), names);
    let without = with(discord(), "/email", json!(null));
    assert_profile(read("discord", &[without]), id, None, names);
}

pub(super) fn facebook() -> Value {
    json!({
        "id": "10154233112345678", "name": "Jane Doe", "email": "jane@example.com", "email_verified": true,
        "picture": { "data": { "height": 50, "is_silhouette": false, "url": "https://scontent.example/p.jpg", "width": 50 } },
    })
}

#[test]
fn facebook_proves_no_address_whatever_the_answer_says() {
    assert_profile(
        read("facebook", &[facebook()]),
        "10154233112345678",
        Some(("jane@example.com", false)),
        [None, Some("Jane Doe"), Some("https://scontent.example/p.jpg")],
    );
}

pub(super) fn github_user() -> Value {
    json!({
        "login": "octocat", "id": 583_231, "node_id": "MDQ6VXNlcjU4MzIzMQ==", "name": "The Octocat",
        "avatar_url": "https://avatars.githubusercontent.com/u/583231?v=4", "email": "public@example.com",
        "type": "User", "site_admin": false,
    })
}

pub(super) fn github_emails() -> Value {
    json!([
        { "email": "old@example.com", "primary": false, "verified": true, "visibility": null },
        { "email": "octocat@github.com", "primary": true, "verified": true, "visibility": "private" },
        { "email": "583231+octocat@users.noreply.github.com", "primary": false, "verified": true, "visibility": null },
    ])
}

#[test]
fn github_is_keyed_by_number_and_believed_about_the_primary_address_only() {
    let picture = "https://avatars.githubusercontent.com/u/583231?v=4";
    let names = [Some("octocat"), Some("The Octocat"), Some(picture)];
    let read = |emails: Value| read("github", &[github_user(), emails]);
    assert_profile(read(github_emails()), "583231", Some(("octocat@github.com", true)), names);
    let unverified = with(github_emails(), "/1/verified", json!(false));
    assert_profile(read(unverified), "583231", Some(("octocat@github.com", false)), names);
    let text = with(github_emails(), "/1/verified", json!("true"));
    assert_profile(read(text), "583231", Some(("octocat@github.com", false)), names);
    let none_primary = with(github_emails(), "/1/primary", json!(false));
    assert_profile(read(none_primary), "583231", None, names);
    // The public address of the profile is no proven one.
    assert_profile(read(json!([])), "583231", None, names);
    let not_a_list = json!({ "message": "Not Found" });
    for nothing in [
        not_a_list,
        json!(null),
        json!([{ "primary": true, "verified": true, "email": ["octocat@github.com"] }]),
    ] {
        assert_profile(read(nothing), "583231", None, names);
    }
    assert_eq!(
        provider("github").profile_urls().iter().map(|url| url.as_str()).collect::<Vec<_>>(),
        ["https://api.github.com/user", "https://api.github.com/user/emails"]
    );
}

pub(super) fn linkedin() -> Value {
    json!({
        "sub": "782bbtaQ", "name": "John Doe", "given_name": "John", "family_name": "Doe", "locale": "en-US",
        "picture": "https://media.licdn-ei.com/dms/image/C5F03AQHqK8v7tB1HCQ/profile-displayphoto-shrink_100_100/0/",
        "email": "doe@email.com", "email_verified": true,
    })
}

#[test]
fn linkedin_answers_at_its_userinfo_endpoint() {
    let picture =
        "https://media.licdn-ei.com/dms/image/C5F03AQHqK8v7tB1HCQ/profile-displayphoto-shrink_100_100/0/";
    let names = [None, Some("John Doe"), Some(picture)];
    assert_profile(read("linkedin", &[linkedin()]), "782bbtaQ", Some(("doe@email.com", true)), names);
}

pub(super) fn naver() -> Value {
    json!({
        "resultcode": "00", "message": "success",
        "response": {
            "email": "openapi@naver.com", "nickname": "OpenAPI", "age": "40-49", "gender": "F",
            "profile_image": "https://ssl.pstatic.net/static/pwe/address/nodata_33x33.gif",
            "id": "32742776", "name": "오픈 API", "birthday": "10-01",
        },
    })
}

#[test]
fn naver_wraps_its_answer_and_proves_no_address() {
    let picture = "https://ssl.pstatic.net/static/pwe/address/nodata_33x33.gif";
    let names = [None, Some("오픈 API"), Some(picture)];
    assert_profile(read("naver", &[naver()]), "32742776", Some(("openapi@naver.com", false)), names);
    let failed = json!({ "resultcode": "024", "message": "Authentication failed", "id": "32742776" });
    assert!(provider("naver").read_answers(&[failed]).is_err());
}

pub(super) fn amazon() -> Value {
    json!({
        "user_id": "amzn1.account.K2LI23KL2LK2", "email": "johndoe@example.com", "name": "John Doe",
        "postal_code": "98101",
    })
}

#[test]
fn amazon_proves_no_address() {
    let names = [None, Some("John Doe"), None];
    let email = Some(("johndoe@example.com", false));
    assert_profile(read("amazon", &[amazon()]), "amzn1.account.K2LI23KL2LK2", email, names);
}

pub(super) fn atlassian() -> Value {
    json!({
        "account_type": "atlassian", "account_id": "112233aa-bb11-cc22-33dd-445566abcabc", "email": "mia@example.com",
        "name": "Mia Krystof", "picture": "https://avatar-management.example/mia.png", "account_status": "active",
        "nickname": "mkrystof", "zoneinfo": "Australia/Sydney", "locale": "en-US",
    })
}

#[test]
fn atlassian_proves_no_address_and_wants_an_audience() {
    let names = [Some("mkrystof"), Some("Mia Krystof"), Some("https://avatar-management.example/mia.png")];
    let subject = "112233aa-bb11-cc22-33dd-445566abcabc";
    let mut lying = atlassian();
    lying["email_verified"] = json!(true);
    for answer in [atlassian(), lying] {
        assert_profile(read("atlassian", &[answer]), subject, Some(("mia@example.com", false)), names);
    }
    let provider = provider("atlassian");
    let parameters: Vec<_> = provider.authorization_parameters().collect();
    assert_eq!(parameters, [("audience", "api.atlassian.com"), ("prompt", "consent")]);
    let without_consent = config("atlassian").authorization_parameter("prompt", "none");
    let provider = Registry::new([without_consent], false).unwrap().into_iter().next().unwrap();
    let parameters: Vec<_> = provider.authorization_parameters().collect();
    assert_eq!(parameters, [("audience", "api.atlassian.com"), ("prompt", "none")]);
}

pub(super) fn bitbucket_user() -> Value {
    json!({
        "type": "user", "uuid": "{d301aafa-d676-4ee0-88be-962be7417567}", "nickname": "evzijst", "display_name": "Erik",
        "account_id": "557058:df3a", "links": { "avatar": { "href": "https://bitbucket.org/account/evzijst/avatar/" } },
    })
}

pub(super) fn bitbucket_emails() -> Value {
    json!({
        "pagelen": 10, "page": 1, "size": 2,
        "values": [
            { "type": "email", "email": "old@example.com", "is_primary": false, "is_confirmed": true },
            { "type": "email", "email": "erik@example.com", "is_primary": true, "is_confirmed": true },
        ],
    })
}

#[test]
fn bitbucket_says_which_address_is_primary_and_confirmed() {
    let names = [Some("evzijst"), Some("Erik"), Some("https://bitbucket.org/account/evzijst/avatar/")];
    let subject = "{d301aafa-d676-4ee0-88be-962be7417567}";
    let read = |emails: Value| read("bitbucket", &[bitbucket_user(), emails]);
    assert_profile(read(bitbucket_emails()), subject, Some(("erik@example.com", true)), names);
    let unconfirmed = with(bitbucket_emails(), "/values/1/is_confirmed", json!(false));
    assert_profile(read(unconfirmed), subject, Some(("erik@example.com", false)), names);
    for none in [json!(null), json!({}), json!({ "values": [] }), json!({ "values": "x" })] {
        assert_profile(read(none), subject, None, names);
    }
    let urls = provider("bitbucket");
    let urls: Vec<_> = urls.profile_urls().iter().map(|url| url.as_str()).collect();
    assert_eq!(urls, ["https://api.bitbucket.org/2.0/user", "https://api.bitbucket.org/2.0/user/emails"]);
}

pub(super) fn box_user() -> Value {
    json!({
        "id": "11446498", "type": "user", "name": "Aaron Levie", "login": "ceo@example.com", "status": "active",
        "avatar_url": "https://www.box.com/api/avatar/large/181216415",
    })
}

#[test]
fn box_calls_the_address_a_login_and_proves_none() {
    let names = [None, Some("Aaron Levie"), Some("https://www.box.com/api/avatar/large/181216415")];
    assert_profile(read("box", &[box_user()]), "11446498", Some(("ceo@example.com", false)), names);
}

pub(super) fn dropbox() -> Value {
    json!({
        "family_name": "Ferdinand", "given_name": "Franz", "email": "franz@example.com", "email_verified": true,
        "iss": "Dropbox", "sub": "dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc",
    })
}

#[test]
fn dropbox_is_asked_by_post() {
    let subject = "dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc";
    let email = Some(("franz@example.com", true));
    assert_profile(read("dropbox", &[dropbox()]), subject, email, [None, Some("Franz"), None]);
    assert_eq!(provider("dropbox").userinfo_method(), UserinfoMethod::Post);
}

pub(super) fn figma() -> Value {
    json!({
        "id": "2345", "handle": "Jane Doe", "img_url": "https://s3-alpha.figma.com/profile/jane.png",
        "email": "jane@example.com",
    })
}

#[test]
fn figma_proves_no_address() {
    let names = [None, Some("Jane Doe"), Some("https://s3-alpha.figma.com/profile/jane.png")];
    assert_profile(read("figma", &[figma()]), "2345", Some(("jane@example.com", false)), names);
}

pub(super) fn heroku() -> Value {
    json!({
        "id": "01234567-89ab-cdef-0123-456789abcdef", "email": "username@example.com", "name": "Tina Edmonds",
        "verified": true, "beta": false, "allow_tracking": true,
    })
}

#[test]
fn heroku_is_asked_for_its_version_and_proves_no_address() {
    let subject = "01234567-89ab-cdef-0123-456789abcdef";
    let email = Some(("username@example.com", false));
    assert_profile(read("heroku", &[heroku()]), subject, email, [None, Some("Tina Edmonds"), None]);
    assert_eq!(provider("heroku").userinfo_accept(), Some("application/vnd.heroku+json; version=3"));
}

pub(super) fn notion() -> Value {
    json!({
        "object": "user", "id": "16d84278-ab0e-484c-9bdd-b35da3bd8905", "name": "Our application", "avatar_url": null, "type": "bot",
        "bot": {
            "owner": {
                "type": "user",
                "user": {
                    "object": "user", "id": "5389a034-eb5c-47b5-8a9e-f79c99ef166c", "name": "Christine", "type": "person",
                    "avatar_url": "https://s3.example.com/christine.png", "person": { "email": "christine@example.com" },
                },
            },
            "workspace_name": "A workspace",
        },
    })
}

#[test]
fn notion_is_asked_for_the_bot_and_means_the_user_who_agreed() {
    let names = [None, Some("Christine"), Some("https://s3.example.com/christine.png")];
    let (subject, email) = ("5389a034-eb5c-47b5-8a9e-f79c99ef166c", Some(("christine@example.com", false)));
    assert_profile(read("notion", &[notion()]), subject, email, names);
    let nobodys = with(notion(), "/bot/owner", json!({ "type": "workspace", "workspace": true }));
    assert!(provider("notion").read_answers(&[nobodys]).is_err());
    let notion = provider("notion");
    assert_eq!(notion.userinfo_headers(), [("notion-version".to_owned(), "2022-06-28".to_owned())]);
    assert_eq!(notion.authorization_parameters().collect::<Vec<_>>(), [("owner", "user")]);
}

pub(super) fn spotify() -> Value {
    json!({
        "account_id": "aB3dE5fG7h", "id": "wizzler", "display_name": "JM Wizzler", "email": "email@example.com",
        "images": [{ "url": "https://i.scdn.co/image/ab67", "height": 300, "width": 300 }], "type": "user",
    })
}

#[test]
fn spotify_is_keyed_by_the_name_that_is_for_linking_and_proves_no_address() {
    let names = [None, Some("JM Wizzler"), Some("https://i.scdn.co/image/ab67")];
    assert_profile(read("spotify", &[spotify()]), "aB3dE5fG7h", Some(("email@example.com", false)), names);
    let mut without = spotify();
    without.as_object_mut().unwrap().remove("account_id");
    assert!(provider("spotify").read_answers(&[without]).is_err());
}

pub(super) fn x() -> Value {
    json!({
        "data": {
            "id": "2244994945", "name": "X Dev", "username": "TwitterDev", "confirmed_email": "dev@example.com",
            "profile_image_url": "https://pbs.twimg.com/profile_images/1/2_normal.png",
        },
    })
}

#[test]
fn x_names_confirmed_addresses_only() {
    let picture = "https://pbs.twimg.com/profile_images/1/2_normal.png";
    let names = [Some("TwitterDev"), Some("X Dev"), Some(picture)];
    assert_profile(read("x", &[x()]), "2244994945", Some(("dev@example.com", true)), names);
    let mut without = x();
    without["data"].as_object_mut().unwrap().remove("confirmed_email");
    without["data"]["email"] = json!("victim@example.com");
    assert_profile(read("x", &[without]), "2244994945", None, names);
}

pub(super) fn zoom() -> Value {
    json!({
        "id": "KDcuGIm1QgePTO8WbOqwIQ", "first_name": "Jill", "last_name": "Chill", "display_name": "Jill Chill",
        "email": "jchill@example.com", "verified": 1, "pic_url": "https://zoom.us/p/jill.png", "type": 2,
    })
}

#[test]
fn zoom_writes_its_truth_as_a_number() {
    let names = [None, Some("Jill Chill"), Some("https://zoom.us/p/jill.png")];
    let subject = "KDcuGIm1QgePTO8WbOqwIQ";
    assert_profile(read("zoom", &[zoom()]), subject, Some(("jchill@example.com", true)), names);
    let unverified = with(zoom(), "/verified", json!(0));
    assert_profile(read("zoom", &[unverified]), subject, Some(("jchill@example.com", false)), names);
}
